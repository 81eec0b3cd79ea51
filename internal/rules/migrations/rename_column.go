package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var renameColumn = rule.Rule{
	ID:      "rename-column",
	Title:   "RENAME COLUMN",
	Sees:    "RENAME COLUMN on a table that was there before, of an old column, or of a new one to the name of an old one.",
	Why:     "Running code names the old column and fails at once; the new code fails until the rename. During a deploy both run.",
	Silent:  "The table is new in this migration. The column is new, and its new name is not that of a dropped column. Another column gets the old name in the same transaction: then that one is a question.",
	Fix:     "Add a new column, write both, backfill, switch the reads, and drop the old column in a later release.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range renamed(c, s, "column") {
			replaced := replacedColumn(c, s, a)
			if col := columnBefore(a); col != nil && col.Since > 0 && replaced == nil || swapped(c, s, a) {
				continue
			}
			f := renameFinding(c, s, a, "column "+rule.TableWords(a.Table)+"."+quoted(a.Name))
			if replaced != nil {
				f.Title = redact.Sprintf("%s takes the place of column %s, which running code still uses", quoted(a.Name), quoted(a.To))
				f.Detail = redact.Plain("Running code and its prepared statements get another column under the name: type, default, identity and constraints of the old one are gone.")
			}
			f.Fix = redact.Plain("Add a column with the new name, let the code write both, backfill, switch the reads, and drop the old column in a later release.")
			if replaced != nil && sameTransaction(s, replaced.s) {
				f.Tag, f.Severity = finding.Concern, finding.Medium
				f.Decide("Are all values in "+quoted(a.Name)+", and does the running code read and write its type?", "the last count of the backfill, and the type that the code declares", "keep both columns until the code uses the new one.")
			}
			inCode(c, &f, a.Table, a.Name)
			if view := bridgeOverTable(c, s, a); view != nil {
				f.Tag, f.Severity = finding.Concern, finding.Low
				f.Detail = redact.Sprintf("The view in %s keeps the old names. COPY, TRUNCATE, ON CONFLICT and triggers of the old code do not pass through a view.", at(s, view))
				f.Decide("Does the old code only use SELECT, INSERT, UPDATE and DELETE on the table?", "the statements of the code that is running", "ship, and drop the view after the next release.")
			}
			found(f)
		}
	},
}

// replacedColumn returns what dropped or renamed the old column whose name the rename
// takes; nil if there is none.
func replacedColumn(c *rule.Case, s *migration.Statement, rename *ddl.Action) *deed {
	for _, d := range beforeOn(c, s, rename.Table, ddl.DropColumn, ddl.Rename) {
		if d.a.Verb == ddl.DropColumn && columnName(d.a) == rename.To || d.a.Verb == ddl.Rename && d.a.Target == "column" && d.a.Name == rename.To {
			return &d
		}
	}
	return nil
}

// bridgeOverTable returns the view that keeps a renamed column's old name, where the
// table itself was renamed away in the same transaction.
func bridgeOverTable(c *rule.Case, s *migration.Statement, rename *ddl.Action) *migration.Statement {
	if s.Tx == nil {
		return nil
	}
	for _, other := range s.Tx.Statements {
		for _, b := range done(other, ddl.Rename) {
			if b.Target != "table" || !sameTable(rename, b) {
				continue
			}
			for _, view := range s.Tx.Statements {
				for _, v := range done(view, ddl.CreateView) {
					if v.Name == b.Table.Name.Short() && strings.Contains(strings.ToLower(view.Text), strings.ToLower(rename.Name)) {
						return view
					}
				}
			}
		}
	}
	return nil
}
