package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tenantFKCrosses = rule.Rule{
	ID:      "tenant-fk-crosses",
	Title:   "Foreign key without the tenant's column",
	Sees:    "Most tables have a key of the tenant's column and their own, and a foreign key between two of them leaves it out.",
	Why:     "A row of one tenant can refer to a row of another one, and no constraint sees it.",
	Silent:  "Most tables have a key without the tenant's column.",
	Fix:     "Refer to (tenant, id), so that both rows are of one tenant.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !tenantInKeys.Of(c) || t.TenantColumn() == nil {
			return
		}
		tenant := t.TenantColumn().Name
		for _, k := range t.ForeignKeys() {
			to := t.Target(k)
			if to == nil || to == c.Schema.Tenancy.Table || to.TenantColumn() == nil || slices.Contains(k.Columns, tenant) {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtConstraint(k)
			f.Title = redact.Sprintf("Foreign key %s to %s leaves out %s", foreignKey(t, k), target(t, k), quoted(tenant))
			f.Detail = redact.Sprintf("A row can refer to a row of %s with another %s. Most keys of this schema hold that column.", target(t, k), quoted(tenant))
			f.Fix = redact.Sprintf("Refer to %s of %s.", design.ColumnList(append([]string{tenant}, t.Schema.Referred(k)...)), target(t, k))
			f.Decide("May a row of "+t.Name.Short()+" refer to a row of another tenant?", "a query that counts rows whose "+tenant+" differs from that of the row they refer to", "add "+tenant+" to the foreign key")
			found(f)
		}
	},
}

// tenantInKeys reports whether most tables of tenants have a key of the tenant's column
// and their own: a primary key, or a unique one beside it.
var tenantInKeys = rule.Derive(func(c *rule.Case) bool {
	const least = 3
	with, of := 0, 0
	for _, t := range c.Schema.Tables {
		tenant := t.TenantColumn()
		if tenant == nil || t == c.Schema.Tenancy.Table {
			continue
		}
		of++
		if slices.ContainsFunc(t.Uniques(), func(u design.Unique) bool {
			return u.Whole && len(u.Columns) == 2 && slices.Contains(u.Columns, tenant.Name) && slices.ContainsFunc(u.Columns, func(name string) bool { return name != tenant.Name && (u.Index.Index.Primary || t.HasKey(name)) })
		}) {
			with++
		}
	}
	return with >= least && 3*with >= 2*of
})
