package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rlsNotForced = rule.Rule{
	ID:      "rls-not-forced",
	Title:   "Row level security that the owner bypasses",
	Sees:    "A table with row level security and policies, without FORCE.",
	Why:     "Policies do not apply to the owner of the table. An application that connects as the owner, often the role that runs the migrations, reads all rows.",
	Silent:  "FORCE ROW LEVEL SECURITY is set. The policies name the roles of a hosted API (anon, authenticated), which own nothing.",
	Fix:     "Let the application connect as another role than the owner, or force row level security.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.RowSecurity || t.ForcedRows || len(t.Policies) == 0 || hasAPIRoles.Of(c) {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.Title = redact.Sprintf("%s does not force row level security: its owner reads all rows", t.Name.Short())
		f.Detail = redact.Plain("Policies do not apply to the owner of a table. Often the application connects as the role that ran the migrations, which is the owner.")
		f.Decide("Does the application connect as the owner of the table?", "the role in its connection string, and tableowner of pg_tables", "force row level security.")
		f.Fix = redact.Plain("Let the application connect as a role that owns nothing. Otherwise force row level security.")
		f.AddDDL("ALTER TABLE %s FORCE ROW LEVEL SECURITY", t.Name.Short())
		found(f)
	},
}

// hasAPIRoles reports whether policies name the roles of a hosted API in front of the
// database, which are not the owner of any table.
var hasAPIRoles = rule.Derive(func(c *rule.Case) bool {
	for _, t := range c.Schema.Tables {
		for _, p := range t.Policies {
			if slices.ContainsFunc(p.Roles, func(r string) bool { return apiRoles[r] }) {
				return true
			}
		}
	}
	return false
})
