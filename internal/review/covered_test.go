package review

import (
	"testing"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// The rows of a foreign key of several columns are found by an index that begins with all
// of them, or with the one that has the most values; not by one on the tenant alone, nor by
// one that leaves out rows.
func TestFindsRowsOf(t *testing.T) {
	snap := new(workload.Snapshot)
	tickets := snap.TableFor("public", "tickets")
	for name, distinct := range map[string]float64{"tenant_id": 250, "agent_id": 7000, "state": 4} {
		tickets.Columns = append(tickets.Columns, &workload.Column{Name: name, Type: "integer", Stats: &workload.ColumnStats{NDistinct: opt.Of(distinct)}})
	}
	b := &builder{c: &rule.Case{Snapshot: snap}}
	on := func(columns ...string) *indexadvisor.Index {
		return &indexadvisor.Index{Schema: "public", Table: "tickets", IndexDef: pgtest.BTree(columns...)}
	}
	key, partial := on("tenant_id", "agent_id"), on("agent_id")
	partial.Where = redact.Plain("state = 1")
	for _, c := range []struct {
		ix   *indexadvisor.Index
		want bool
	}{
		{on("tenant_id", "agent_id", "state"), true},
		{on("agent_id"), true},
		{on("agent_id", "state"), true},
		{on("tenant_id", "state"), false},
		{on("state", "agent_id"), false},
		{partial, false},
	} {
		if got := b.findsRowsOf(c.ix, key); got != c.want {
			t.Errorf("%v %s: %v, want %v", c.ix.KeyList(), c.ix.Where.Raw(), got, c.want)
		}
	}
	if b.findsRowsOf(on("state"), on("tenant_id")) {
		t.Error("an index on another column finds the rows of a foreign key of one column")
	}
	tickets.Columns = nil
	if b.findsRowsOf(on("agent_id"), key) {
		t.Error("without statistics it is not known which column has the most values")
	}
}
