package planner

import (
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// A value that half of the rows hold comes in half of the calls; the values
// that are not among the common ones share what these leave.
func TestDraws(t *testing.T) {
	got := paramValuesOf([]float64{0.5, 0.1}, 1, 102)
	want := []ParamValue{{0.5, 0.5}, {0.1, 0.1}, {0.4 / 100, 0.4}}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if math.Abs(got[i].share-want[i].share) > 1e-12 || math.Abs(got[i].Weight-want[i].Weight) > 1e-12 {
			t.Errorf("draw %d: %v, want %v", i, got[i], want[i])
		}
	}
}

// Of a state that nearly all rows have come half of the calls as often as it occurs, and
// half of them for every state alike.
func TestKinds(t *testing.T) {
	got := kinds([]float64{0.95, 0.03, 0.02}, 1, 3)
	third := 1. / 3
	want := []ParamValue{{0.95, 0.95 + third}, {0.03, 0.03 + third}, {0.02, 0.02 + third}}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if math.Abs(got[i].share-want[i].share) > 1e-12 || math.Abs(got[i].Weight-want[i].Weight) > 1e-12 {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
	// Beyond three of them the rest is one, with the weight of all of it.
	if rest := kinds([]float64{0.4, 0.3, 0.1}, 1, 7)[3]; math.Abs(rest.share-0.05) > 1e-12 || math.Abs(rest.Weight-(0.2+4./7)) > 1e-12 {
		t.Errorf("the rest: %v", rest)
	}
}

// The cost of a call is the mean over the values, each planned for itself: of
// a value that half of the rows hold the table is read from end to end, as
// without an index.
func TestExpectedCost(t *testing.T) {
	snap := pgtest.TableOf(&workload.Column{Name: "a", Type: "integer", Stats: &workload.ColumnStats{
		NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(102.0), Correlation: opt.Of(0.0), MCVFreqs: []float64{0.5, 0.1},
	}})
	table := snap.Tables[0]
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(1000.0), opt.Of(100000.0)
	a := plannerOf(snap)
	q, err := sql.Parse("SELECT * FROM t WHERE a = $1")
	if err != nil {
		t.Fatal(err)
	}
	l := a.Read(q, Call{})
	a.ChooseParameter(l, false)
	if l.parameter != (columnRef{0, "a"}) {
		t.Fatalf("drawn %v", l.parameter)
	}
	index := []*Index{a.Hypothetical(table, pgtest.BTree("a"))}
	// cost_seqscan: 1000 pages, 100,000 rows of 0.01 and one operator.
	whole := 1000 + 100000*(0.01+0.0025)
	if got := a.ExpectedCost(l, nil); math.Abs(got-whole) > 1e-6 {
		t.Errorf("without an index %v, want %v", got, whole)
	}
	if got := a.ExpectedCost(l, index); got <= 0.5*whole || got >= 0.9*whole {
		t.Errorf("with the index %v: half of the calls still cost %v", got, whole)
	}
	if generic := a.Cost(l, index); generic >= 0.9*whole {
		t.Errorf("the generic cost is %v", generic)
	}
}

// A list of three values finds three times the rows of each, and all of them at most.
func TestExpectedCostOfList(t *testing.T) {
	snap := pgtest.TableOf(&workload.Column{Name: "a", Type: "integer", Stats: &workload.ColumnStats{
		NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(20000.0), Correlation: opt.Of(0.0), MCVFreqs: []float64{0.1, 0.1, 0.1},
	}})
	table := snap.Tables[0]
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(1000.0), opt.Of(100000.0)
	a := plannerOf(snap)
	for text, most := range map[string]float64{"a IN ($1, $2)": 0.2, "a = ANY($1)": 1, "a IN ($1, $2, $3)": 0.3} {
		q, err := sql.Parse("SELECT * FROM t WHERE " + text)
		if err != nil {
			t.Fatal(err)
		}
		l := a.Read(q, Call{})
		a.ChooseParameter(l, false)
		l.assume(l.Values()[0].share)
		if got := l.Relations[0].selectivity(l.Relations[0].Conds); math.Abs(got-most) > 1e-9 {
			t.Errorf("%s: a share of %v of the rows, want %v", text, got, most)
		}
	}
}

// Statements ask for each state of a row, not for the one of most rows as often as it
// occurs: to find the first rows of a rare one in the order of their time takes long.
func TestTypicalValue(t *testing.T) {
	column := func(name string, distinct float64, freqs ...float64) *workload.Column {
		return &workload.Column{Name: name, Type: "integer", Stats: &workload.ColumnStats{
			NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(distinct), Correlation: opt.Of(0.0), MCVFreqs: freqs,
		}}
	}
	snap := pgtest.TableOf(column("tenant", 1000, 0.1, 0.05), column("state", 5, 0.9, 0.04, 0.03, 0.02, 0.01), column("at", -1))
	table := snap.Tables[0]
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(100000.0), opt.Of(1e7)
	a := plannerOf(snap)
	q, err := sql.Parse("SELECT * FROM t WHERE tenant = $1 AND state = $2 ORDER BY at LIMIT 20")
	if err != nil {
		t.Fatal(err)
	}
	l := a.Read(q, Call{})
	a.ChooseParameter(l, false)
	byTime := []*Index{a.Hypothetical(table, pgtest.BTree("tenant", "at"))}
	expected := a.ExpectedCost(l, byTime)
	if l.typical = nil; expected < 2*a.ExpectedCost(l, byTime) {
		t.Errorf("%v with a state of 3%% of the rows, %v with one of a fifth", expected, a.ExpectedCost(l, byTime))
	}
}

// Where one value stands for all, it is their average: a quarter of the rows for a value
// that half of the rows hold in half of the calls, and of all widths for a range beside it.
func TestOneValue(t *testing.T) {
	snap := pgtest.TableOf(
		&workload.Column{Name: "a", Type: "integer", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(50_001.0), MCVFreqs: []float64{0.5}}},
		&workload.Column{Name: "b", Type: "integer", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(-1.0)}})
	table := snap.Tables[0]
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(1000.0), opt.Of(100000.0)
	for query, want := range map[string]struct{ value, share float64 }{
		"SELECT * FROM t WHERE a = $1":                         {0.250005, 0.250005},
		"SELECT * FROM t WHERE b BETWEEN $1 AND $2":            {0.0575, 0.0575},
		"SELECT * FROM t WHERE a = $1 AND b BETWEEN $2 AND $3": {0.250005, 0.250005 * 0.0575},
	} {
		q, err := sql.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		p := plannerOf(snap)
		l := p.Read(q, Call{})
		p.ChooseParameter(l, true)
		if len(l.ParamValues) != 1 || math.Abs(l.ParamValues[0].share-want.value) > 1e-6 {
			t.Errorf("%s: %v", query, l.ParamValues)
			continue
		}
		l.assume(l.ParamValues[0].share)
		rel := l.Relations[0]
		if got := rel.selectivity(rel.Conds); math.Abs(got-want.share) > 1e-6 {
			t.Errorf("%s: a share of %v, want %v", query, got, want.share)
		}
		l.assume(0)
		if got := rel.selectivity(rel.Conds); got > 0.006 {
			t.Errorf("%s: afterwards a share of %v", query, got)
		}
	}
}

// An OR over two tables implies a condition on each of them of which every branch has one
// (extract_restriction_or_clauses), and removes that much less from their join.
func TestOrOverTables(t *testing.T) {
	column := func(name string, distinct float64) *workload.Column {
		return &workload.Column{Name: name, Type: "integer", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(distinct)}}
	}
	snap := pgtest.TableOf(column("id", -1), column("a", 10), column("b", 100))
	table := snap.Tables[0]
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(1000.0), opt.Of(100000.0)
	for _, tt := range []struct {
		name, query string
		shares      [2]float64 // of the rows of each table
		join        float64
	}{
		{"both", "SELECT * FROM t x, t y WHERE x.id = y.id AND (x.a = 1 AND y.b = 1 OR x.a = 2 AND y.b = 2)", [2]float64{0.19, 0.0199}, 0.001999 / 0.19 / 0.0199},
		{"one of them", "SELECT * FROM t x, t y WHERE x.id = y.id AND (x.a = 1 AND y.b = 1 OR x.a = 2)", [2]float64{0.19, 1}, 0.1009 / 0.19},
		{"none", "SELECT * FROM t x, t y WHERE x.id = y.id AND (x.a = 1 OR y.b = 2)", [2]float64{1, 1}, 0.109},
		{"outer", "SELECT * FROM t x LEFT JOIN t y ON x.id = y.id WHERE x.a = 1 AND y.b IS NULL OR x.a = 2 AND y.b = 2", [2]float64{1, 1}, -1},
	} {
		q, err := sql.Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		l := plannerOf(snap).Read(q, Call{})
		for i, rel := range l.Relations {
			if got := rel.selectivity(rel.Conds); math.Abs(got-tt.shares[i]) > 1e-6 {
				t.Errorf("%s: a share of %v of table %d, want %v", tt.name, got, i, tt.shares[i])
			}
		}
		if got := l.joinQuals[0].share; tt.join >= 0 && math.Abs(got-tt.join) > 1e-6 {
			t.Errorf("%s: %v of the join, want %v", tt.name, got, tt.join)
		}
	}
}
