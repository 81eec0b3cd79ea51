package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rlsPolicyUnindexed = rule.Rule{
	ID:      "rls-policy-unindexed",
	Title:   "Policy on a column without an index",
	Sees:    "A policy that compares columns of the table, none of which leads an index.",
	Why:     "The condition of the policy is added to each statement on the table. Without an index each one reads the rows of all tenants.",
	Silent:  "An index begins with one of the columns. The policy joins its conditions by OR. Exports say that the table is small.",
	Fix:     "Create an index that begins with the column.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.RowSecurity || c.ExtentOfTable(t).Size() == rule.Tiny {
			return
		}
		said := map[string]bool{}
		for i := range t.Policies {
			p := &t.Policies[i]
			list := t.Comparisons(p.Using)
			if len(list) == 0 || slices.ContainsFunc(list, func(x design.Comparison) bool { return !x.Cast && t.IsLed(x.Column) }) || said[list[0].Column] || unservable(t, p) {
				continue
			}
			first := list[0]
			said[first.Column] = true
			f := c.InSchema(t, finding.Concern, finding.Medium)
			f.AtColumn(t.Column(first.Column))
			f.MadeBy(p.Since, p.At)
			f.Title = redact.Sprintf("Policy %s compares %s, and no index begins with it", quoted(p.Name), columnOf(t, first.Column))
			f.Detail = redact.Plain("Each statement on the table has this condition, so each reads the rows of all others as well.")
			f.Decide("Does the table have more rows than one of its users may see?", "its row count, and EXPLAIN (ANALYZE) as a role to which the policy applies", "create the index.")
			f.Fix = redact.Sprintf("Create an index on %s that begins with %s.", t.Name.Short(), quoted(first.Column))
			if first.Cast && t.IsLed(first.Column) {
				f.Title = redact.Sprintf("Policy %s casts %s, so its index cannot be used", quoted(p.Name), columnOf(t, first.Column))
				f.Fix = redact.Sprintf("Cast the value that %s is compared with to its type instead.", quoted(first.Column))
			} else {
				f.AddDDL("CREATE INDEX ON %s (%s)", t.Name.Short(), quoted(first.Column))
			}
			found(f)
		}
	},
}

// unservable reports whether another permissive policy, which is joined by OR, has no
// condition that an index can serve.
func unservable(t *design.Table, p *catalog.Policy) bool {
	return slices.ContainsFunc(t.Policies, func(o catalog.Policy) bool {
		return p.Permissive && o.Permissive && o.Name != p.Name && o.Using.There() && sharedRole(p, &o) != "" && sharedCommand(p, &o) != "" && len(t.Comparisons(o.Using)) == 0
	})
}
