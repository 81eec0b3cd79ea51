package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var multiplePermissivePolicies = rule.Rule{
	ID:      "multiple-permissive-policies",
	Title:   "Several permissive policies for one command",
	Sees:    "Two or more permissive policies of a table that apply to the same role and command.",
	Why:     "Permissive policies are joined by OR: each is evaluated for each row, and an index can serve the OR only if it can serve each of them. What the role may see is spread over several places.",
	Silent:  "The policies are for different roles or commands, or restrictive.",
	Fix:     "Join the policies of a role and command into one.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.RowSecurity {
			return
		}
		for i := range t.Policies {
			for j := range i {
				a, b := &t.Policies[j], &t.Policies[i]
				role, command := sharedRole(a, b), sharedCommand(a, b)
				if !a.Permissive || !b.Permissive || role == "" || command == "" {
					continue
				}
				f := c.InSchema(t, finding.Concern, finding.Low)
				f.MadeBy(b.Since, b.At)
				f.Title = redact.Sprintf("Policies %s and %s of %s both apply to %s by %s", quoted(a.Name), quoted(b.Name), t.Name.Short(), command, role)
				f.Detail = redact.Plain("Permissive policies are joined by OR. Each is evaluated for each row until one is true, and an index helps only if it serves each of them.")
				f.Decide("Do both have to be policies of their own?", "what each of them permits", "join them into one policy.")
				f.Fix = redact.Sprintf("Join them by OR in one policy for %s. If both have to hold, make one of them RESTRICTIVE.", command)
				found(f)
				return // the others of the table are seen beside these
			}
		}
	},
}
