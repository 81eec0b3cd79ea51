package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var enumAddInTransaction = rule.Rule{
	ID:      "enum-add-in-transaction",
	Title:   "New enum value used in the transaction that adds it",
	Sees:    "ALTER TYPE ... ADD VALUE, and a later statement of the same transaction that uses the value.",
	Why:     "The server refuses the use with error 55P04: a new value is unusable until its transaction has committed.",
	Silent:  "The type is created in the same transaction. The use is in another transaction.",
	Fix:     "Put ADD VALUE into its own file, and release it before the file that uses the value.",
	Sources: []string{docType},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.AlterEnum) {
			value := addsValue(a)
			if value == "" || s.Tx == nil || a.Type != nil && s.New(&catalog.Relation{Since: a.Type.Since}) {
				continue
			}
			for _, later := range laterInTransaction(c, s) {
				if !usesValue(later, value) || slices.ContainsFunc(later.Effect.Actions, func(b ddl.Action) bool { return addsValue(&b) != "" }) {
					continue
				}
				f := c.About(later, nil, finding.Confirmed, finding.High)
				f.Title = redact.Sprintf("The new value of enum %s is used in the transaction that adds it (%s): it fails", a.Name, at(later, s))
				f.Detail = redact.Sprintf("A new value is unusable until its transaction has committed (error 55P04): %s.", transactionWords(s))
				f.Fix = redact.Plain("Put ADD VALUE into its own file that is committed before.")
				if later.File != s.File {
					f.Fix = redact.Sprintf("Release %s in a deploy before %s.", fileName(s.File), fileName(later.File))
				}
				found(f)
				break
			}
		}
	},
}
