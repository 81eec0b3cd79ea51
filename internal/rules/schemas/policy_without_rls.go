package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var policyWithoutRLS = rule.Rule{
	ID:      "policy-without-rls",
	Title:   "Policies without row level security",
	Sees:    "A table with policies on which row level security is not enabled.",
	Why:     "The policies do nothing: every role with the privilege reads and writes all rows.",
	Silent:  "Row level security is enabled. A DO block of the migrations enables it for tables that it names at run time.",
	Fix:     "Enable row level security.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.RowSecurity || len(t.Policies) == 0 || securedByCode.Of(c) {
			return
		}
		f := c.InSchema(t, finding.Confirmed, finding.High)
		f.MadeBy(t.Policies[0].Since, t.Policies[0].At)
		if rows := c.ExtentOfTable(t).Rows; rows.Or(0) > 0 {
			f.Tag, f.Action = finding.Critical, finding.Rewrite
			f.Number("rows", rows, "rows", "pg_class")
			f.Blast = redact.Sprintf("all rows of %s, for every role with a privilege on the table", t.Name.Short())
		}
		f.Title = redact.Sprintf("%s has policies, and row level security is off", t.Name.Short())
		f.Detail = redact.Plain("Policies do nothing until row level security is enabled: every role with a privilege on the table reads and writes all rows.")
		f.Fix = redact.Plain("Enable row level security. Check first that the policies let the application's roles do what they need.")
		f.AddDDL("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", t.Name.Short())
		found(f)
	},
}
