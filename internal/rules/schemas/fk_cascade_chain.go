package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// cascadeLevels is how many foreign keys one after the other make a chain.
const cascadeLevels = 3

var fkCascadeChain = rule.Rule{
	ID:      "fk-cascade-chain",
	Title:   "DELETE that cascades far",
	Sees:    "ON DELETE CASCADE over three levels or more, or into a large table.",
	Why:     "One DELETE removes rows of many tables in one transaction, and locks them until it ends. How many they are, the statement does not say.",
	Silent:  "Chains of one or two levels, if no table is known to be large.",
	Fix:     "Delete in batches from the last table upward, or mark rows as deleted first. RESTRICT keeps the DELETE from taking more than was meant.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		said := map[*design.Table]bool{}
		far := slices.DeleteFunc(c.Schema.Cascades(), func(x design.Cascade) bool { return len(x.Links) < cascadeLevels })
		for _, x := range far {
			last := x.Links[len(x.Links)-1]
			way := x.From.Name.Short()
			for _, l := range x.Links {
				way += " -> " + l.Table.Name.Short()
			}
			f := c.InSchema(last.Table, finding.Concern, finding.Medium)
			f.AtConstraint(last.Key)
			f.Since = newest(x.Links)
			if len(far) == 1 {
				f.Places = placesOf(c, x.Links)
			}
			extent := sized(c, &f, last.Table)
			f.Title = redact.Sprintf("DELETE from %s cascades over %d levels, down to %s", x.From.Name.Short(), len(x.Links), last.Table.Name.Short())
			f.Detail = redact.Sprintf("%s. It reaches %d tables in one transaction, and the statement does not say how many rows.", way, x.Reach)
			if extent.Rows.Known() {
				f.Detail = redact.Append(f.Detail, "%s has %s.", last.Table.Name.Short(), extent)
			}
			decideCascade(&f, x.From.Name.Short())
			said[last.Table] = true
			found(f)
		}
		for _, t := range c.Schema.Tables {
			extent := c.ExtentOfTable(t)
			if extent.Size() < rule.Large || said[t] {
				continue
			}
			for _, k := range t.ForeignKeys() {
				if k.OnDelete != "CASCADE" || k.Ref == t.OID {
					continue
				}
				f := c.InSchema(t, finding.Concern, finding.Medium)
				f.AtConstraint(k)
				sized(c, &f, t)
				f.Title = redact.Sprintf("DELETE from %s cascades into %s, which has %s", target(t, k), t.Name.Short(), extent)
				f.Detail = redact.Plain("One DELETE removes as many rows as refer to it, in one transaction, and the statement does not say how many.")
				decideCascade(&f, target(t, k))
				found(f)
			}
		}
	},
}

func decideCascade(f *rule.Found, from string) {
	f.Fix = redact.Plain("Delete in batches from the last table upward, or mark rows as deleted first. With RESTRICT, a DELETE takes nothing that was not meant.")
	f.Decide("How many rows does a DELETE from "+from+" take along, at most?", "the largest number of rows per row of "+from, "keep CASCADE where it is some hundreds; otherwise write RESTRICT and delete in batches")
}
