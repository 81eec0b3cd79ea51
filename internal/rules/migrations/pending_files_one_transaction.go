package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var pendingFilesOneTransaction = rule.Rule{
	ID:      "pending-files-one-transaction",
	Title:   "Several files run in one transaction",
	Sees:    "The tool runs all pending files in one transaction, and a statement of a later file depends on the commit of an earlier one or runs under its locks.",
	Why:     "Splitting into files does not split the transaction: locks of the first file are held through the last, and a new enum value stays unusable.",
	Silent:  "A single pending file. Tools with one transaction per file.",
	Fix:     "Release the two files in two deploys.",
	Sources: []string{"https://orm.drizzle.team/docs/migrations", "https://salsita.github.io/node-pg-migrate/cli", docLocks},
	Rank:    rule.RankChange,
	Last: func(c *rule.Case, found []rule.Found, add func(rule.Found)) {
		crossing := []string{"validate-same-transaction", "enum-add-in-transaction", "statement-after-strong-lock", "locks-many-tables"}
		told := map[*migration.Transaction]bool{}
		for _, f := range found {
			if f.Change == nil || f.Change.Tx == nil || f.Change.Tx.Files < 2 || told[f.Change.Tx] || !slices.Contains(crossing, f.Rule) {
				continue
			}
			first := f.Change.Tx.Statements[0]
			for _, s := range f.Change.Tx.Statements {
				if strongLock(c, s) != nil || slices.ContainsFunc(done(s), func(a *ddl.Action) bool { return addsValue(a) != "" }) {
					first = s
					break
				}
			}
			if first.File == f.Change.File {
				continue
			}
			told[f.Change.Tx] = true
			x := c.About(f.Change, nil, finding.Confirmed, finding.High)
			x.Where.Relation = f.Where.Relation
			x.Title = redact.Sprintf("%s and %s run in one transaction, although they are two files", fileName(first.File), fileName(f.Change.File))
			x.Detail = redact.Sprintf("%s. What the first file locks stays locked through the second one.", rule.Upper(transactionWords(f.Change)))
			x.Fix = redact.Sprintf("Release %s and %s in two deploys.", fileName(first.File), fileName(f.Change.File))
			add(x)
		}
	},
}
