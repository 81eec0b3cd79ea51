package migration

import (
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/schema"
)

// structureDump matches a dump without pg_dump's header: Rails and others leave out
// its comments.
var structureDump = regexp.MustCompile(`(?i)SELECT pg_catalog\.set_config\('search_path', '', false\)`)

// mysqlDump and sqliteDump match the beginnings of dumps of other engines. What
// changes or drops tables is no dump of SQLite: files that copy tables begin so, too.
var (
	mysqlDump  = regexp.MustCompile(`(?m)^-- (?:MySQL|MariaDB) dump `)
	sqliteDump = regexp.MustCompile(`(?i)\A\s*PRAGMA foreign_keys=OFF;\s*BEGIN TRANSACTION;\s*CREATE TABLE`)
	changes    = regexp.MustCompile(`(?mi)^\s*(?:DROP|ALTER) TABLE`)
	// mysqlServer is the version of the server in a dump of MySQL.
	mysqlServer = regexp.MustCompile(`(?m)^-- Server version\s+(\d[\d.]*)`)
)

// dumpOf returns the engine whose schema dump a text is; empty if it is none.
func dumpOf(text string) string {
	head := text[:min(len(text), 8<<10)]
	switch {
	case schema.IsDump([]byte(head)) || structureDump.MatchString(head):
		return PostgreSQL
	case mysqlDump.MatchString(head):
		return string(dialect.MySQL)
	case sqliteDump.MatchString(head) && !changes.MatchString(text):
		return string(dialect.SQLite)
	}
	return ""
}

// PostgreSQL is the name of the engine that is no dialect.
const PostgreSQL = "postgresql"

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

// unknown is the engine of files that are left out: ClickHouse, Oracle and others.
const unknown = "unknown"

// engineNames are how folders and tools name engines.
var engineNames = map[string]string{
	"postgres": "postgresql", "postgresql": "postgresql", "pg": "postgresql", "pgsql": "postgresql",
	"mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite", "sqlite3": "sqlite",
	"turso": "sqlite", "libsql": "sqlite", "d1": "sqlite",
	"h2": unknown, "oracle": unknown, "sqlserver": unknown, "mssql": unknown, "db2": unknown, "cockroach": unknown, "cockroachdb": unknown, "clickhouse": unknown, "snowflake": unknown,
}

// named returns the engine that a folder or one above is named after, also as a part
// of the name, and that folder; empty if none is.
func named(dir string) (engine, folder string) {
	for ; ; dir = filepath.Dir(dir) {
		for word := range strings.FieldsFuncSeq(strings.ToLower(filepath.Base(dir)), func(c rune) bool { return c == '-' || c == '_' || c == '.' }) {
			if e := engineNames[word]; e != "" {
				return e, dir
			}
		}
		if dir == filepath.Dir(dir) {
			return "", ""
		}
	}
}

// engines settles the engine of each file. The files of one history have one: that
// which the tool names, or which the syntax of any of them shows; or else that of the
// folder's name, if the histories differ in it; then that whose grammar reads what
// PostgreSQL's refuses; at last that which the repository names. Files of other engines are read again.
func (m *reader) engines(files []*File) {
	histories, names := map[string]*history{}, map[string]bool{}
	for _, f := range files {
		h := histories[f.home]
		if h == nil {
			h = &history{tool: f.parts[0].source.engineInTool()}
			h.named, _ = named(f.home)
			histories[f.home] = h
			names[h.named] = true
		}
		h.add(f)
	}
	delete(names, "")
	for _, f := range files {
		h := histories[f.home]
		switch {
		case m.Engine != "":
			f.Engine, f.EngineBy = m.Engine, "flag"
		case m.dumped != "":
			f.Engine, f.EngineBy = m.dumped, "schema dump"
		case h.shown != "":
			f.Engine, f.EngineBy = h.shown, "syntax"
		case h.tool != "" && h.tool != PostgreSQL:
			f.Engine, f.EngineBy = h.tool, "tool"
		case f.syntax == PostgreSQL:
			f.Engine, f.EngineBy = PostgreSQL, "syntax"
		case h.named != "" && (len(names) > 1 || h.refused):
			f.Engine, f.EngineBy = h.named, "folder"
		case h.refused && !h.postgres && m.Server == (pgversion.Version{}) && h.grammar() != "":
			f.Engine, f.EngineBy = h.grammar(), "syntax"
		case m.Repository != "" && !h.postgres && m.Server == (pgversion.Version{}):
			f.Engine, f.EngineBy = m.Repository, "repository"
		default:
			f.Engine, f.EngineBy = PostgreSQL, "default"
		}
		if f.Engine != PostgreSQL && f.Engine != unknown {
			f.readAgain()
		}
	}
}

// history is what the files of one folder of a tool show of their engine.
type history struct {
	tool     string // that the tool names
	shown    string // another engine than PostgreSQL, by syntax
	named    string // by the folder
	postgres bool   // a word that only PostgreSQL has
	refused  bool   // PostgreSQL's grammar refuses a statement
	unread   []*File
	read     *string // the result of grammar
}

func (h *history) add(f *File) {
	h.postgres = h.postgres || f.syntax == PostgreSQL
	if !slices.ContainsFunc(f.Statements, func(s *Statement) bool { return s.Err != nil }) {
		if h.shown == "" && f.syntax != "" && f.syntax != PostgreSQL {
			h.shown = f.engineByTypes() // PostgreSQL's grammar reads types that it does not have
		}
		return
	}
	h.refused = true
	if h.unread = append(h.unread, f); h.shown != "" {
		return
	}
	// A word of another engine counts if its grammar reads more of the file: it may be
	// a name.
	switch f.syntax {
	case "", PostgreSQL:
	case foreignType:
		h.shown = f.engineByTypes()
	case backticks:
		h.shown = grammarOf([]*File{f})
	default:
		refused := 0
		for _, s := range f.Statements {
			if s.Err != nil {
				refused++
			}
		}
		if f.refusedBy(dialect.Engine(f.syntax)) < refused {
			h.shown = f.syntax
		}
	}
}

// engineByTypes returns the engine whose grammar reads a file with columns of types
// that PostgreSQL does not have; empty if there is none. Both engines have most of
// them: an INTEGER PRIMARY KEY that is filled by itself, and a TEXT with a default or as
// a key, are SQLite's.
func (f *File) engineByTypes() string {
	for _, e := range []dialect.Engine{dialect.MySQL, dialect.SQLite} {
		if f.refusedBy(e) > 0 {
			continue
		}
		foreign, lite := false, e == dialect.SQLite || f.syntax != string(dialect.MySQL) && f.hasRowNumber()
		for st := range f.spoken(e) {
			if st.Kind != dialect.CreateTable {
				continue
			}
			for _, col := range st.New.Columns {
				foreign = foreign || foreignTypes[col.Type.Name]
				text := col.Type.Name == "text"
				lite = lite || text && (col.Primary || col.Unique || col.Default != "" && !col.Computed)
			}
		}
		switch {
		case foreign && !lite:
			return string(e)
		case foreign:
			return string(dialect.SQLite)
		}
	}
	return ""
}

var rowNumber = regexp.MustCompile(`(?i)\binteger\s+(?:not\s+null\s+)?primary\s+key\b`)

// hasRowNumber reports whether a table of the file has a key that SQLite fills by itself.
func (f *File) hasRowNumber() bool {
	return slices.ContainsFunc(f.parts, func(p reading) bool { return rowNumber.MatchString(p.part.text) })
}

// grammar returns MySQL if its grammar reads the files that PostgreSQL's does not, and
// what that refuses defines tables; otherwise nothing. SQLite's grammar reads too much
// to tell a misspelled statement from one of its own.
func (h *history) grammar() string {
	if h.read == nil {
		e := grammarOf(h.unread)
		if e != string(dialect.MySQL) || slices.ContainsFunc(h.unread, func(f *File) bool { return !f.definesTables() }) {
			e = ""
		}
		h.read = &e
	}
	return *h.read
}

// definesTables reports whether all statements that PostgreSQL's grammar refuses are
// definitions in MySQL's.
func (f *File) definesTables() bool {
	return !slices.ContainsFunc(f.Statements, func(s *Statement) bool {
		if s.Err == nil {
			return false
		}
		st, err := dialect.Parse(dialect.MySQL, s.Text)
		return err != nil || st.Kind != dialect.AlterTable && st.Kind != dialect.CreateTable
	})
}

// grammarOf returns the engine besides PostgreSQL whose grammar reads all statements
// of files; empty if there is none. MySQL is asked first: its grammar is the one that
// refuses more of the other's.
func grammarOf(files []*File) string {
	for _, e := range []dialect.Engine{dialect.MySQL, dialect.SQLite} {
		if !slices.ContainsFunc(files, func(f *File) bool { return f.refusedBy(e) > 0 }) {
			return string(e)
		}
	}
	return ""
}

// refusedBy returns how many statements of a file the grammar of an engine does not
// read.
func (f *File) refusedBy(e dialect.Engine) int {
	n := 0
	for st := range f.spoken(e) {
		if st == nil || st.IsUnknownAlter() {
			n++
		}
	}
	return n
}

// spoken yields the statements at the beginning of a file as an engine's grammar reads
// them; nil for one that it refuses.
func (f *File) spoken(e dialect.Engine) iter.Seq[*dialect.Statement] {
	return func(yield func(*dialect.Statement) bool) {
		for _, p := range f.parts {
			if p.part.down {
				continue
			}
			text, _ := plain(p.part.text[:min(len(p.part.text), markedIn)])
			for _, piece := range dialect.Split(e, text) {
				st, err := dialect.Parse(e, text[piece.Start:piece.End])
				if err != nil {
					st = nil
				}
				if !yield(st) {
					return
				}
			}
		}
	}
}

var (
	prismaProvider = regexp.MustCompile(`(?m)^\s*provider\s*=\s*"(\w+)"`)
	drizzleDialect = regexp.MustCompile(`"dialect"\s*:\s*"(\w+)"`)
)

// engineInTool returns the engine that a file of the tool names.
func (s *Source) engineInTool() string {
	home := s.home()
	var said []string
	switch s.tool.Name {
	case "prisma":
		said = prismaProvider.FindStringSubmatch(s.beside.text(filepath.Join(home, "migration_lock.toml")))
	case "drizzle":
		said = drizzleDialect.FindStringSubmatch(s.beside.text(filepath.Join(home, "meta", "_journal.json")))
	}
	if said == nil {
		return ""
	}
	return engineNames[said[1]]
}

// backticks is what engineOf returns if nothing but quotes in them tell the engine: two
// engines have them.
const backticks = "`"

// foreignType is what engineOf returns if nothing tells the engine but a type that
// PostgreSQL does not have, behind a name.
const foreignType = "type"

var foreignTypes = map[string]bool{
	"datetime": true, "tinyint": true, "mediumint": true, "blob": true, "tinyblob": true, "mediumblob": true, "longblob": true, "tinytext": true, "mediumtext": true, "longtext": true,
	"clob": true, "nvarchar": true,
}

// engineWords are words that only one engine has.
var engineWords = map[string]string{
	"auto_increment": "mysql", "unsigned": "mysql", "tinyint": "mysql", "mediumint": "mysql", "mediumtext": "mysql", "longtext": "mysql", "longblob": "mysql", "varbinary": "mysql",
	"utf8mb4": "mysql", "utf8mb4_bin": "mysql", "utf8mb3": "mysql", "modify": "mysql", "fulltext": "mysql", "innodb": "mysql", "zerofill": "mysql", "delimiter": "mysql",
	"autoincrement": "sqlite", "pragma": "sqlite", "rowid": "sqlite", "sqlite_master": "sqlite", "sqlite_sequence": "sqlite",
	"concurrently": "postgresql", "timestamptz": "postgresql", "jsonb": "postgresql", "bytea": "postgresql", "plpgsql": "postgresql", "bigserial": "postgresql",
}

// isNameBefore reports whether a token may be the name of a column whose type follows.
func isNameBefore(token string) bool {
	return token != "" && (token[0] == '"' || token[0] == '_' || token[0] >= 'a' && token[0] <= 'z')
}

// engineOf tells the engine by its syntax; empty if nothing does. The first token
// that only one engine has decides.
func engineOf(text string) string {
	previous, weak := "", ""
	for t := range lex.Tokens(text[:min(len(text), markedIn)]) {
		switch {
		case t.Kind == lex.Comment:
			continue
		case t.Kind == lex.Operator && strings.HasPrefix(t.Text, "`"):
			weak = backticks
		case t.Kind == lex.Operator && t.Text == "::", t.Kind == lex.String && t.Text[0] == '$':
			return "postgresql"
		case t.Kind == lex.Operator && t.Text == "=" && (previous == "engine" || previous == "algorithm" || previous == "lock"):
			return "mysql"
		case t.Kind == lex.Word:
			word := strings.ToLower(t.Text)
			if e := engineWords[word]; e != "" {
				return e
			}
			if foreignTypes[word] && isNameBefore(previous) && weak == "" {
				weak = foreignType
			}
			if word == "strict" && previous == ")" || word == "or" && previous == "insert" {
				return string(dialect.SQLite)
			}
			previous = word
			continue
		}
		previous = t.Text
	}
	return weak
}
