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

var dropConstraint = rule.Rule{
	ID:      "drop-constraint",
	Title:   "DROP CONSTRAINT",
	Sees:    "DROP CONSTRAINT of a foreign key, a unique constraint, a CHECK or a key of a table that was there before.",
	Why:     "Rows that break it can be written from then on, and adding it again fails. Dropping a foreign key locks both tables ACCESS EXCLUSIVE.",
	Silent:  "The files add a constraint of the same kind over the same columns. A CHECK that NOT NULL replaces. The table is new.",
	Fix:     "Check that no code relies on it, such as ON CONFLICT on the key.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropConstraint) {
			if a.Constraint != nil && (a.Constraint.Since > 0 || successor(c, s, a) != nil || addsAgain(s, a) || replacedByNotNull(a)) {
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("The %s %s is dropped: rows that break it can be written from now on", constraintWords(a.Constraint), quoted(a.Name))
			f.Detail = redact.Plain("Once such a row is written, the constraint cannot be added again.")
			if a.Constraint != nil && a.Constraint.Type == catalog.ForeignKey {
				f.More = redact.Sprintf("Dropping a foreign key also locks %s ACCESS EXCLUSIVE.", a.Constraint.RefName.Short())
			}
			f.Decide("Does any code rely on the constraint?", "the code that writes the table, such as ON CONFLICT clauses", "deploy code that does not rely on it first.")
			f.Fix = redact.Plain("Deploy code that does not rely on it first. Keep the definition for the rollback.")
			found(f)
		}
	},
}

// addsAgain reports whether the same statement adds such a constraint.
func addsAgain(s *migration.Statement, drop *ddl.Action) bool {
	return slices.ContainsFunc(done(s, ddl.AddConstraint), func(b *ddl.Action) bool {
		return sameTable(drop, b) && sameColumns(drop.Constraint, b.Constraint)
	})
}

// replacedByNotNull reports whether a dropped CHECK says no more than the NOT NULL of
// its column.
func replacedByNotNull(a *ddl.Action) bool {
	if a.Table == nil || a.Constraint.Type != catalog.Check || len(a.Constraint.Expr.Columns) != 1 {
		return false
	}
	col := a.Table.Column(a.Constraint.Expr.Columns[0])
	return col != nil && col.NotNull && isNotNullCheck(*a.Constraint, col.Name)
}
