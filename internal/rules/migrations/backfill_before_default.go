package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var backfillBeforeDefault = rule.Rule{
	ID:      "backfill-before-default",
	Title:   "Backfill before new rows are filled",
	Sees:    "An UPDATE that fills the NULLs of a column, while the column has no default.",
	Why:     "The code that runs during the deploy still writes NULL: its rows slip through, and SET NOT NULL fails or the NULLs stay.",
	Silent:  "The column has a default, or a trigger of the table may fill it. A transaction that holds the table against writes and sets NOT NULL itself. Tables known to be tiny.",
	Fix:     "Set a default, or deploy code that writes the column, before the backfill.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, w := range backfills(c, s) {
			if w.word != "UPDATE" || w.a.Table == nil || w.a.Table.Assumed || !w.mayTouch(c) || len(w.a.Table.Triggers) > 0 {
				continue
			}
			for _, name := range w.columnsSet() {
				col := w.a.Table.Column(name)
				if col == nil || addsItself(col) || col.NotNull || !fillsNulls(c, w, col) || forbidsAtOnce(s, w.a.Table, name) {
					continue
				}
				f := c.About(s, w.rows, finding.Concern, finding.Medium)
				f.Title = redact.Sprintf("Column %s has no default while it is filled: rows of running code slip through", quoted(name))
				f.Detail = redact.Plain("The old code that runs during the deploy still writes NULL into it, also behind the backfill.")
				f.Decide("Does all code that is running write the column?", "the code that inserts into the table", "set a default before the backfill.")
				f.Fix = redact.Sprintf("Run ALTER TABLE %s ALTER COLUMN %s SET DEFAULT before the backfill, or deploy code that writes it first.", rule.TableWords(w.rows), quoted(name))
				found(f)
				return
			}
		}
	},
}

// fillsNulls reports whether an UPDATE is there to fill a column: the column is new, or
// the condition asks for its NULLs.
func fillsNulls(c *rule.Case, w write, col *catalog.Column) bool {
	return isNewColumn(c, w.s, col) || slices.ContainsFunc(w.a.Query.Where, func(cond sql.Cond) bool { return cond.Op == sql.IsNull && cond.Left.Name == col.Name })
}

// forbidsAtOnce reports whether the table is locked against writes from before the
// UPDATE until its transaction has set NOT NULL: no NULL is written between.
func forbidsAtOnce(s *migration.Statement, table *catalog.Relation, column string) bool {
	if heldBefore(outerOf(s), table) == nil {
		return false
	}
	for _, later := range outerOf(s).Tx.Statements {
		for _, a := range done(later, ddl.SetNotNull) {
			if later.Number > s.Number && a.Table != nil && a.Table.OID == table.OID && a.Column != nil && a.Column.Name == column {
				return true
			}
		}
	}
	return false
}
