package migrations

import (
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// putAway are the names of tables that wait for their end.
var putAway = regexp.MustCompile(`(?i)_(gone|to_drop|dropped|deleted|removed|deprecated|obsolete|unused|trash)$`)

var renameTable = rule.Rule{
	ID:      "rename-table",
	Title:   "RENAME TABLE or SET SCHEMA",
	Sees:    "ALTER TABLE ... RENAME TO, or SET SCHEMA, of a table that was there before.",
	Why:     "Running code names the old table and fails at once; the new code fails until the rename. During a deploy both run.",
	Silent:  "The table is new in this migration. With a view of the old name over all columns in the same transaction, the finding is a low question. Of a table that is dropped later, or whose new name says so (orders_gone), it is a medium one.",
	Fix:     "In one transaction rename the table and create a view with the old name over all of its columns. Drop the view in a later release.",
	Sources: []string{docAlter, manual + "sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		moves := slices.DeleteFunc(onExisting(c, s, ddl.SetSchema), func(a *ddl.Action) bool { return a.Table == nil || !a.Table.IsTable() })
		for _, a := range slices.Concat(renamed(c, s, "table", "foreign table", "partitioned table"), moves) {
			if swapped(c, s, a) {
				continue
			}
			f := renameFinding(c, s, a, "table "+rule.TableWords(a.Table))
			if a.Verb == ddl.SetSchema {
				f.Title = redact.Sprintf("Code that uses %s fails as soon as it is in schema %s, unless search_path finds it there", rule.TableWords(a.Table), quoted(a.To))
			}
			f.Fix = redact.Sprintf("In the same transaction run CREATE VIEW %s AS SELECT * FROM the new name, and drop the view after the next release.", rule.TableWords(a.Table))
			inCode(c, &f, a.Table, "")
			if c.AtEnd(a.Table.OID) == nil || putAway.MatchString(a.To) {
				f.Tag, f.Severity = finding.Concern, finding.Medium
				f.Title = redact.Sprintf("%s is renamed away to %s before it is dropped", rule.TableWords(a.Table), quoted(a.To))
				f.Detail = redact.Plain("Code that still uses the table fails at once. Then renaming it back restores it, with all rows.")
				f.Decide("Does no running code use the table any more?", "the code that is running, or seq_scan and idx_scan of the table a week apart", "ship, and drop the table a week later.")
				f.Fix = redact.Plain("Drop the table a week later, after a dump (pg_dump -t).")
			}
			if view := bridge(c, s, a); view != nil {
				f.Tag, f.Severity = finding.Concern, finding.Low
				f.Title = redact.Sprintf("%s is renamed to %s; a view keeps the old name", rule.TableWords(a.Table), quoted(a.To))
				f.Detail = redact.Sprintf("SELECT, INSERT, UPDATE and DELETE of the old code pass through the view in %s. COPY, TRUNCATE, ON CONFLICT and triggers do not.", at(s, view))
				f.Decide("Does the old code only use SELECT, INSERT, UPDATE and DELETE on the table?", "the statements of the code that is running", "ship, and drop the view after the next release.")
				f.Fix = redact.Plain("Drop the view after the next release.")
			}
			found(f)
		}
	},
}
