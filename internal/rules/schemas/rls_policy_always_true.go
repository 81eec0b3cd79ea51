package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rlsPolicyAlwaysTrue = rule.Rule{
	ID:      "rls-policy-always-true",
	Title:   "Policy that lets everyone write every row",
	Sees:    "A permissive policy with USING (true) or WITH CHECK (true) for INSERT, UPDATE, DELETE or ALL, for all roles, anon or authenticated.",
	Why:     "Permissive policies are joined by OR. One that is always true makes row level security do nothing for its command and roles.",
	Silent:  "The policy is for SELECT, or for a role of its own. A restrictive policy for the same command limits it.",
	Fix:     "Compare the tenant or the owner of the row in the policy, or name the role that may write everything.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.RowSecurity {
			return
		}
		for i := range t.Policies {
			p := &t.Policies[i]
			if !p.Permissive || p.Command == "SELECT" || !forMany(p) || restricted(t, p) {
				continue
			}
			clause := ""
			switch {
			case p.Using.There() && design.IsAlways(p.Using) && (p.Command == "ALL" || p.Command == "DELETE" || !p.Check.There() || design.IsAlways(p.Check)):
				clause = "USING (true)"
			case p.Check.There() && design.IsAlways(p.Check):
				clause = "WITH CHECK (true)"
			default:
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.High)
			f.MadeBy(p.Since, p.At)
			f.Title = redact.Sprintf("Policy %s of %s is always true for %s", quoted(p.Name), t.Name.Short(), p.Command)
			f.Detail = redact.Sprintf("%s for %s: with permissive policies one that is true is enough, so the others do not limit %s.", clause, rolesOf(p), writesOf(p))
			f.Decide("May each of these roles write every row?", "who uses the roles, and what the API allows besides", "replace true by a comparison with the tenant or the owner of the row.")
			f.Fix = redact.Plain("Compare the tenant or the owner of the row in the policy, or give it to the one role that may write everything.")
			found(f)
		}
	},
}

// forMany reports whether a policy is for all roles, or for all users of an API.
func forMany(p *catalog.Policy) bool {
	return design.ForEveryone(p) || slices.ContainsFunc(p.Roles, func(r string) bool { return apiRoles[r] })
}

// restricted reports whether restrictive policies limit what a policy permits.
func restricted(t *design.Table, p *catalog.Policy) bool {
	for _, command := range commandsOf {
		limited := slices.ContainsFunc(t.Policies, func(o catalog.Policy) bool {
			return !o.Permissive && design.Applies(&o, command) && design.ForEveryone(&o) && !design.IsAlways(o.Using) && !design.IsAlways(o.Check)
		})
		if command != "SELECT" && design.Applies(p, command) && !limited {
			return false
		}
	}
	return true
}

// rolesOf names the roles of a policy.
func rolesOf(p *catalog.Policy) string {
	if design.ForEveryone(p) {
		return "every role"
	}
	return rule.Words(p.Roles)
}

func writesOf(p *catalog.Policy) string {
	if p.Command == "ALL" {
		return "reads and writes"
	}
	return p.Command
}
