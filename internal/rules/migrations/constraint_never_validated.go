package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var constraintNeverValidated = rule.Rule{
	ID:      "constraint-never-validated",
	Title:   "NOT VALID constraint that is never validated",
	Sees:    "A constraint added with NOT VALID, and no VALIDATE CONSTRAINT in the files.",
	Why:     "The old rows are not checked. The planner cannot use the constraint, and SET NOT NULL cannot rely on it.",
	Silent:  "A later file validates or drops it. NOT ENFORCED.",
	Fix:     "Run VALIDATE CONSTRAINT in a file of its own, in a later deploy.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.AddConstraint) {
			if a.Constraint == nil || a.Constraint.Valid || a.Constraint.NotEnforced || a.Table == nil || settled(c, s, a) {
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("The %s on %s is NOT VALID, and no file validates it", constraintWords(a.Constraint), rule.TableWords(a.Table))
			f.Detail = redact.Plain("Existing rows are not checked until VALIDATE CONSTRAINT has run.")
			f.Decide("Does a later release validate the constraint?", "the plan for the next release", "add a file with VALIDATE CONSTRAINT to the next release.")
			f.Fix = redact.Sprintf("Run ALTER TABLE %s VALIDATE CONSTRAINT %s; in a later deploy.", rule.TableWords(a.Table), quoted(a.Constraint.Name))
			found(f)
		}
	},
}

// settled reports whether a later action validates or drops a constraint, or drops its
// table.
func settled(c *rule.Case, s *migration.Statement, k *ddl.Action) bool {
	is := func(b *ddl.Action) bool {
		if b.Verb == ddl.DropTable {
			return sameTable(k, b)
		}
		if b.Verb != ddl.ValidateConstr && b.Verb != ddl.DropConstraint || !sameTable(k, b) {
			return false
		}
		return b.Name == k.Constraint.Name || b.Constraint != nil && b.Constraint.Name == k.Constraint.Name
	}
	return slices.ContainsFunc(done(s), is) || slices.ContainsFunc(afterOn(c, s, k.Table, ddl.ValidateConstr, ddl.DropConstraint, ddl.DropTable), func(d deed) bool { return is(d.a) })
}
