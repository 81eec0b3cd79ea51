package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var timeoutLeaks = rule.Rule{
	ID:      "timeout-leaks",
	Title:   "Timeout left in the session",
	Sees:    "SET of a timeout without LOCAL that the file does not reset. Once per file.",
	Why:     "Through a pooler in transaction mode the setting stays on the server connection: the application's next statements get it.",
	Silent:  "SET LOCAL. The file resets the setting at its end.",
	Fix:     "Use SET LOCAL in a transaction, or RESET the setting at the end of the file.",
	Sources: []string{manual + "sql-set.html", "https://www.pgbouncer.org/features.html"},
	Rank:    rule.RankChange,
	Posture: true,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		for i, s := range file.Statements {
			for _, a := range done(s, ddl.Set) {
				if isLocal(a) || !slices.Contains(timeouts, a.Name) || isReset(a, a.Name) {
					continue
				}
				if slices.ContainsFunc(file.Statements[i+1:], func(later *migration.Statement) bool {
					return slices.ContainsFunc(done(later, ddl.Set), func(b *ddl.Action) bool { return isReset(b, a.Name) })
				}) {
					continue
				}
				f := c.About(s, nil, finding.Concern, finding.Low)
				f.Title = redact.Sprintf("%s stays set in the session after the file", a.Name)
				f.Detail = redact.Plain("Through a pooler in transaction mode the server connection keeps it, and the application's next statements get it.")
				if c.Recon != nil && c.Recon.Transaction {
					f.Tag, f.Severity = finding.Confirmed, finding.Medium
					f.More = redact.Sprintf("The repository names such a pooler: %s.", c.Recon.Pooler.Basis)
					f.Fix = redact.Sprintf("Use SET LOCAL in a transaction, or run RESET %s; at the end of the file.", a.Name)
					found(f)
					return
				}
				f.Decide("Does the migration run through a pooler, or does the tool keep one session for several files?", "the connection string that the tool uses", "reset the setting at the end of the file.")
				f.Fix = redact.Sprintf("Use SET LOCAL in a transaction, or run RESET %s; at the end of the file.", a.Name)
				found(f)
				return
			}
		}
	},
}
