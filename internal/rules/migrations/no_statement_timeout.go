package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var noStatementTimeout = rule.Rule{
	ID:      "no-statement-timeout",
	Title:   "Scan or rewrite under a strong lock without statement_timeout",
	Sees:    "A statement that reads, rewrites or builds under SHARE or a stronger lock on what was there before, with no statement_timeout in force. Once per file.",
	Why:     "If it takes longer than expected, nothing ends it, and the table stays locked.",
	Silent:  "statement_timeout is set. The statement reads nothing. VALIDATE and concurrent builds, which block no writes and must not be cut. The table is known to be tiny.",
	Fix:     "Run SET statement_timeout before it, with the longest time that the table may be locked.",
	Sources: []string{manual + "runtime-config-client.html#GUC-STATEMENT-TIMEOUT"},
	Rank:    rule.RankChange,
	Posture: true,
	File: func(c *rule.Case, f *migration.File, found func(rule.Found)) {
		for _, s := range f.Statements {
			l := strongLock(c, s)
			if l == nil || !isLong(s) || s.In.StatementTimeout.Known() || c.WorkedOn(s, l.Relation).Size() == rule.Tiny {
				continue
			}
			x := c.About(s, l.Relation, finding.Confirmed, finding.Low)
			x.Title = redact.Sprintf("No statement_timeout: nothing ends %s if it takes longer than expected", what(s))
			x.Detail = redact.Sprintf("It reads or rewrites %s while %s wait.", named(c, s, l.Relation), blockedWords(l.Mode))
			x.Fix = redact.Plain("Run SET statement_timeout before it, with the longest time that the table may be locked.")
			found(x)
			return
		}
	},
}
