package migration

import (
	"path/filepath"
	"regexp"
	"strings"
)

// Tool is a migration tool: how its files are told, ordered and run. To add one,
// add it to Tools.
type Tool struct {
	Name  string
	Downs bool // its migrations have a part or a file that takes them back

	// marks matches what its files contain; laid says what of a file's name, or of
	// what lies beside it, is the tool's. The first of Tools that either of them
	// tells is the tool of a file.
	marks *regexp.Regexp
	basis string // what marks matches, if not the text itself
	laid  func(b *beside, dir, name string) string

	// parts splits a text; nil: all of it is applied.
	parts func(text string) []part
	// pair gives the same key to the file that is applied and to the one that takes
	// it back; nil: no file takes one back.
	pair func(path string) (key string, down bool)
	// home is the folder whose files are one history; nil: the file's own.
	home func(path string) string
	// version is what a file is ordered by; nil: the number that its name, or its
	// folder's, begins with.
	version func(path string) string

	wraps   bool // it opens a transaction for each file
	pending bool // it opens one for all pending files
	sends   sends
	// off reports whether a file or part switches the tool's transaction off.
	off func(s *Source, p part) bool
	// apart reports whether a version or a setting sends each statement by itself.
	apart func(s *Source) bool
	// mode settles what the statements of a part decide; nil: nothing.
	mode func(s *Source, list []*Statement) (wraps bool, why string)

	why    string // of the transaction that it opens
	string string // what it sends as one string: "golang-migrate sends a file"
	wayOut string // of both
}

// sends is what a tool sends to the server at a time.
type sends int

const (
	each   sends = iota // one statement
	whole               // a part as one string: a transaction if it has several statements
	always              // a part together with the tool's own statement: always a transaction
)

// Plain is the Tool of files that no tool is known of.
var Plain = &Tool{Name: "plain", pair: plainPair, home: func(string) string { return "" }}

// Tools are the known tools. What a file contains decides before its name, so tools
// with marks come first.
var Tools = []*Tool{
	{
		Name: "goose", Downs: true, marks: regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*\+goose[ \t]+up\b`),
		parts: marked(`--[ \t]*\+goose[ \t]+up\b`, `--[ \t]*\+goose[ \t]+down\b`, `--[ \t]*\+goose[ \t]+statementbegin`, `--[ \t]*\+goose[ \t]+statementend`),
		wraps: true, off: fileSays(`(?mi)^[ \t]*--[ \t]*\+goose[ \t]+no[ \t]+transaction\b`),
		why: "goose runs each file in one transaction", string: "goose sends what stands between StatementBegin and StatementEnd",
		wayOut: "put the statement in a file of its own with the line -- +goose NO TRANSACTION, outside of StatementBegin and StatementEnd",
	},
	{
		Name: "sql-migrate", Downs: true, marks: regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*\+migrate[ \t]+up\b`),
		parts: marked(`--[ \t]*\+migrate[ \t]+up\b`, `--[ \t]*\+migrate[ \t]+down\b`, `--[ \t]*\+migrate[ \t]+statementbegin`, `--[ \t]*\+migrate[ \t]+statementend`),
		wraps: true, off: partSays(`(?i)notransaction`),
		why: "sql-migrate runs each file in one transaction", string: "sql-migrate sends what stands between StatementBegin and StatementEnd",
		wayOut: "put the statement in a file of its own that begins with -- +migrate Up notransaction",
	},
	{
		Name: "dbmate", Downs: true, marks: regexp.MustCompile(`(?m)^[ \t]*--[ \t]*migrate:up\b`),
		parts: marked(`--[ \t]*migrate:up\b`, `--[ \t]*migrate:down\b`, "", ""),
		wraps: true, sends: whole, off: partSays(`transaction:[ \t]*false`),
		why: "dbmate runs each file in one transaction", string: "dbmate sends this part",
		wayOut: "put the statement alone in a file of its own that begins with -- migrate:up transaction:false",
	},
	{
		Name: "liquibase", Downs: true, marks: regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*(?:liquibase[ \t]+formatted[ \t]+sql|changeset[ \t]+\S+:\S)`),
		parts: changesets,
		wraps: true, off: partSays(`(?i)runInTransaction:[ \t]*"?false`),
		why: "Liquibase runs each changeset in one transaction", string: "splitStatements:false sends the changeset",
		wayOut: "put the statement in a changeset of its own with runInTransaction:false",
	},
	{
		Name: "node-pg-migrate", Downs: true, marks: regexp.MustCompile(`(?mi)^[ \t]*--[ \t-]*up[ \t]+migration\b`),
		parts: marked(`--[ \t-]*up[ \t]+migration\b`, `--[ \t-]*down[ \t]+migration\b`, "", ""),
		wraps: true, pending: true, sends: whole,
		why:    "node-pg-migrate runs all pending migrations in one transaction",
		string: "node-pg-migrate sends this part", wayOut: "put the statement in a migration of its own that calls pgm.noTransaction()",
	},
	{
		Name: "tern", Downs: true, marks: regexp.MustCompile(`(?m)^---- create above / drop below ----`),
		parts: divided(regexp.MustCompile(`(?m)^---- create above / drop below ----`)),
		wraps: true, sends: whole, off: fileSays(`(?m)^---- tern: disable-tx ----`),
		why: "tern runs each file in one transaction", string: "tern sends this part", wayOut: "put the statement in a file of its own that begins with ---- tern: disable-tx ----",
	},
	{
		Name: "graphile-migrate", marks: regexp.MustCompile(`(?m)^--! ?(?:Previous|Hash):`),
		wraps: true, sends: whole, off: fileSays(`(?m)^--! ?no-transaction`),
		why: "graphile-migrate runs each file in one transaction", string: "graphile-migrate sends the file", wayOut: "put the statement alone in a migration that begins with --! no-transaction",
	},
	{
		Name: "alembic", marks: regexp.MustCompile(`(?m)^-- Running (?:upgrade|downgrade)\b`),
		wayOut: "create it in a revision with op.get_context().autocommit_block()",
	},
	{
		Name: "typeorm", marks: regexp.MustCompile(`(?m)^-- Schema synchroni[sz]ation will execute|^-- Schema syncronization will execute|^query: `),
		parts: logged(regexp.MustCompile(`(?m)^query: `)), basis: "the lines of its log",
		wraps: true, pending: true, off: fileSays(`(?m)^query: START TRANSACTION`),
		why: "TypeORM runs all pending migrations in one transaction", wayOut: "set transaction = false in a migration of its own and run with --transaction each",
	},
	{
		Name: "rails", marks: railsLine, laid: func(b *beside, dir, name string) string {
			ruby := strings.TrimSuffix(name, ".sql") + ".rb"
			return basisIf(b.has(filepath.Join(dir, ruby)), ruby)
		},
		parts: logged(railsLine), basis: "the lines of its log",
		wraps: true, off: func(s *Source, _ part) bool {
			return railsLine.MatchString(s.Text) || beginLine.MatchString(s.Text) || strings.Contains(s.beside.text(strings.TrimSuffix(s.Path, ".sql")+".rb"), "disable_ddl_transaction!")
		},
		why:    "Rails runs each migration in one transaction",
		wayOut: "call disable_ddl_transaction! in a migration of its own",
	},
	{
		Name: "drizzle", marks: regexp.MustCompile(`--> statement-breakpoint`), laid: drizzle, home: drizzleHome,
		wraps: true, pending: true,
		why: "Drizzle runs all pending migrations in one transaction", wayOut: "run the statement with psql before the deploy; drizzle-kit migrate has no way to run it outside of a transaction",
	},
	{
		Name: "django", marks: regexp.MustCompile(`(?m)^--[ \t]*\r?\n-- (?:Add|Alter|Change|Concurrently|Create|Custom|Delete|Move|Raw|Remove|Rename|Run|Validate|\+|-|~) ?.*\r?\n--[ \t]*\r?$`),
		wayOut: "set atomic = False in the migration and use AddIndexConcurrently or RemoveIndexConcurrently",
	},
	{
		Name: "yoyo", marks: regexp.MustCompile(`(?m)^--[ \t]*(?:depends:|transactional:)`), Downs: true, pair: suffixPair(".sql", ".rollback.sql"),
		wraps: true, off: fileSays(`(?m)^--[ \t]*transactional:[ \t]*false`),
		why: "yoyo runs each file in one transaction", wayOut: "put the statement in a file of its own with the line -- transactional: false",
	},
	{
		Name: "prisma", laid: prisma, home: grandparent, pair: func(path string) (string, bool) { return filepath.Dir(path), filepath.Base(path) == "down.sql" },
		sends: whole, apart: prismaSplits, string: "Prisma sends migration.sql", wayOut: "put the statement alone in a migration of its own",
	},
	{
		Name: "supabase", laid: func(_ *beside, dir, name string) string {
			return basisIf(numbered.MatchString(name) && under(filepath.Join(dir, name), "supabase/migrations"), "supabase/migrations/"+name)
		},
		sends: always, string: "Supabase sends a file together with the row of its history",
		wayOut: "run the statement with psql, then supabase migration repair --status applied VERSION",
	},
	{
		Name: "flyway", Downs: true, laid: func(_ *beside, _, name string) string { return basisIf(flywayName.MatchString(name), name) },
		pair: flywayPair, home: flywayHome, version: flywayVersion,
		wraps: true, off: besideSays(".conf", `(?m)^[ \t]*executeInTransaction[ \t]*=[ \t]*false`), mode: flywayMode,
		why:    "Flyway runs each file in one transaction",
		wayOut: "put the statement in a file of its own, or set executeInTransaction=false in a file NAME.sql.conf beside it",
	},
	{
		Name: "sqitch", Downs: true, laid: func(b *beside, dir, name string) string {
			return basisIf((filepath.Base(dir) == "deploy" || filepath.Base(dir) == "revert") && b.has(filepath.Join(filepath.Dir(dir), "sqitch.plan")), "sqitch.plan")
		},
		pair: func(path string) (string, bool) {
			dir := filepath.Dir(path)
			return filepath.Join(filepath.Dir(dir), filepath.Base(path)), filepath.Base(dir) == "revert"
		},
		wayOut: "leave out BEGIN and COMMIT in a change of its own",
	},
	{
		Name: "hasura", Downs: true, laid: func(b *beside, dir, name string) string {
			return basisIf(upDown(dir, name) && b.says(dir, "config.yaml", regexp.MustCompile(`metadata_directory|metadata:`)), "config.yaml")
		},
		pair: folderPair, home: grandparent,
		wraps: true, sends: whole, why: "Hasura runs each migration in one transaction", string: "Hasura sends the file", wayOut: "run the statement with psql and mark the migration as applied with hasura migrate apply --skip-execution",
	},
	{
		Name: "diesel", Downs: true, laid: func(_ *beside, dir, name string) string {
			return basisIf(upDown(dir, name), filepath.Base(dir)+"/"+name)
		},
		pair: folderPair, home: grandparent,
		wraps: true, sends: whole, off: func(s *Source, _ part) bool {
			return dieselOff.MatchString(s.beside.text(filepath.Join(filepath.Dir(s.Path), "metadata.toml")))
		},
		why: "Diesel runs each migration in one transaction", string: "Diesel sends the file",
		wayOut: "put the statement alone in a migration with run_in_transaction = false in its metadata.toml",
	},
	{
		Name: "sqlx", Downs: true, laid: sqlx, pair: upDownPair,
		wraps: true, sends: whole, off: fileSays(`\A-- no-transaction`),
		why: "sqlx runs each file in one transaction", string: "sqlx sends the file",
		wayOut: "put the statement alone in a file whose first line is -- no-transaction",
	},
	{
		Name: "maragudk/migrate", Downs: true, laid: func(b *beside, dir, name string) string {
			return basisIf(upOrDown.MatchString(name) && b.says(dir, "go.mod", withMaragu), "maragudk/migrate in go.mod")
		},
		pair: goPair, version: func(path string) string { key, _ := goPair(filepath.Base(path)); return key },
		wraps: true, sends: whole, why: "maragudk/migrate runs each file in one transaction", string: "maragudk/migrate sends the file",
		wayOut: "run the statement with psql before the deploy; maragudk/migrate has no way to run it outside of a transaction",
	},
	{
		Name: "golang-migrate", Downs: true, laid: func(_ *beside, _, name string) string {
			return basisIf(numbered.MatchString(name) && upOrDown.MatchString(name), name)
		},
		pair: goPair, sends: whole, string: "golang-migrate sends the file",
		wayOut: "put the statement alone in a file of its own, or set x-multi-statement=true in the connection string",
	},
	{
		// last: Atlas also plans files in the forms of other tools
		Name: "atlas", marks: regexp.MustCompile(`(?m)^-- atlas:(?:txmode|nolint|delimiter|txtar|checkpoint)\b`), laid: siblings("atlas.sum"),
		wraps: true, off: fileSays(`(?m)^-- atlas:txmode none`),
		why: "Atlas runs each file in one transaction", wayOut: "put the statement in a file of its own that begins with -- atlas:txmode none",
	},
}

// toolOf returns the tool of a source and what tells it.
func toolOf(s *Source) (*Tool, string) {
	head, dir, name := s.Text[:min(len(s.Text), markedIn)], filepath.Dir(s.Path), filepath.Base(s.Path)
	for _, t := range Tools {
		if t.marks != nil {
			if at := t.marks.FindStringIndex(head); at != nil {
				if t.basis != "" {
					return t, t.basis
				}
				for line := range strings.Lines(head[at[0]:at[1]]) { // of Django's three the second one
					if basis := strings.TrimSpace(line); basis != "--" {
						return t, basis
					}
				}
			}
		}
		if t.laid != nil && s.Path != "-" {
			if basis := t.laid(s.beside, dir, name); basis != "" {
				return t, basis
			}
		}
	}
	return Plain, "no mark of a tool"
}

// markedIn is the length of a text's beginning in which marks are searched.
const markedIn = 256 << 10

var (
	beginLine    = regexp.MustCompile(`(?mi)^[ \t]*BEGIN\b`)
	datedFolder  = regexp.MustCompile(`^\d+_`)
	numbered     = regexp.MustCompile(`^\d+[._-].*\.sql$`)
	upOrDown     = regexp.MustCompile(`\.(up|down)\.sql$`)
	upOrDownWord = regexp.MustCompile(`[._](up|down)\.sql$`)
	flywayName   = regexp.MustCompile(`^(?:[VUB]\d[\d._]*|R)__.*\.sql$`)
	dieselOff    = regexp.MustCompile(`(?m)^\s*run_in_transaction\s*=\s*false`)
	withMaragu   = regexp.MustCompile(`(?m)\b(?:github\.com/maragudk|maragu\.dev)/migrate\b`)
	withSQLx     = regexp.MustCompile(`(?m)\bsqlx\b`)
)

func basisIf(is bool, basis string) string {
	if is {
		return basis
	}
	return ""
}

// siblings tells a tool by a file in the same folder.
func siblings(name string) func(*beside, string, string) string {
	return func(b *beside, dir, _ string) string { return basisIf(b.has(filepath.Join(dir, name)), name) }
}

func upDown(dir, name string) bool {
	base := filepath.Base(dir)
	return (name == "up.sql" || name == "down.sql") && base != "" && base[0] >= '0' && base[0] <= '9'
}

func prisma(b *beside, dir, name string) string {
	up := filepath.Dir(dir)
	switch {
	case name != "migration.sql" && name != "down.sql" || !datedFolder.MatchString(filepath.Base(dir)):
		return ""
	case b.has(filepath.Join(up, "migration_lock.toml")):
		return "migration_lock.toml"
	}
	return basisIf(name == "migration.sql", filepath.Base(dir)+"/"+name)
}

func drizzle(b *beside, dir, name string) string {
	path := filepath.Join(dir, "meta", "_journal.json")
	switch {
	case b.has(path):
		// Drizzle runs what its journal names and nothing else. The rest of the folder is
		// run by hand, or no migration at all.
		places := journal(b.text(path))
		_, named := places[strings.TrimSuffix(name, ".sql")]
		return basisIf(named || len(places) == 0 && numbered.MatchString(name), "meta/_journal.json")
	case name == "migration.sql" && b.has(filepath.Join(dir, "snapshot.json")):
		return "snapshot.json"
	}
	return ""
}

func drizzleHome(path string) string {
	if filepath.Base(path) == "migration.sql" {
		return grandparent(path)
	}
	return filepath.Dir(path)
}

func sqlx(b *beside, dir, name string) string {
	switch {
	case !numbered.MatchString(name):
		return ""
	case b.says(dir, "Cargo.toml", withSQLx):
		return "sqlx in Cargo.toml"
	}
	return basisIf(b.above(dir, ".sqlx") != "", ".sqlx")
}

func grandparent(path string) string { return filepath.Dir(filepath.Dir(path)) }

func upDownPair(path string) (string, bool) {
	if key, down := strings.CutSuffix(path, ".down.sql"); down {
		return key, true
	}
	return strings.TrimSuffix(strings.TrimSuffix(path, ".sql"), ".up"), false
}

// goPair pairs the files of tools that run .up.sql and .down.sql only: _up.sql and
// _down.sql are the same with a slip in the name.
func goPair(path string) (string, bool) {
	at := upOrDownWord.FindStringSubmatchIndex(path)
	if at == nil {
		return strings.TrimSuffix(path, ".sql"), false
	}
	return path[:at[0]], path[at[2]:at[3]] == "down"
}

func folderPair(path string) (string, bool) {
	return filepath.Dir(path), filepath.Base(path) == "down.sql"
}

func suffixPair(up, down string) func(string) (string, bool) {
	return func(path string) (string, bool) {
		if key, is := strings.CutSuffix(path, down); is {
			return key, true
		}
		return strings.TrimSuffix(path, up), false
	}
}

// reverseWord is how files are named that take another one back.
var reverseWord = regexp.MustCompile(`(?i)(?:^|[._-])(down|rollback|revert|undo|up|apply|deploy|forward)(?:[._-]|$)`)

func plainPair(path string) (string, bool) {
	dir, name := filepath.Split(path)
	at := reverseWord.FindStringSubmatchIndex(name)
	if at == nil {
		return strings.TrimSuffix(path, filepath.Ext(name)), false
	}
	down := strings.Contains("down rollback revert undo", strings.ToLower(name[at[2]:at[3]]))
	rest := strings.TrimSuffix(name[:at[2]]+name[at[3]:], filepath.Ext(name))
	return dir + strings.Trim(rest, "._-"), down
}

func flywayPair(path string) (string, bool) {
	name := filepath.Base(path)
	if name[0] == 'R' {
		return path, false
	}
	return flywayVersion(path), name[0] == 'U'
}

// locations are the usual names of Flyway's locations, which it reads with their
// sub-folders.
var locations = map[string]bool{"migration": true, "migrations": true, "sql": true}

// flywayHome returns the location of a file. A folder that is named after an engine
// is another database.
func flywayHome(path string) string {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		name := strings.ToLower(filepath.Base(dir))
		if _, engine := engineNames[name]; engine || locations[name] {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

func flywayVersion(path string) string {
	version, _, _ := strings.Cut(filepath.Base(path), "__")
	if version == "R" {
		return ""
	}
	return strings.ReplaceAll(version[1:], "_", ".")
}

// outside matches the statements that Flyway runs outside of a transaction.
var outside = regexp.MustCompile(`(?i)^(?:(?:create|drop)\s+(?:database|tablespace|subscription)\b|alter\s+system\b|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently\b|reindex\s+(?:\([^)]*\)\s*|verbose\s+)?(?:schema|database|system)\b|reindex\b.*\bconcurrently\b|vacuum\b|discard\s+all\b)`)

// mixed matches Flyway's setting that lets a mixture run without a transaction.
var mixed = regexp.MustCompile(`(?m)^\s*(?:flyway\.)?mixed\s*=\s*"?true`)

// prismaVersion is Prisma's version in package.json.
var prismaVersion = regexp.MustCompile(`"prisma"\s*:\s*"[^"0-9]*(\d+)\.(\d+)`)

// prismaSplits: Prisma sends each statement by itself from 7.4 on.
func prismaSplits(s *Source) bool {
	dir := s.beside.above(filepath.Dir(s.Path), "package.json")
	if dir == "" {
		return false
	}
	v := prismaVersion.FindStringSubmatch(s.beside.text(filepath.Join(dir, "package.json")))
	return v != nil && natural(v[1]+"."+v[2], "7.4") >= 0
}

// flywayMode: a file of such statements alone runs without a transaction, and a
// mixture is refused.
func flywayMode(s *Source, list []*Statement) (wraps bool, why string) {
	out := 0
	for _, s := range list {
		if outside.MatchString(s.Text) {
			out++
		}
	}
	switch {
	case out == 0:
		return true, ""
	case out == len(list), s.beside.says(filepath.Dir(s.Path), "flyway.conf", mixed), s.beside.says(filepath.Dir(s.Path), "flyway.toml", mixed):
		return false, ""
	}
	return true, "Flyway refuses a file that mixes statements that can run in a transaction with others that cannot, unless mixed=true"
}

// fileSays reports whether the file contains what a pattern matches.
func fileSays(pattern string) func(*Source, part) bool {
	re := regexp.MustCompile(pattern)
	return func(s *Source, _ part) bool { return re.MatchString(s.Text[:min(len(s.Text), markedIn)]) }
}

// partSays reports whether the line that begins the part does.
func partSays(pattern string) func(*Source, part) bool {
	re := regexp.MustCompile(pattern)
	return func(_ *Source, p part) bool { return re.MatchString(p.head) }
}

// besideSays reports whether the file with a suffix more does.
func besideSays(suffix, pattern string) func(*Source, part) bool {
	re := regexp.MustCompile(pattern)
	return func(s *Source, _ part) bool { return re.MatchString(s.beside.text(s.Path + suffix)) }
}
