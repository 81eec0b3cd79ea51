package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tenantColumnMissing = rule.Rule{
	ID:      "tenant-column-missing",
	Title:   "Table without the tenant column",
	Sees:    "A table that refers to rows of tenants by a foreign key, and has no tenant column itself.",
	Why:     "Each query has to join the parent to find the tenant. A policy, an index or a partition by tenant is not possible without the join.",
	Silent:  "The table is a lookup table. The column it refers by can be NULL. It refers to the tenants by another column.",
	Fix:     "Add the tenant column, and refer to the parent by both columns.",
	Sources: []string{"https://www.postgresql.org/docs/current/ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		tenancy := c.Schema.Tenancy
		if tenancy == nil || t == tenancy.Table || t.TenantColumn() != nil || t.IsLookup() {
			return
		}
		var parent *design.Table
		for _, k := range t.ForeignKeys() {
			target := t.Target(k)
			if target != nil && target == tenancy.Table {
				return
			}
			if target == nil || parent != nil || target.TenantColumn() == nil || slices.ContainsFunc(k.Columns, func(name string) bool { col := t.Column(name); return col == nil || !col.NotNull }) {
				continue
			}
			parent = target
		}
		if parent == nil {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.Title = redact.Sprintf("%s has no %s, unlike %s to which it refers", t.Name.Short(), quoted(tenancy.Column), parent.Name.Short())
		f.Detail = redact.Plain("Each query joins the parent to find the tenant, and a policy has to do the same for each row.")
		f.Decide("Is the table read or written without its parent?", "the queries on it", "add the column.")
		f.Fix = redact.Sprintf("Add %s, fill it from %s, and refer to the parent by both columns, so that they cannot differ.", quoted(tenancy.Column), parent.Name.Short())
		found(f)
	},
}
