package indexadvisor

import (
	"slices"
	"testing"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// New indexes are called as the team calls its own.
func TestConvention(t *testing.T) {
	for name, test := range map[string]struct {
		have [2]string
		want string
	}{
		"the server's": {[2]string{"orders_customer_id_idx", "orders_placed_at_idx"}, "orders_state_placed_at_idx"},
		"idx_":         {[2]string{"idx_orders_customer_id", "idx_orders_placed_at"}, "idx_orders_state_placed_at"},
		"Rails":        {[2]string{"index_orders_on_customer_id", "index_orders_on_placed_at"}, "index_orders_on_state_and_placed_at"},
		"Ecto":         {[2]string{"orders_customer_id_index", "orders_placed_at_index"}, "orders_state_placed_at_index"},
		"none":         {[2]string{"orders_fast", "idx_orders_placed_at"}, "orders_state_placed_at_idx"},
	} {
		snap := new(workload.Snapshot)
		orders := snap.TableFor("public", "orders")
		for i, column := range []string{"customer_id", "placed_at"} {
			ix := snap.IndexFor(orders, test.have[i])
			ix.Def = workload.IndexDef{Method: "btree", Keys: []workload.IndexKey{{Column: column}}}
		}
		def := workload.IndexDef{Method: "btree", Keys: []workload.IndexKey{{Column: "state"}, {Column: "placed_at"}}}
		if got := New(snap).Configure(0).freeName(Index{Schema: "public", Table: "orders", IndexDef: def}); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	lower := workload.IndexDef{Method: "btree", Keys: []workload.IndexKey{{Expr: redact.SQL("lower(email)")}}}
	if got := New(nil).Configure(0).freeName(Index{Table: "users", IndexDef: lower}); got != "users_lower_idx" {
		t.Error(got)
	}
}

// TestColumnsByName: what the name of an index tells of its columns.
func TestColumnsByName(t *testing.T) {
	for _, c := range []struct {
		index, table string
		known, want  []string
	}{
		{"orders_created_at_idx", "orders", nil, []string{"created_at"}},
		{"orders_tenant_id_created_at_idx", "orders", []string{"tenant_id"}, []string{"tenant_id", "created_at"}},
		{"orders_tenant_id_created_at_idx", "orders", nil, nil},
		{"index_orders_on_tenant_id_and_created_at", "orders", nil, []string{"tenant_id", "created_at"}},
		{"idx_orders_status", "orders", nil, []string{"status"}},
		{"idx_orders_line2", "orders", nil, []string{"line2"}},
		{"orders_created_at_idx1", "orders", nil, []string{"created_at"}}, // the server's, if the name is taken
		{"orders_line2_idx12", "orders", nil, []string{"line2"}},
		{"orders_pkey", "orders", nil, []string{"id"}},
		{"orders_by_date", "orders", nil, nil},
		{"IDX_7f3a", "orders", nil, nil},
	} {
		if got := ColumnsByName(c.index, c.table, c.known); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.index, got, c.want)
		}
	}
}
