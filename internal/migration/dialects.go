package migration

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/dialect"
)

// readDialect splits a part of a source of MySQL or SQLite into statements and reads
// each of them.
func (s *Source) readDialect(p part, text string, e dialect.Engine) []*Statement {
	var list []*Statement
	ignores := ignoredIn(text)
	for _, piece := range dialect.Split(e, text) {
		st := &Statement{
			Line: s.lines.at(p.at + piece.Start), EndLine: s.lines.at(p.at + piece.End),
			Text: p.text[piece.Start:piece.End], Effect: &ddl.Effect{},
			start: p.at + piece.Start, end: p.at + piece.End,
		}
		st.Ignored, ignores = ignores.before(piece.End)
		st.string = p.stringOf(st.start)
		st.spoken, st.Err = dialect.Parse(e, text[piece.Start:piece.End])
		list = append(list, st)
	}
	return list
}

// dialect returns the schema of an engine besides PostgreSQL.
func (p *player) dialect(engine string) *dialect.Schema {
	s := p.others[engine]
	if s == nil {
		s = dialect.NewSchema(dialect.Engine(engine), dialect.ParseVersion(p.versions[engine]))
		p.others[engine] = s
	}
	return s
}

// dialectDump plays a dump of MySQL or SQLite.
func (p *player) dialectDump(d *Source) {
	s := p.dialect(d.engine)
	s.Complete = true
	if v := mysqlServer.FindStringSubmatch(d.Text[:min(len(d.Text), 8<<10)]); v != nil && !s.Version.Known() {
		s.Version = dialect.ParseVersion(v[1])
	}
	lines := linesOf(d.Text)
	for _, piece := range dialect.Split(s.Engine, d.Text) {
		s.At = dialect.Place{Input: d.Input, Line: lines.at(piece.Start)}
		if st, err := dialect.Parse(s.Engine, d.Text[piece.Start:piece.End]); err == nil && st.Kind != dialect.Insert {
			s.Run(st, 1)
		}
	}
	s.Session()
}

// dialectBase plays a file of MySQL or SQLite that was applied before.
func (p *player) dialectBase(f *File) {
	s := p.dialect(f.Engine)
	s.Now = 0
	for _, st := range f.Statements {
		if st.Err == nil {
			s.Run(st.spoken, 1)
		}
	}
	s.Session()
}

// dialectFile plays a file of MySQL or SQLite under review.
func (p *player) dialectFile(f *File) {
	s := p.dialect(f.Engine)
	f.EngineVersion, f.VersionAssumed = s.Version.Or(s.Engine), !s.Version.Known()
	first := p.number + 1
	for _, st := range f.Statements {
		p.number++
		st.Number, st.first = p.number, first
		if st.Err == nil {
			s.Now, s.At = st.Number, dialect.Place{Input: f.Input, Line: st.Line}
			st.Dialect = s.Run(st.spoken, first)
		}
	}
	s.Session()
	if !p.said[f.Engine] && !p.whole {
		p.said[f.Engine] = true
		p.notJudged = append(p.notJudged, notJudged(f))
	}
}

// notJudged says what a review of files of MySQL or SQLite leaves out. It is said
// once for an engine.
func notJudged(f *File) string {
	if f.Engine == string(dialect.MySQL) {
		version := "MySQL " + f.EngineVersion.String()
		if f.VersionAssumed {
			version += " (assumed: nothing tells the version)"
		}
		return version + ": tables, columns, indexes and the settings around them are judged; rows that are written, routines, views, privileges, replication and the down part are not judged for this engine"
	}
	return "SQLite: tables, columns, indexes, copies of tables and PRAGMA are judged; rows that are written, queries in views and triggers, and the down part are not judged for this engine"
}

// described returns the tables of MySQL and SQLite behind all files: for each engine a
// file that would create them as they are now. It says what a review of them leaves
// out.
func (p *player) described() []*File {
	var files []*File
	for _, engine := range slices.Sorted(maps.Keys(p.others)) {
		s := p.others[engine]
		f := &File{Tool: Plain, Engine: engine, EngineVersion: s.Version.Or(s.Engine), VersionAssumed: !s.Version.Known()}
		for _, t := range s.Tables() {
			if t.Partial || t.Virtual || Bookkeeping(t.Name) || engine == string(dialect.SQLite) && strings.HasPrefix(t.Name, "sqlite_") {
				continue
			}
			f.Statements = append(f.Statements, &Statement{File: f, Number: t.Since, Line: t.At.Line, EndLine: t.At.Line, Effect: &ddl.Effect{}, Dialect: s.Described(t)})
		}
		if len(f.Statements) > 0 {
			files = append(files, f)
			p.notJudged = append(p.notJudged, tablesJudged(f))
		}
	}
	return files
}

// tablesJudged says what a review of the tables of MySQL or SQLite leaves out.
func tablesJudged(f *File) string {
	if f.Engine == string(dialect.MySQL) {
		return "MySQL: keys, foreign keys, duplicate indexes, column types, character sets and names are judged; all else is not judged for this engine"
	}
	return "SQLite: primary keys, foreign keys and STRICT are judged; all else is not judged for this engine"
}
