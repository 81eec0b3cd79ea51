package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rlsEnabledNoPolicy = rule.Rule{
	ID:      "rls-enabled-no-policy",
	Title:   "Row level security without a policy",
	Sees:    "ENABLE ROW LEVEL SECURITY on a table without a policy, in the schema and in all files.",
	Why:     "Without a policy every role but the owner and superusers reads no row and can write none. Nothing fails: the application shows empty pages.",
	Silent:  "A policy is there or is created in the files. The table is new in this migration and nothing reads it yet.",
	Fix:     "Create the policies first, in the same transaction as ENABLE.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.RowSecurity) {
			if a.Table == nil || !strings.HasPrefix(strings.ToLower(a.Name), "enable") || len(a.Table.Policies) > 0 {
				continue
			}
			later := policyAfter(c, s, a)
			if later != nil && (later.File == s.File || sameTransaction(s, later)) && (sameTransaction(s, later) || s.Tx == nil) {
				continue
			}
			if later != nil && later.File == s.File {
				continue
			}
			f := c.About(s, a.Table, finding.Critical, finding.Severe)
			f.Blast = redact.Sprintf("all roles but the owner: %s reads as empty", rule.TableWords(a.Table))
			f.Critical(s, finding.DoNotShip)
			f.Title = redact.Sprintf("Row level security without a policy: %s reads as empty for everyone but its owner", rule.TableWords(a.Table))
			f.Detail = redact.Plain("SELECT returns no rows and writes are refused, for each role that is not the owner, a superuser or BYPASSRLS. No error tells of the missing rows.")
			f.Fix = redact.Sprintf("Create the policies of %s in the same transaction, before ENABLE.", rule.TableWords(a.Table))
			if later != nil {
				f.Severity = finding.High
				f.Title = redact.Sprintf("%s reads as empty until its policy is created in %s", rule.TableWords(a.Table), at(s, later))
			}
			found(f)
		}
	},
}

// policyAfter returns the statement that creates a policy of the table; nil if there is
// none.
func policyAfter(c *rule.Case, s *migration.Statement, on *ddl.Action) *migration.Statement {
	for _, d := range afterOn(c, s, on.Table, ddl.CreatePolicy) {
		return d.s
	}
	return nil
}
