package indexadvisor

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// An OR of two columns is worth two indexes or none: one alone leaves the whole
// table to be read. Where one of them exists the other is proposed.
func TestIndexesTogether(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		existing    []string
		want        []string
	}{
		{"two columns", "SELECT * FROM t WHERE a = $1 OR b = $2", nil, []string{"a", "b"}},
		{"one exists", "SELECT * FROM t WHERE a = $1 OR b = $2", []string{"a"}, []string{"b"}},
		{"three columns", "SELECT * FROM t WHERE a = $1 OR b = $2 OR c = $3", nil, []string{"a", "b", "c"}},
		{"a branch that no index answers", "SELECT * FROM t WHERE a = $1 OR b = $2 OR c <> $3", nil, nil},
		{"one column", "SELECT * FROM t WHERE a = $1 OR a = $2", nil, []string{"a"}},
		{"another condition is enough", "SELECT * FROM t WHERE (a = $1 OR b = $2) AND c = $3", nil, []string{"c"}},
	} {
		var columns []*workload.Column
		for _, name := range []string{"a", "b", "c"} {
			columns = append(columns, &workload.Column{Name: name, Type: "integer", Stats: &workload.ColumnStats{
				NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(-0.5), Correlation: opt.Of(0.0),
			}})
		}
		snap := pgtest.TableOf(columns...)
		snap.Mark(workload.ViewSchema)
		table := snap.Tables[0]
		table.Kind, table.Pages, table.Tuples = "r", opt.Of(20000.0), opt.Of(2e6)
		for _, name := range tt.existing {
			table.Indexes = append(table.Indexes, &workload.Index{Table: table, Name: "t_" + name, Pages: opt.Of(5000.0), Definition: "CREATE INDEX ON t (" + name + ")", Def: pgtest.BTree(name)})
		}
		st := &workload.Statement{QueryID: "1", Query: redact.SQL(tt.query), Calls: opt.Of(1000.0), TotalMs: opt.Of(1e5), Rows: opt.Of(4000.0)}
		choices, _ := New(snap).Select([]*workload.Statement{st}, Limits{})
		var got []string
		for _, c := range choices {
			got = append(got, c.Index.Keys[0].Column)
			if s := c.Serves[0]; s.Before < 20000 || s.After > 100 {
				t.Errorf("%s: index on %s serves a statement at %v for %v", tt.name, c.Index.KeyList(), s.Before, s.After)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Statements that read different columns behind the same key get one index with the
// columns of all, never two that differ in their included columns only, and no more of
// them than can be kept.
func TestCoveredTogether(t *testing.T) {
	for _, tt := range []struct {
		name    string
		queries []string
		want    []string
	}{
		{"two", []string{"SELECT sum(article) FROM t WHERE owner = $1", "SELECT max(written) - min(written), count(*) FROM t WHERE owner = $1"}, []string{"(owner) INCLUDE (article, written)"}},
		{"three", []string{"SELECT sum(article) FROM t WHERE owner = $1", "SELECT avg(written - deleted) FROM t WHERE owner = $1", "SELECT count(pinned) FROM t WHERE owner = $1"}, []string{"(owner) INCLUDE (article, deleted, pinned, written)"}},
		{"one that reads the table", []string{"SELECT sum(article) FROM t WHERE owner = $1", "SELECT * FROM t WHERE owner = $1"}, []string{"(owner) INCLUDE (article)"}},
	} {
		snap, _ := notes()
		if got, _ := selected(snap, tt.queries...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestNarrower(t *testing.T) {
	with := func(include []string, keys ...string) workload.IndexDef {
		def := pgtest.BTree(keys...)
		def.Include = include
		return def
	}
	gin := pgtest.BTree("a", "b")
	gin.Method = "gin"
	for _, tt := range []struct {
		def  workload.IndexDef
		want []string
	}{
		{with([]string{"x", "y"}, "a", "b"), []string{"(a, b) INCLUDE (y)", "(a, b) INCLUDE (x)"}},
		{with([]string{"x"}, "a", "b"), []string{"(a, b)"}},
		{with(nil, "a", "b"), []string{"(a)"}},
		{with(nil, "a"), nil},
		{gin, nil},
	} {
		var got []string
		for _, def := range narrower(tt.def) {
			got = append(got, strings.TrimPrefix(Index{Table: "t", IndexDef: def}.String(), "t "))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", fmt.Sprint(tt.def.Keys, tt.def.Include), got, tt.want)
		}
	}
}
