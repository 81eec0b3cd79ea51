package design

import "testing"

func TestTemplates(t *testing.T) {
	for _, c := range []struct {
		Named
		want, less string
	}{
		{Named{Kind: KindIndex, Name: "orders_customer_id_idx", Table: "orders", Columns: []string{"customer_id"}}, "{table}_{columns}_idx", "{table}_*_idx"},
		{Named{Kind: KindIndex, Name: "idx_orders_a_b", Table: "orders", Columns: []string{"a", "b"}}, "idx_{table}_{columns}", "idx_{table}_*"},
		{Named{Kind: KindIndex, Name: "index_users_on_a_and_b", Table: "users", Columns: []string{"a", "b"}}, "index_{table}_on_{column_and_column}", "index_{table}_*"},
		{Named{Kind: KindIndex, Name: "index_users_on_a", Table: "users", Columns: []string{"a"}}, "index_{table}_on_{columns}", "index_{table}_*"},
		{Named{Kind: KindForeignKey, Name: "fk_orders_customer_id", Table: "orders", Columns: []string{"customer_id"}}, "fk_{table}_{columns}", "fk_{table}_*"},
		{Named{Kind: KindIndex, Name: "orders_by_day", Table: "orders", Columns: []string{""}}, "", ""},
		{Named{Kind: KindUnique, Name: "Account_userId_key", Table: "Account", Columns: []string{"userId"}}, "{table}_{columns}_key", "{table}_*_key"},
		{Named{Kind: KindCheck, Name: "orders_total_check", Table: "orders", Columns: nil}, "", "{table}_*_check"},
	} {
		if got := c.template(); got != c.want {
			t.Errorf("%s: %q, want %q", c.Name, got, c.want)
		}
		if got := c.loose(); got != c.less {
			t.Errorf("%s: %q, want %q", c.Name, got, c.less)
		}
	}
	n := Template{Kind: KindIndex, Text: "idx_{table}_{columns}"}
	if got := n.Make("orders", []string{"a", "b"}); got != "idx_orders_a_b" || !n.Fits(got, "orders", []string{"a", "b"}) || n.Fits("orders_a_b_idx", "orders", []string{"a", "b"}) {
		t.Error(got)
	}
}
