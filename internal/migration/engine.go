package migration

import (
	"path/filepath"
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

// engineNames are how folders are named after engines; empty for engines that are
// not known here.
var engineNames = map[string]string{
	"postgres": "postgresql", "postgresql": "postgresql", "pg": "postgresql", "pgsql": "postgresql",
	"mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite", "sqlite3": "sqlite",
	"h2": "", "oracle": "", "sqlserver": "", "mssql": "", "db2": "", "cockroach": "", "cockroachdb": "", "clickhouse": "", "snowflake": "",
}

// named returns the engine that a folder is named after: the last one that is, also
// as a part of the name.
func named(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		for word := range strings.FieldsFuncSeq(strings.ToLower(filepath.Base(dir)), func(c rune) bool { return c == '-' || c == '_' || c == '.' }) {
			if e := engineNames[word]; e != "" {
				return e
			}
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// engines settles the engine of each file. The files of one history have one: that
// which the syntax of any of them shows, if PostgreSQL's grammar refuses a statement;
// or else that of the folder's name, if the histories differ in it.
func (m *reader) engines(files []*File) {
	type history struct {
		shown, named string
		refused      bool
	}
	histories, names := map[string]*history{}, map[string]bool{}
	for _, f := range files {
		h := histories[f.home]
		if h == nil {
			h = &history{named: named(f.home)}
			histories[f.home] = h
			names[h.named] = true
		}
		if slices.ContainsFunc(f.Statements, func(s *Statement) bool { return s.Err != nil }) {
			h.refused = true
			if f.syntax != "" && f.syntax != "postgresql" {
				h.shown = f.syntax
			}
		}
	}
	delete(names, "")
	for _, f := range files {
		h := histories[f.home]
		switch {
		case m.Engine != "":
			f.Engine, f.EngineBy = m.Engine, "flag"
		case m.dumped:
			f.Engine, f.EngineBy = "postgresql", "schema dump"
		case h.shown != "":
			f.Engine, f.EngineBy = h.shown, "syntax"
		case f.syntax == "postgresql":
			f.Engine, f.EngineBy = "postgresql", "syntax"
		case h.named != "" && (len(names) > 1 || h.refused):
			f.Engine, f.EngineBy = h.named, "folder"
		default:
			f.Engine, f.EngineBy = "postgresql", "default"
		}
		if f.Engine != "postgresql" {
			for _, s := range slices.Concat(f.Statements, f.Down) {
				s.Tree, s.Err = sql.Node{}, nil
			}
		}
	}
}

// engineWords are words that only one engine has.
var engineWords = map[string]string{
	"auto_increment": "mysql", "unsigned": "mysql", "tinyint": "mysql", "mediumint": "mysql", "mediumtext": "mysql", "longtext": "mysql", "longblob": "mysql", "varbinary": "mysql",
	"utf8mb4": "mysql", "utf8mb4_bin": "mysql", "utf8mb3": "mysql", "modify": "mysql", "fulltext": "mysql", "innodb": "mysql", "datetime": "mysql",
	"autoincrement": "sqlite", "pragma": "sqlite", "rowid": "sqlite", "sqlite_master": "sqlite",
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
		case t.Kind == lex.Operator && t.Text == "=" && (previous == "engine" || previous == "algorithm" || previous == "lock"):
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
