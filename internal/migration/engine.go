package migration

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/schema"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// structureDump matches a dump without pg_dump's header: Rails and others leave out
// its comments.
var structureDump = regexp.MustCompile(`(?i)SELECT pg_catalog\.set_config\('search_path', '', false\)`)

// isDump reports whether a text is what pg_dump writes.
func isDump(text string) bool {
	head := text[:min(len(text), 8<<10)]
	return schema.IsDump([]byte(head)) || structureDump.MatchString(head)
}

// appliedIn matches the versions that a dump says were applied.
var (
	appliedRows = regexp.MustCompile(`INSERT INTO (?:\S+\.)?"?schema_migrations"?\s*\([^)]*\)\s*VALUES\s*([^;]*)`)
	appliedCopy = regexp.MustCompile(`(?m)^COPY \S*schema_migrations\b.*FROM stdin;\n((?:[^\\\n].*\n)*)`)
	versionText = regexp.MustCompile(`(?m)\('(\d+)'|^(\d+)`)
)

// withoutDumped leaves out the migrations that a dump contains already, if it says
// so: its table of versions names them.
func (m *reader) withoutDumped(files, dumps []*Source) []*Source {
	applied := map[string]bool{}
	for _, d := range dumps {
		if !strings.Contains(d.Text, "schema_migrations") {
			continue
		}
		for _, re := range []*regexp.Regexp{appliedRows, appliedCopy} {
			for _, rows := range re.FindAllStringSubmatch(d.Text, -1) {
				for _, v := range versionText.FindAllStringSubmatch(rows[1], -1) {
					applied[v[1]+v[2]] = true
				}
			}
		}
	}
	var left []*Source
	for _, s := range files {
		if !applied[s.version()] {
			left = append(left, s)
		}
	}
	if len(applied) == 0 || len(left) == 0 {
		return files
	}
	for _, s := range files {
		if applied[s.version()] {
			m.skip(s, "the schema dump says that it was applied")
		}
	}
	return left
}

// engines settles the engine of each source.
func (m *reader) engines(dumps, files []*Source) {
	dumped := ""
	if len(dumps) > 0 {
		dumped = "postgresql"
	}
	for _, s := range files {
		switch {
		case m.Engine != "":
			s.engine = m.Engine
		case strings.Contains(s.Text[:min(len(s.Text), 4096)], "-- MySQL dump"):
			s.engine = "mysql"
		case dumped != "":
			s.engine = dumped
		default:
			s.engine = engineOf(s.Text)
		}
	}
	m.dumped = dumped != ""
}

// settle decides the engine of a migration. A word that only another engine has
// counts if PostgreSQL's grammar refuses a statement.
func (m *reader) settle(f *File, s *Source) {
	f.Engine, f.EngineBy = s.engine, "syntax"
	switch {
	case m.Engine != "":
		f.EngineBy = "flag"
	case m.dumped:
		f.EngineBy = "schema dump"
	case s.engine == "":
		f.Engine, f.EngineBy = "postgresql", "default"
	case s.engine != "postgresql" && !slices.ContainsFunc(f.Statements, func(st *Statement) bool { return st.Err != nil }):
		f.Engine, f.EngineBy = "postgresql", "syntax"
	}
	if f.Engine == "postgresql" {
		return
	}
	for _, st := range slices.Concat(f.Statements, f.Down) {
		st.Tree, st.Err = sql.Node{}, nil
	}
}

// engineWords are words that only one engine has.
var engineWords = map[string]string{
	"auto_increment": "mysql", "unsigned": "mysql", "tinyint": "mysql", "mediumtext": "mysql", "longtext": "mysql",
	"autoincrement": "sqlite", "pragma": "sqlite", "rowid": "sqlite",
	"concurrently": "postgresql", "timestamptz": "postgresql", "jsonb": "postgresql", "bytea": "postgresql", "plpgsql": "postgresql", "bigserial": "postgresql",
}

// engineOf tells the engine by its syntax; empty if nothing does. The first token
// that only one engine has decides.
func engineOf(text string) string {
	previous := ""
	for t := range lex.Tokens(text[:min(len(text), markedIn)]) {
		switch {
		case t.Kind == lex.Operator && strings.HasPrefix(t.Text, "`"):
			return "mysql"
		case t.Kind == lex.Operator && t.Text == "::", t.Kind == lex.String && t.Text[0] == '$':
			return "postgresql"
		case t.Kind == lex.Operator && t.Text == "=" && (previous == "engine" || previous == "algorithm"):
			return "mysql"
		case t.Kind == lex.Word:
			previous = strings.ToLower(t.Text)
			if e := engineWords[previous]; e != "" {
				return e
			}
			continue
		}
		previous = ""
	}
	return ""
}
