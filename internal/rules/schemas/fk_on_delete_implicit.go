package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkOnDeleteImplicit = rule.Rule{
	ID:      "fk-on-delete-implicit",
	Title:   "Foreign key without ON DELETE",
	Sees:    "A foreign key that does not say what ON DELETE does.",
	Why:     "The default, NO ACTION, refuses to delete a row that is referenced. Whether that is meant, nobody can tell.",
	Silent:  "ON DELETE is written. If no foreign key of the schema has it, or few of many do, the finding is minor.",
	Fix:     "Write what is meant: RESTRICT, CASCADE or SET NULL.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, k := range t.ForeignKeys() {
			if saysOnDelete(k) || k.Inherited {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Nit)
			f.AtConstraint(k)
			if others := saidOnDelete.Of(c); others != "" {
				f.Severity = finding.Low
				f.Detail = redact.Sprintf("A row of %s that is referenced cannot be deleted (NO ACTION). Other foreign keys say what is meant: %s.", target(t, k), others)
			} else {
				f.Detail = redact.Sprintf("A row of %s that is referenced cannot be deleted (NO ACTION), as nearly everywhere in this schema.", target(t, k))
			}
			f.Title = redact.Sprintf("Foreign key %s to %s has no ON DELETE", foreignKey(t, k), target(t, k))
			f.Fix = redact.Plain("Write the action that is meant: RESTRICT, CASCADE, or SET NULL.")
			f.Decide("What is to happen to rows of "+t.Name.Short()+" when the row of "+target(t, k)+" that they refer to is deleted?", "what the application does before it deletes such a row", "write ON DELETE RESTRICT: it refuses, as NO ACTION does")
			found(f)
		}
	},
}

// fewSay is how many times as many foreign keys have no ON DELETE as have it, where it
// is an exception.
const fewSay = 10

// saidOnDelete names a foreign key that says what ON DELETE does; empty if none or few
// of many do.
var saidOnDelete = rule.Derive(func(c *rule.Case) string {
	first, say, silent := "", 0, 0
	for _, t := range c.Schema.Tables {
		for _, k := range t.ForeignKeys() {
			if !saysOnDelete(k) {
				silent++
				continue
			}
			if say++; first == "" {
				first = foreignKey(t, k) + " has " + onDelete(k)
			}
		}
	}
	if silent > fewSay*say {
		return ""
	}
	return first
})

// saysOnDelete reports whether a foreign key is written with ON DELETE.
func saysOnDelete(k *catalog.Constraint) bool {
	return k.OnDelete != "" || strings.Contains(strings.ToLower(k.Definition), "on delete")
}
