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

// Under a bound of storage three small indexes that spare more together stand
// before a large one that spares more than any of them; without a bound all do.
func TestSelectWithinBytes(t *testing.T) {
	snap := new(workload.Snapshot)
	snap.Mark(workload.ViewSchema) // which lists no index
	var statements []*workload.Statement
	add := func(name string, rows, calls float64) {
		table := snap.TableFor("public", name)
		table.Kind, table.Tuples, table.Pages = "r", opt.Of(rows), opt.Of(rows/100)
		stats := &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(-1.0), Correlation: opt.Of(0.0)}
		table.Columns = []*workload.Column{{Name: "owner", Type: "bigint", Stats: stats}}
		text := "SELECT * FROM " + name + " WHERE owner = $1"
		statements = append(statements, &workload.Statement{QueryID: name, Query: redact.SQL(text), Calls: opt.Of(calls), TotalMs: opt.Of(calls)})
	}
	add("large", 1_000_000, 100)
	for i := range 3 {
		add(fmt.Sprintf("small%d", i), 100_000, 600)
	}
	a := New(snap)
	large := a.SizeBytes(Index{Schema: "public", Table: "large", IndexDef: pgtest.BTree("owner")}).Or(0)
	for bytes, want := range map[float64][]string{large: {"small0", "small1", "small2"}, 0: {"large", "small0", "small1", "small2"}} {
		choices, _ := a.Select(statements, Limits{Bytes: bytes})
		var got []string
		for _, c := range choices {
			got = append(got, c.Index.Table)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("within %.0f bytes %v, want %v", bytes, got, want)
		}
	}
}

// The budget holds two small indexes or a large one that saves most of all, for its size
// too: the two save more together.
func TestMakeRoom(t *testing.T) {
	snap := new(workload.Snapshot)
	snap.Mark(workload.ViewSchema)
	var statements []*workload.Statement
	sizes := map[string]float64{}
	for _, x := range []struct {
		name        string
		rows, calls float64
	}{{"most", 600_000, 170}, {"north", 500_000, 160}, {"south", 500_000, 160}} {
		table := snap.TableFor("public", x.name)
		table.Kind, table.Tuples, table.Pages = "r", opt.Of(x.rows), opt.Of(x.rows/100)
		stats := &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(-1.0), Correlation: opt.Of(0.0)}
		table.Columns = []*workload.Column{{Name: "owner", Type: "bigint", Stats: stats}}
		statements = append(statements, &workload.Statement{QueryID: x.name, Query: redact.SQL("SELECT * FROM " + x.name + " WHERE owner = $1"), Calls: opt.Of(x.calls), TotalMs: opt.Of(x.calls)})
		sizes[x.name] = New(snap).SizeBytes(Index{Schema: "public", Table: x.name, IndexDef: pgtest.BTree("owner")}).Or(0)
	}
	choices, _ := New(snap).Select(statements, Limits{Bytes: (sizes["north"] + sizes["south"] + 8192) / (1 - SizeMargin)})
	var got []string
	for _, c := range choices {
		got = append(got, c.Index.Table)
	}
	slices.Sort(got)
	if want := []string{"north", "south"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A copy of a column for reports on a range pays only if the ranges are wide: that is a
// guess, unless a budget grants the storage.
func TestJustify(t *testing.T) {
	snap := new(workload.Snapshot)
	snap.Mark(workload.ViewSchema)
	table := func(name string, rows, pages float64, columns ...string) *workload.Table {
		t := snap.TableFor("public", name)
		t.Kind, t.Tuples, t.Pages, t.AllVisible = "r", opt.Of(rows), opt.Of(pages), opt.Of(pages)
		for _, c := range columns {
			t.Columns = append(t.Columns, &workload.Column{Name: c, Type: "bigint", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(-1.0), Correlation: opt.Of(1.0)}})
		}
		return t
	}
	parcels := table("parcels", 1_000_000, 50_000, "sent", "weight")
	parcels.Indexes = []*workload.Index{{Table: parcels, Name: "parcels_sent_idx", Definition: "CREATE INDEX parcels_sent_idx ON parcels (sent)", Def: pgtest.BTree("sent"), Pages: opt.Of(2745.0)}}
	table("other", 1_000_000, 10_000, "weight")
	statement := func(id, text string, calls float64) *workload.Statement {
		return &workload.Statement{QueryID: id, Query: redact.SQL(text), Calls: opt.Of(calls), TotalMs: opt.Of(calls)}
	}
	statements := []*workload.Statement{
		statement("1", "SELECT sum(weight) FROM parcels WHERE sent BETWEEN $1 AND $2", 10),
		statement("2", "SELECT sum(weight) FROM other", 110),
	}
	for budget, want := range map[float64]int{0: 0, 1e9: 1} {
		choices, _ := New(snap).Select(statements, Limits{Bytes: budget})
		if len(choices) != want {
			t.Errorf("with a budget of %.0f bytes %d indexes, want %d", budget, len(choices), want)
		}
	}
}

// Two indexes in one, if one of them begins with the keys of the other.
func TestInOne(t *testing.T) {
	def := func(keys string, include ...string) workload.IndexDef {
		d := pgtest.BTree(strings.Fields(keys)...)
		d.Include = include
		return d
	}
	for _, c := range []struct {
		a, b, want workload.IndexDef
		ok         bool
	}{
		{def("sent", "weight"), def("sent", "price"), def("sent", "price", "weight"), true},
		{def("sent", "weight"), def("sent weight", "price"), def("sent weight", "price"), true},
		{def("sent", "weight"), def("weight", "sent"), workload.IndexDef{}, false},
		{def("sent"), def("sent"), def("sent"), true},
	} {
		for _, pair := range [2][2]workload.IndexDef{{c.a, c.b}, {c.b, c.a}} {
			got, ok := inOne(pair[0], pair[1])
			if ok != c.ok || !slices.EqualFunc(got.Keys, c.want.Keys, sameOrder) || !slices.Equal(got.Include, c.want.Include) {
				t.Errorf("%v and %v: %v %v, want %v %v", pair[0], pair[1], got, ok, c.want, c.ok)
			}
		}
	}
}

// No index for several statements has more than maxUnited included columns: not even one
// that is only priced on the way to a narrower one.
func TestMaxUnited(t *testing.T) {
	snap := new(workload.Snapshot)
	snap.Mark(workload.ViewSchema)
	table := snap.TableFor("public", "parcels")
	table.Kind, table.Tuples, table.Pages, table.AllVisible = "r", opt.Of(1e6), opt.Of(50_000.0), opt.Of(50_000.0)
	for _, c := range strings.Fields("sent a b c d e f g h i") {
		table.Columns = append(table.Columns, &workload.Column{Name: c, Type: "bigint", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(-1.0), Correlation: opt.Of(0.0)}})
	}
	var statements []*workload.Statement
	for _, columns := range []string{"a, b, c", "d, e, f", "g, h, i"} {
		statements = append(statements, &workload.Statement{QueryID: columns, Query: redact.SQL("SELECT " + columns + " FROM parcels WHERE sent BETWEEN $1 AND $2 AND a > 0 ORDER BY " + columns), Calls: opt.Of(100.0), TotalMs: opt.Of(100.0)})
	}
	a := New(snap)
	s := a.newSelection(a.parsedOf(statements), Limits{})
	s.search()
	for _, c := range append(slices.Clone(s.candidates), s.chosen...) {
		if len(c.Def.Include) > maxUnited {
			t.Errorf("%v has %d included columns", c.Def, len(c.Def.Include))
		}
	}
	if len(s.chosen) == 0 {
		t.Error("nothing is proposed")
	}
}
