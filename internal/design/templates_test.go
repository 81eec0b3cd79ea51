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

// TestTemplateOf finds what two thirds of the objects follow: a name of one column fits
// both ways of joining several, and two tables can have constraints of one name.
func TestTemplateOf(t *testing.T) {
	var rails, checks []Named
	for _, table := range []string{"users", "posts", "tags"} {
		rails = append(rails,
			Named{Kind: KindIndex, Name: "index_" + table + "_on_a", Table: table, Columns: []string{"a"}},
			Named{Kind: KindIndex, Name: "index_" + table + "_on_a_and_b", Table: table, Columns: []string{"a", "b"}})
		checks = append(checks,
			Named{Kind: KindCheck, Name: table + "_a_check", Table: table},
			Named{Kind: KindCheck, Name: "no_blanks", Table: table})
	}
	if n := TemplateOf(KindIndex, rails, 4, 4); n == nil || n.Text != "index_{table}_on_{column_and_column}" || n.Kept != 6 || !n.Fits("index_users_on_c", "users", []string{"c"}) {
		t.Errorf("%+v", n)
	}
	if n := TemplateOf(KindIndex, rails[:1], 1, 1); n == nil || n.Text != "index_{table}_on_{columns}" {
		t.Errorf("%+v", n)
	}
	if n := TemplateOf(KindCheck, checks, 3, 3); n != nil {
		t.Errorf("%+v", n)
	}
}
