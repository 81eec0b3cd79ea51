package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rlsWithoutPolicy = rule.Rule{
	ID:      "rls-without-policy",
	Title:   "Row level security without a policy",
	Sees:    "A table with row level security and no policy.",
	Why:     "Every role but the owner and superusers reads no row and can write none. No error says so.",
	Silent:  "The table has a policy. A DO block of the migrations creates policies for tables that it names at run time.",
	Fix:     "Create the policies, or disable row level security.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.RowSecurity || len(t.Policies) > 0 || securedByCode.Of(c) {
			return
		}
		f := c.InSchema(t, finding.Confirmed, finding.High)
		f.Title = redact.Sprintf("%s has row level security and no policy", t.Name.Short())
		f.Detail = redact.Plain("Every role but the owner reads an empty table, and no error says so. Roles that do read it bypass row level security.")
		f.Fix = redact.Plain("Create the policies that the application needs. If no role but the owner may read the table, say so in a comment and revoke its privileges.")
		found(f)
	},
}
