package design_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/workload"
)

const before = `CREATE TABLE orders (id bigint PRIMARY KEY, "customerId" bigint NOT NULL, placed_at timestamptz, state text);
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE INDEX orders_placed ON orders (placed_at);
CREATE INDEX orders_open ON orders ("customerId" DESC, lower(state) text_pattern_ops) INCLUDE (id) WHERE (state <> 'done');
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY ("customerId") REFERENCES customers ON DELETE CASCADE;`

const after = `DROP INDEX orders_placed;
ALTER TABLE orders DROP COLUMN placed_at;
ALTER TABLE orders RENAME COLUMN id TO number;`

// The tables of a snapshot are as the migrations leave them; what exports say of an
// index stays, and so does an index that is not valid, which no dump has.
func TestDescribe(t *testing.T) {
	set := migration.Read([]*migration.Source{{Path: "1_a.sql", Text: before}, {Input: 1, Path: "2_b.sql", Text: after}}, migration.Options{WholeSchema: true})
	snap := new(workload.Snapshot)
	if _, err := snap.Read("pg_class.csv", strings.NewReader("relname,relkind,reltuples,relpages\norders,r,900,12\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := snap.Read("pg_index.csv", strings.NewReader("schemaname,tablename,indexname,indexdef,indisvalid\npublic,orders,orders_placed,CREATE INDEX orders_placed ON public.orders USING btree (placed_at),t\npublic,orders,orders_half,CREATE INDEX orders_half ON public.orders USING btree (state),f\n")); err != nil {
		t.Fatal(err)
	}
	design.Describe(snap, set.Catalog)
	orders := snap.Table("public", "orders")
	if orders.Tuples.Or(0) != 900 || orders.Column("placed_at") != nil || orders.Column("number") == nil || !orders.Column("customerId").NotNull.Or(false) {
		t.Errorf("orders: %v tuples, columns %v", orders.Tuples, orders.Columns)
	}
	got := map[string]string{}
	for _, ix := range orders.Indexes {
		got[ix.Name] = ix.Definition
	}
	for name, want := range map[string]string{
		"orders_pkey": "CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (number)",
		"orders_open": `CREATE INDEX orders_open ON public.orders USING btree ("customerId" DESC, lower(state) text_pattern_ops) INCLUDE (number) WHERE (state <> 'done')`,
		"orders_half": "CREATE INDEX orders_half ON public.orders USING btree (state)",
	} {
		if got[name] != want {
			t.Errorf("%s: %s", name, got[name])
		}
	}
	if len(got) != 3 {
		t.Errorf("indexes: %v", got)
	}
	for _, k := range orders.Constraints {
		if k.Type == "f" && (k.RefTable != "customers" || len(k.RefCols) != 1 || k.OnDelete != "CASCADE") {
			t.Errorf("foreign key: %+v", k)
		}
	}
}
