package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var constraintNotValid = rule.Rule{
	ID:      "constraint-not-valid",
	Title:   "Constraint that was never validated",
	Sees:    "A constraint that is NOT VALID or NOT ENFORCED.",
	Why:     "Rows from before the constraint may break it. The planner does not rely on it, and an UPDATE of such a row fails, whatever it changes.",
	Silent:  "Constraints that a later file of the migrations validates.",
	Fix:     "Run ALTER TABLE ... VALIDATE CONSTRAINT. It blocks neither reads nor writes. Find and repair the rows that break it first.",
	Sources: []string{manual + "sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Constraints {
			k := &t.Constraints[i]
			if k.Valid || k.Inherited {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtConstraint(k)
			name := quoted(k.Name)
			if k.NotEnforced {
				f.Title = redact.Sprintf("%s of %s is not enforced", name, t.Name.Short())
				f.Detail = redact.Plain("NOT ENFORCED checks nothing: rows that break it are stored.")
				f.Fix = redact.Plain("Enforce the constraint, or drop it and say what holds instead.")
				found(f)
				continue
			}
			f.Title = redact.Sprintf("%s of %s was never validated", name, t.Name.Short())
			f.Detail = redact.Plain(brokenRows[k.Type])
			f.Fix = redact.Plain("Find and repair the rows that break it, then validate the constraint.")
			if extent := c.ExtentOfTable(t); extent.Size() >= rule.Large {
				f.Tag, f.Severity = finding.Critical, finding.High
				f.Number("rows", extent.Rows, "rows", "pg_class")
				f.Blast = redact.Sprintf("the rows of %s (%s) from before the constraint", t.Name.Short(), extent)
				f.Action = finding.AskFirst
			}
			f.AddDDL("ALTER TABLE %s VALIDATE CONSTRAINT %s", t.Name.Short(), name)
			found(f)
		}
	},
}

// brokenRows says what rows from before a constraint do, by its type.
var brokenRows = map[byte]string{
	catalog.ForeignKey: "Rows from before the constraint may refer to rows that are not there. Joins drop them silently, and the planner does not rely on the key.",
	catalog.Check:      "Rows from before the constraint may break it. An UPDATE of such a row fails, whatever it changes.",
	catalog.NotNull:    "Rows from before the constraint may have NULL. An UPDATE of such a row fails, whatever it changes.",
}
