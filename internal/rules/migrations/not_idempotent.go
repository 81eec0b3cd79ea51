package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var notIdempotent = rule.Rule{
	ID:      "not-idempotent",
	Title:   "File without a transaction that cannot be run again",
	Sees:    "A file that runs without a transaction, because a statement cannot run in one, and has another statement that fails in a second run: CREATE, DROP or ADD COLUMN without IF [NOT] EXISTS.",
	Why:     "If the file stops half-way, the statements before are done. The next run fails at the first of them.",
	Silent:  "The file runs in a transaction, or has one statement. CREATE INDEX CONCURRENTLY, for which IF NOT EXISTS hides an INVALID index.",
	Fix:     "Put each statement into a file of its own, or add IF [NOT] EXISTS.",
	Sources: []string{docIndex, docAlter},
	Rank:    rule.RankChange,
	Posture: true,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		count, alone := 0, false
		var first *migration.Statement
		for _, s := range file.Statements {
			if s.Tx != nil || len(s.Effect.Actions) == 0 {
				continue
			}
			switch s.Effect.Actions[0].Verb {
			case ddl.Set, ddl.Transaction, ddl.Select:
				continue
			}
			count++
			alone = alone || s.Effect.NoBlock
			if first == nil && slices.ContainsFunc(done(s, ddl.CreateTable, ddl.DropTable, ddl.CreateIndex, ddl.DropIndex, ddl.AddColumn, ddl.DropColumn, ddl.CreateType, ddl.CreateView), func(a *ddl.Action) bool {
				return !a.Exists && !(a.Verb == ddl.CreateIndex && a.Concurrent)
			}) {
				first = s
			}
		}
		if count < 2 || !alone || first == nil {
			return
		}
		f := c.About(first, nil, finding.Concern, finding.Low)
		f.Title = redact.Sprintf("%s fails in a second run: the file runs without a transaction", what(first))
		f.Detail = redact.Plain("If the file stops half-way, the statements before are done, and the next run fails at them.")
		f.Decide("What is done by hand after a file that stopped half-way?", "the tool's way to mark a file as applied", "put each statement into a file of its own.")
		f.Fix = redact.Plain("Put each statement into a file of its own, or add IF [NOT] EXISTS.")
		found(f)
	},
}
