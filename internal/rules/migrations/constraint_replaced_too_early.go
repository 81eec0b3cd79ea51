package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var constraintReplacedTooEarly = rule.Rule{
	ID:      "constraint-replaced-too-early",
	Title:   "Constraint dropped before its successor is added",
	Sees:    "DROP CONSTRAINT, and a later ADD of the same kind over the same columns.",
	Why:     "Between the two nothing checks the rows. If the second statement fails outside of a transaction, neither constraint is left.",
	Silent:  "Both are in one transaction on a table known to be tiny. In one transaction on another table, the finding is low.",
	Fix:     "Add the new constraint under another name with NOT VALID, validate it, then drop the old one, then rename.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropConstraint) {
			later := successor(c, s, a)
			if later == nil || later == s {
				continue
			}
			severity := finding.Medium
			if sameTransaction(s, later) {
				if severity = finding.Low; c.ExtentOf(a.Table).Size() == rule.Tiny {
					continue
				}
			}
			f := c.About(s, a.Table, finding.Confirmed, severity)
			f.Title = redact.Sprintf("The %s %s is dropped before its successor is added (%s)", constraintWords(a.Constraint), quoted(a.Constraint.Name), at(s, later))
			if severity == finding.Low {
				f.Detail = redact.Plain("Both run in one transaction, so no other session sees the table without the constraint. The lock of the drop is held until the new one is added.")
			} else {
				f.Detail = redact.Plain("Between the two, no constraint checks the rows. If the second statement fails, neither is left.")
			}
			f.Fix = redact.Plain("Add the new constraint first, under another name and with NOT VALID. Validate it, drop the old one, then rename.")
			found(f)
		}
	},
}
