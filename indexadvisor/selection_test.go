package indexadvisor

import (
	"fmt"
	"slices"
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
