package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkDeferrable = rule.Rule{
	ID:      "fk-deferrable",
	Title:   "Foreign key that is checked at COMMIT",
	Sees:    "A foreign key that is DEFERRABLE INITIALLY DEFERRED.",
	Why:     "A wrong reference is reported by COMMIT, far from the statement that wrote it. The checks of all rows wait in memory until then.",
	Silent:  "Tables that refer to each other, and a table that refers to itself: there, it is needed.",
	Fix:     "Check the key at once. Transactions that need it can still defer a DEFERRABLE key with SET CONSTRAINTS.",
	Sources: []string{manual + "sql-set-constraints.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, k := range t.ForeignKeys() {
			if !k.Deferred || k.Inherited || k.Ref == t.OID || isInRing(c, t, t.Target(k)) {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtConstraint(k)
			f.Title = redact.Sprintf("Foreign key %s to %s is checked at COMMIT", foreignKey(t, k), target(t, k))
			f.Detail = redact.Plain("A wrong reference is reported by COMMIT, far from the statement that wrote it. The checks of all rows wait in memory until then.")
			f.Fix = redact.Plain("Make it DEFERRABLE INITIALLY IMMEDIATE: a transaction that needs it can still run SET CONSTRAINTS ... DEFERRED.")
			f.Decide("Does a transaction write a row of "+t.Name.Short()+" before the row of "+target(t, k)+" that it refers to?", "the application's order of writes", "check it at once")
			f.AddDDL("ALTER TABLE %s ALTER CONSTRAINT %s DEFERRABLE INITIALLY IMMEDIATE", t.Name.Short(), quoted(k.Name))
			found(f)
		}
	},
}

// isInRing reports whether the tables of a foreign key refer to each other.
func isInRing(c *rule.Case, t, target *design.Table) bool {
	return target != nil && slices.ContainsFunc(rings.Of(c), func(r design.Ring) bool { return r.Tables[t] && r.Tables[target] })
}

// rings are the groups of tables that refer to each other.
var rings = rule.Derive(func(c *rule.Case) []design.Ring {
	return c.Schema.Rings(func(*design.Table, *catalog.Constraint) bool { return true })
})
