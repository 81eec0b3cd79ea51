package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var transactionNested = rule.Rule{
	ID:      "transaction-nested",
	Title:   "Transaction control inside a transaction",
	Sees:    "BEGIN inside a transaction, or COMMIT or ROLLBACK inside a transaction of the tool or of one string.",
	Why:     "BEGIN inside a transaction does nothing. COMMIT ends the tool's transaction: what follows runs without one, and the tool's record of the file may be lost or wrong.",
	Silent:  "The tool runs the file without a transaction.",
	Fix:     "Leave BEGIN and COMMIT out, or tell the tool to run the file without a transaction.",
	Sources: []string{manual + "sql-begin.html", manual + "sql-commit.html"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		seen := map[*migration.Transaction]bool{}
		for s := range all(c) {
			if s.Tx == nil || seen[s.Tx] {
				continue
			}
			seen[s.Tx] = true
			by, title := s.Tx.Nested, "BEGIN inside a transaction does nothing"
			if s.Tx.Kind != migration.Explicit && s.Tx.Kind != migration.Block && s.Tx.EndedBy != nil {
				by, title = s.Tx.EndedBy, "The file ends a transaction that it did not begin"
			}
			if by == nil {
				continue
			}
			f := c.About(by, nil, finding.Confirmed, finding.High)
			f.Title = redact.Plain(title)
			f.Detail = redact.Sprintf("%s. After COMMIT the statements run one by one, and a failure leaves the file half applied.", rule.Upper(transactionWords(s)))
			f.Fix = redact.Plain("Leave BEGIN and COMMIT out of the file. " + wayOut(s))
			found(f)
		}
	},
}
