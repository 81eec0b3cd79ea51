package indexadvisor

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// notes is a table with two million rows, of which one in ten is deleted, by owners and
// by the article that they are on.
func notes() (*workload.Snapshot, *workload.Table) {
	column := func(name, typ string, nulls, distinct float64) *workload.Column {
		return &workload.Column{Name: name, Type: typ, Stats: &workload.ColumnStats{
			NullFrac: opt.Of(nulls), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(distinct), Correlation: opt.Of(0.0),
		}}
	}
	snap := pgtest.TableOf(column("id", "bigint", 0, -1), column("owner", "bigint", 0, 500), column("article", "bigint", 0, 100_000), column("written", "timestamp with time zone", 0, -1),
		column("deleted", "timestamp with time zone", 0.9, -0.1), column("pinned", "timestamp with time zone", 0.999, -0.001), column("body", "text", 0, -1))
	snap.Mark(workload.ViewSchema)
	t := snap.Tables[0]
	t.Kind, t.Pages, t.Tuples, t.AllVisible = "r", opt.Of(40_000.0), opt.Of(2e6), opt.Of(40_000.0)
	t.Constraints = append(t.Constraints, &workload.Constraint{Type: "f", Columns: []string{"article"}, RefTable: "articles"})
	return snap, t
}

func selected(snap *workload.Snapshot, queries ...string) (list []string, rejected []Rejected) {
	var statements []*workload.Statement
	for i, q := range queries {
		statements = append(statements, &workload.Statement{QueryID: fmt.Sprint(i), Query: redact.SQL(q), Calls: opt.Of(1000.0), TotalMs: opt.Of(1e5)})
	}
	choices, rejected := New(snap).Select(statements, Limits{})
	for _, c := range choices {
		list = append(list, strings.TrimPrefix(c.Index.String(), "t "))
	}
	slices.Sort(list)
	return list, rejected
}

// What a statement always asks for is the predicate, not a key: behind an equality it
// would end the order. A foreign key keeps all rows, for the deletes of what it refers to,
// unless few rows pass.
func TestPredicates(t *testing.T) {
	for _, tt := range []struct {
		name    string
		queries []string
		want    []string
	}{
		{"soft deletes", []string{"SELECT * FROM t WHERE owner = $1 AND deleted IS NULL ORDER BY written DESC LIMIT 20"}, []string{"(owner, written) WHERE deleted IS NULL"}},
		{"with and without", []string{"SELECT * FROM t WHERE owner = $1 AND deleted IS NULL ORDER BY written DESC LIMIT 20", "SELECT * FROM t WHERE owner = $1 ORDER BY written DESC LIMIT 20"}, []string{"(owner, written)"}},
		{"a foreign key", []string{"SELECT * FROM t WHERE article = $1 AND deleted IS NULL"}, []string{"(article)"}},
		{"a foreign key of few rows", []string{"SELECT * FROM t WHERE article = $1 AND pinned IS NOT NULL"}, []string{"(article) WHERE pinned IS NOT NULL"}},
	} {
		snap, _ := notes()
		if got, _ := selected(snap, tt.queries...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A comparison of two columns of a row is in every call of the statement: for a queue it is
// the predicate. A column of which every value is in much of the table has no index of its
// own, unless its rows lie together.
func TestComparisonsAndKinds(t *testing.T) {
	snap, table := notes()
	number := func(name string, distinct, correlation float64, common ...float64) {
		table.Columns = append(table.Columns, &workload.Column{Name: name, Type: "integer", Stats: &workload.ColumnStats{
			NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(distinct), Correlation: opt.Of(correlation), MCVFreqs: common,
		}})
	}
	number("tried", 5, 0.1)
	number("allowed", 5, 0.1)
	number("part", 10, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
	number("batch", 10, 0.99, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"SELECT id FROM t WHERE owner = $1 AND tried < allowed ORDER BY written LIMIT 10", []string{"(owner, written) WHERE allowed > tried"}},
		{"SELECT * FROM t WHERE part = $1", nil},
		{"SELECT * FROM t WHERE batch = $1", []string{"(batch)"}},
	} {
		if got, _ := selected(snap, tt.query); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
}

// An index of an extension that is not installed is not chosen, and the report says what it
// would save.
func TestLackingExtension(t *testing.T) {
	snap, _ := notes()
	snap.AddExtension("pg_trgm", "1.6")
	with, _ := selected(snap, "SELECT id FROM t WHERE body ILIKE '%' || $1 || '%'")
	if want := []string{"USING gin (body gin_trgm_ops)"}; !slices.Equal(with, want) {
		t.Errorf("installed: %q, want %q", with, want)
	}
	snap, _ = notes()
	snap.AddExtension("citext", "")
	without, rejected := selected(snap, "SELECT id FROM t WHERE body ILIKE '%' || $1 || '%'")
	if len(without) > 0 || len(rejected) != 1 || rejected[0].Extension != "pg_trgm" || rejected[0].Share <= 0 {
		t.Errorf("not installed: %q, %+v", without, rejected)
	}
}

// The pattern of a parameter may begin with a wildcard, which no B-tree finds. Only rows
// that the statement returns can tell; those of a sub-select, of a count, or of a join cannot.
func TestHiddenPattern(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"SELECT id FROM t WHERE body LIKE $1", []string{"(body text_pattern_ops)"}},
		{"SELECT count(*) FROM t WHERE body LIKE $1", nil},
		{"SELECT a.id FROM t a JOIN t b ON b.owner = a.article WHERE a.body LIKE $1", nil},
		{"SELECT id FROM t WHERE id < 10 AND owner NOT IN (SELECT owner FROM t WHERE body LIKE $1)", nil},
		{"SELECT id FROM t WHERE id < 10 AND owner NOT IN (SELECT owner FROM t WHERE body LIKE 'late%')", []string{"(body text_pattern_ops)"}},
	} {
		snap, _ := notes()
		got, _ := selected(snap, tt.query)
		got = slices.DeleteFunc(got, func(ix string) bool { return !strings.Contains(ix, "pattern") })
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], " INCLUDE")
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
}

// Each type of text has its own operator class for prefixes, and character(n) none for
// trigrams: a server refuses the others.
func TestPatternsOfTypes(t *testing.T) {
	for _, tt := range []struct{ of, prefix, part string }{
		{"text", "(body text_pattern_ops)", "USING gin (body gin_trgm_ops)"},
		{"character varying(40)", "(body varchar_pattern_ops)", "USING gin (body gin_trgm_ops)"},
		{"character(40)", "(body bpchar_pattern_ops)", ""},
		{"name", "", ""},
		{"citext", "", ""},
		{"", "(body text_pattern_ops)", "USING gin (body gin_trgm_ops)"},
	} {
		for query, want := range map[string]string{"SELECT id FROM t WHERE body LIKE 'late%'": tt.prefix, "SELECT id FROM t WHERE body LIKE '%late%'": tt.part} {
			snap, _ := notes()
			snap.AddExtension("pg_trgm", "1.6")
			snap.Table("", "t").Column("body").Type = tt.of
			got, _ := selected(snap, query)
			if one, _, _ := strings.Cut(strings.Join(got, ", "), " INCLUDE"); one != want {
				t.Errorf("%s of %q: %q, want %q", query, tt.of, one, want)
			}
		}
	}
}

// A join of more tables than are ordered exhaustively gets indexes as well.
func TestManyTables(t *testing.T) {
	snap, _ := notes()
	query := "SELECT t0.id FROM t t0"
	for i := 1; i < 11; i++ {
		query += fmt.Sprintf(" JOIN t t%d ON t%d.article = t%d.id", i, i, i-1)
	}
	if got, _ := selected(snap, query+" WHERE t0.owner = $1"); !slices.Contains(got, "(article, id)") {
		t.Errorf("%q", got)
	}
}

// The rows of a group are found together, those of a join by both columns that its other
// side compares, and what two indexes with the same keys hold is held by one.
func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		name    string
		queries []string
		want    []string
	}{
		{"groups", []string{"SELECT owner, count(*) FROM t GROUP BY owner"}, []string{"(owner)"}},
		{"groups of some rows", []string{"SELECT owner, max(article) FROM t WHERE pinned IS NOT NULL GROUP BY owner"}, []string{"(owner) INCLUDE (article) WHERE pinned IS NOT NULL"}},
		{"distinct values", []string{"SELECT DISTINCT owner FROM t"}, []string{"(owner)"}},
		{"a join by two columns", []string{"SELECT b.body FROM t a JOIN t b ON b.owner = a.owner AND b.kind = a.kind WHERE a.id = $1"}, []string{"(id)", "(kind, owner)"}},
		{"a join and a range of the other", []string{"SELECT b.body FROM t a JOIN t b ON b.owner = a.owner AND b.written > a.written WHERE a.id = $1"}, []string{"(id)", "(owner, written) INCLUDE (body)"}},
		{"two in one", []string{"SELECT written FROM t WHERE owner = $1", "SELECT article FROM t WHERE owner = $1"}, []string{"(owner) INCLUDE (article, written)"}},
	} {
		snap, table := notes()
		table.Columns = append(table.Columns, &workload.Column{Name: "kind", Type: "bigint", Stats: &workload.ColumnStats{
			NullFrac: opt.Of(0.0), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(1000.0), Correlation: opt.Of(0.0),
		}})
		if got, _ := selected(snap, tt.queries...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A sub-select that needs a value of the joined table is a value that the other's index is
// searched by.
func TestSubSelectKeys(t *testing.T) {
	snap, _ := notes()
	a := New(snap)
	for _, than := range []string{"< (SELECT 0.2 * avg(c.article)", "= (SELECT max(c.article)"} {
		text := "SELECT b.body FROM t a JOIN t b ON b.owner = a.owner WHERE a.id = $1 AND b.article " + than + " FROM t c WHERE c.owner = a.owner)"
		s := a.newSelection(a.parsedOf([]*workload.Statement{{Query: redact.SQL(text), Calls: opt.Of(1.0)}}), Limits{})
		by := func(keys ...string) float64 {
			return s.cost(s.queries[0], []*candidate{s.known[signature(snap.Table("", "t"), pgtest.BTree(keys...))]})
		}
		if one, both := by("owner"), by("owner", "article"); both > one/5 {
			t.Errorf("%s: %.0f by both keys, %.0f by one", than, both, one)
		}
	}
}

// The choices are in the order of what each gains for its cost, and each says how far it
// gets with those before it.
func TestReached(t *testing.T) {
	snap, _ := notes()
	var statements []*workload.Statement
	for i, q := range []string{"SELECT * FROM t WHERE article = $1", "SELECT * FROM t WHERE owner = $1 ORDER BY written LIMIT 10", "SELECT * FROM t WHERE id = $1"} {
		statements = append(statements, &workload.Statement{QueryID: fmt.Sprint(i), Query: redact.SQL(q), Calls: opt.Of(1000 * float64(i+1)), TotalMs: opt.Of(1e5 * float64(i+1))})
	}
	choices, _ := New(snap).Select(statements, Limits{})
	if len(choices) != 3 || choices[0].Index.Keys[0].Column != "id" {
		t.Fatalf("%+v", choices)
	}
	// The three statements cost the same, and each index saves nearly all of one.
	for i, want := range []float64{3. / 6, 5. / 6, 1} {
		if got := choices[i].Reached; math.Abs(got-want) > 0.01 {
			t.Errorf("%d: %v, want %v", i, got, want)
		}
	}
}
