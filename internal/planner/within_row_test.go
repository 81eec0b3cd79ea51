package planner

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// An index is searched by a value, not by another column of the same row. PostgreSQL 15
// expects a third of the rows of such a range, and half a percent of an equality.
func TestWithinRow(t *testing.T) {
	column := func(name string) *workload.Column {
		return &workload.Column{Name: name, Type: "integer", Stats: &workload.ColumnStats{
			NullFrac: opt.Of(0.0), AvgWidth: opt.Of(4.0), NDistinct: opt.Of(5000.0), Correlation: opt.Of(0.0), MCVFreqs: []float64{0.001},
		}}
	}
	snap := pgtest.TableOf(column("a"), column("b"))
	table := snap.Tables[0]
	table.Kind, table.Pages, table.Tuples = "r", opt.Of(1000.0), opt.Of(100000.0)
	p := plannerOf(snap)
	index := []*Index{p.Hypothetical(table, pgtest.BTree("a")), p.Hypothetical(table, pgtest.BTree("b"))}
	for _, test := range []struct {
		where   string
		share   float64
		cheaper bool
	}{
		{"a > b", 1. / 3, false},
		{"b >= a", 1. / 3, false},
		{"a = b", 0.005, false},
		{"a <> b", 0.995, false},
		{"a + 3 < b", 1. / 3, false},
		{"a < b + $1", 1. / 3, false},
		{"a = $1 OR a > b", 1 - (1-1./5000)*(1-1./3), false},
		{"a > b AND b = $1", 1. / 3 / 5000, true},
	} {
		q, err := sql.Parse("SELECT * FROM t WHERE " + test.where)
		if err != nil {
			t.Fatal(err)
		}
		l := p.Read(q, Call{})
		if got := l.Relations[0].selectivity(l.Relations[0].Conds); got < 0.999*test.share || got > 1.001*test.share {
			t.Errorf("%s: a share of %v of the rows, want %v", test.where, got, test.share)
		}
		if without, with := p.Cost(l, nil), p.Cost(l, index); (with < without) != test.cheaper {
			t.Errorf("%s: %v without indexes, %v with them", test.where, without, with)
		}
	}
}
