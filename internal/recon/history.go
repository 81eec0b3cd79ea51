package recon

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
)

// A habit becomes a convention with this many cases, of which two thirds keep it.
// Only the last migrations count.
const (
	leastCases = 4
	lastFiles  = 50
)

// Convention is what most of the last migrations do.
type Convention struct {
	Rule     string // that a departure is reported by; empty if by none
	Kept, Of int
	Does     string // "of the index builds on existing tables are concurrent"
	Basis    string // the newest migration that keeps it
}

// Departure is a migration under review that does not keep a convention.
type Departure struct {
	Path string // relative to the root
	Line int    // of the statement; 0: of the file as a whole
	Convention
	Says string // "18 of 20 migrations set lock_timeout. This one does not."
}

// habit is a convention that may be there.
type habit struct {
	rule string
	does string // follows "18 of 20 "
	not  string // what a file does that does not keep it
	// cases are how often a migration could keep it, and how often it does; at is the
	// line of a case that does not.
	cases func(m *Migration) (of, kept, at int)
}

var habits = []habit{
	{"convention-concurrently", "index builds on existing tables use CONCURRENTLY", "This one does not.",
		func(m *Migration) (int, int, int) { return m.Builds, m.Concurrent, m.BuildLine }},
	{"convention-timeouts", "migrations of existing tables set lock_timeout", "This one does not.",
		func(m *Migration) (int, int, int) { return one(m.Changes > 0), one(m.LockTimeout), m.Changes }},
	{"", "foreign keys and CHECKs on existing tables are added NOT VALID", "This one is not.",
		func(m *Migration) (int, int, int) { return m.Constraints, m.NotValid, 0 }},
	{"convention-down", "migrations have a down part", "This one has none.",
		func(m *Migration) (int, int, int) { return one(m.CanGoBack), one(m.Down), 0 }},
	{"convention-backfill", "migrations that change rows leave the schema alone", "This one does both.",
		func(m *Migration) (int, int, int) {
			return one(m.Fills > 0), one(m.Fills > 0 && !m.DDL), m.Fills
		}},
	{"", "migrations run without a transaction", "This one runs in one.",
		func(m *Migration) (int, int, int) { return 1, one(m.NoTransaction), 0 }},
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// Migration is what the text of a migration does, as far as habits go. Tables that
// the file creates itself do not count.
type Migration struct {
	file *file

	Builds, Concurrent    int // index builds
	BuildLine             int // of the first one that is not concurrent
	Changes               int // the line of the first statement that locks such a table; 0: none
	LockTimeout           bool
	Constraints, NotValid int
	Fills                 int // the line of the first UPDATE, DELETE or INSERT ... SELECT; 0: none
	DDL                   bool
	NoTransaction         bool
	CanGoBack, Down       bool

	names []design.Named
}

// history measures the last migrations and the files under review.
func (r *Report) history(t *tree) {
	groups := map[string][]*file{}
	for _, f := range t.files {
		if k := kindOf(f); k != nil && f.stage() != example {
			home := k.name + " " + k.home(f.path)
			groups[home] = append(groups[home], f)
		}
	}
	home := theHome(t, groups)
	if home == "" {
		return
	}
	files := groups[home]
	slices.SortStableFunc(files, func(a, b *file) int { return byVersion(a.path, b.path) })
	var old, under []*file
	for _, f := range files {
		if t.review[f.path] {
			under = append(under, f)
		} else {
			old = append(old, f)
		}
	}
	if len(old) == 0 {
		old = under
	}
	k, back := kindOf(files[0]), map[string]*file{}
	for _, f := range files {
		if isDown(f) {
			back[backOf(f.path)] = f
		}
	}
	past := k.readAll(old, back)
	for _, h := range habits {
		if c, is := conventionOf(h, past); is {
			r.Conventions = append(r.Conventions, c)
			r.Items = append(r.Items, Item{Conventions, fmt.Sprintf("%d of %d %s", c.Kept, c.Of, c.Does), c.Basis, Inferred})
		}
	}
	if len(r.Conventions) == 0 && len(past) >= leastCases {
		last := past[len(past)-1]
		r.Items = append(r.Items, Item{Conventions, fmt.Sprintf("none in the last %d migrations", len(past)), last.file.path, Inferred})
	}
	for _, m := range k.readAll(under, back) {
		others := slices.DeleteFunc(slices.Clone(past), func(x *Migration) bool { return x.file == m.file })
		r.departures(m, others)
	}
	r.names(t, past)
	r.accepted(under)
}

// theHome returns the group of migrations that those under review belong to, or else
// the largest one.
func theHome(t *tree, groups map[string][]*file) string {
	best, most := "", 0
	for home, files := range groups {
		n := len(files)
		for _, f := range files {
			if t.review[f.path] {
				n += mostSeen
			}
		}
		if n > most || n == most && home < best {
			best, most = home, n
		}
	}
	return best
}

func conventionOf(h habit, past []*Migration) (Convention, bool) {
	c := Convention{Rule: h.rule, Does: h.does}
	for _, m := range past {
		of, kept, _ := h.cases(m)
		c.Of += of
		if c.Kept += min(kept, of); kept > 0 && of > 0 {
			c.Basis = m.file.path
		}
	}
	return c, c.Of >= leastCases && 3*c.Kept >= 2*c.Of
}

// departures finds where a migration does not keep the conventions of the others.
func (r *Report) departures(m *Migration, others []*Migration) {
	for _, h := range habits {
		of, kept, at := h.cases(m)
		if h.rule == "" || kept >= of {
			continue
		}
		if c, is := conventionOf(h, others); is {
			r.Departures = append(r.Departures, Departure{m.file.path, at, c, fmt.Sprintf("%d of %d %s. %s", c.Kept, c.Of, c.Does, h.not)})
		}
	}
}

// DeparturesOf returns those of a file under review.
func (r *Report) DeparturesOf(name string) []Departure {
	var list []Departure
	for _, d := range r.Departures {
		if absolute(filepath.Join(r.Root, filepath.FromSlash(d.Path))) == absolute(name) {
			list = append(list, d)
		}
	}
	return list
}

// kind is a kind of migration files.
type kind struct {
	name  string
	files []pattern
	text  expression // nil: any
	home  func(path string) string
	read  func(m *Migration, text string)
	// down tells that a migration can be taken back: by a part of the text, by a file,
	// or always.
	down    expression
	canDown func(f *file, back map[string]*file) (can, has bool)
}

var dumpName = re(`(?i)(?:^|[/_.-])(?:schema|structure|dump|seeds?|init|fixtures?|data)\b[^/]*\.sql$`)

var kinds = []*kind{
	{name: "sql", files: patterns(`migrations/*.sql migration/*.sql migrate/*.sql migrations/*/*.sql migration/*/*.sql migrations/*/*/*.sql deploy/*.sql changelog/*.sql changelogs/*.sql changes/*.sql changesets/*.sql versions/*.sql schema-changes/*.sql patches/*.sql updates/*.sql upgrades/*.sql [0-9]*_*.sql [0-9]*-*.sql [0-9]*/up.sql [0-9]*/down.sql [0-9]*/migration.sql V[0-9]*__*.sql U[0-9]*__*.sql`),
		home: sqlHome, read: readSQL, canDown: sqlDown},
	{name: "Rails", files: patterns("db/*migrate/*.rb"), home: path.Dir, read: rails.read, down: re(`(?m)^\s*def (?:down|change)\b`)},
	{name: "Django", files: patterns("migrations/[0-9]*.py"), text: re(`\bmigrations\.Migration\b`), home: func(string) string { return "" }, read: django.read},
	{name: "Alembic", files: patterns("versions/*.py"), text: re(`(?m)^down_revision\b`), home: path.Dir, read: alembic.read, down: re(`(?m)^def downgrade\(.*\n(?:\s*(?:"""[^"]*"""|#.*)?\n)*\s+[a-oq-z_]`)},
	{name: "JavaScript", files: patterns("migrations/*.ts migrations/*.js migrations/*.cjs migrations/*.mjs migration/*.ts migration/*.js"), text: re(`\bqueryInterface\b|\bknex\b|\bMigrationInterface\b|\bpgm\.|\bqueryRunner\b`), home: path.Dir, read: script.read, down: re(`\bdown\b\s*(?:[:=(])`)},
	{name: "Ecto", files: patterns("migrations/[0-9]*.exs"), home: path.Dir, read: ecto.read, down: re(`(?m)^\s*def (?:down|change)\b`)},
	{name: "Laravel", files: patterns("database/migrations/*.php"), home: path.Dir, read: laravel.read, down: re(`function down\(\)[^{]*\{\s*[^\s}]`)},
}

func patterns(s string) []pattern {
	var list []pattern
	for p := range strings.FieldsSeq(s) {
		list = append(list, newPattern(p))
	}
	return list
}

func kindOf(f *file) *kind {
	for _, k := range kinds {
		if f.matches(k.files) && (k.name != "sql" || !dumpName().MatchString(f.path)) {
			return k
		}
	}
	return nil
}

// readAll reads the last migrations of a list. Files that take others back are not
// among them: back holds those.
func (k *kind) readAll(list []*file, back map[string]*file) []*Migration {
	var read []*Migration
	for _, f := range slices.Backward(list) {
		if len(read) == lastFiles {
			break
		}
		if isDown(f) {
			continue
		}
		text := f.content()
		if text == "" || k.text != nil && !k.text().MatchString(text) {
			continue
		}
		m := &Migration{file: f}
		if k.canDown != nil {
			m.CanGoBack, m.Down = k.canDown(f, back)
		} else if k.down != nil {
			m.CanGoBack, m.Down = true, k.down().MatchString(text)
		}
		k.read(m, text)
		read = append(read, m)
	}
	slices.Reverse(read)
	return read
}

var downName = re(`(?i)\.(?:down|rollback|undo|revert)\.sql$|^(?:down|revert|rollback)\.sql$|^U\d[\d._]*__|[_-](?:down|rollback|undo|revert)\.sql$`)

func isDown(f *file) bool {
	return downName().MatchString(f.base) || f.within([]string{"revert"}) || f.within([]string{"verify"}) || f.within([]string{"down"})
}

// sqlHome returns the folder whose files are one history: where each migration has
// a folder of its own, the one above.
func sqlHome(p string) string {
	dir, base := path.Dir(p), path.Base(p)
	if base == "up.sql" || base == "down.sql" || base == "migration.sql" || path.Base(dir) == "down" || path.Base(dir) == "up" {
		return path.Dir(dir)
	}
	return dir
}

var downMarks = re(`(?mi)^[ \t]*--[ \t]*(?:\+goose[ \t]+down|\+migrate[ \t]+down|migrate:down|-*[ \t]*down[ \t]+migration|rollback\b)|^---- create above / drop below ----`)

// upMarks are those of formats that have a down part.
var upMarks = re(`(?mi)^[ \t]*--[ \t]*(?:\+goose[ \t]+up|\+migrate[ \t]+up|migrate:up|-*[ \t]*up[ \t]+migration|liquibase formatted sql)|^---- create above / drop below ----`)

// sqlDown reports whether files like this one can be taken back, and whether this
// one can: by a part of it that is not empty, or by a file beside it.
func sqlDown(f *file, back map[string]*file) (can, has bool) {
	text := f.content()
	if upMarks().MatchString(text) {
		at := downMarks().FindStringIndex(text)
		return true, at != nil && !empty(text[at[1]:]) || at != nil && strings.Contains(strings.ToLower(text[at[0]:at[1]]), "rollback")
	}
	down := back[backOf(f.path)]
	return len(back) > 0, down != nil && !empty(down.content())
}

// empty reports whether a text has no statement.
func empty(text string) bool { return strings.Trim(withoutComments(text), " \t\r\n;") == "" }

var (
	commentLine = re(`(?m)--.*$|/\*[\s\S]*?\*/`)
	direction   = re(`(?i)(?:^|[._/-])(?:up|down|rollback|undo|revert|deploy|migration)(?:\.sql)?$|\.sql$`)
	wayFolder   = re(`(?:^|/)(?:deploy|revert|up|down)/`)
)

func withoutComments(s string) string { return commentLine().ReplaceAllString(s, "") }

// backOf returns what the paths of a migration and of the file that takes it back
// have in common.
func backOf(p string) string {
	base := path.Base(p)
	if len(base) > 1 && (base[0] == 'V' || base[0] == 'U') && base[1] >= '0' && base[1] <= '9' {
		p = path.Join(path.Dir(p), base[1:])
	}
	p = strings.TrimSuffix(p, ".sql")
	return wayFolder().ReplaceAllString(direction().ReplaceAllString(p, ""), "/")
}

// byVersion orders paths with their numbers as numbers. A migration of an
// application of Django is ordered by its own number.
func byVersion(a, b string) int {
	x, y := numbersOf(a), numbersOf(b)
	return cmp.Or(compareNumbers(x, y), cmp.Compare(a, b))
}

var (
	digits = re(`\d+`)
	dated  = re(`^\d{4}-\d{2}-\d{2}(?:-\d+)*`)
)

// numbersOf returns the numbers of a migration's name. A date is one number, however
// it is written.
func numbersOf(p string) []string {
	base := path.Base(p)
	if base == "up.sql" || base == "down.sql" || base == "migration.sql" {
		base = path.Base(path.Dir(p))
	}
	base = dated().ReplaceAllStringFunc(base, func(date string) string {
		all := strings.ReplaceAll(date, "-", "")
		return all[:min(len(all), len("20060102150405"))]
	})
	return digits().FindAllString(base, 4)
}

func compareNumbers(x, y []string) int {
	for i := range min(len(x), len(y)) {
		n, m := strings.TrimLeft(x[i], "0"), strings.TrimLeft(y[i], "0")
		if c := cmp.Or(cmp.Compare(len(n), len(m)), cmp.Compare(n, m)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}
