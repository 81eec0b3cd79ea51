package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var polymorphicReference = rule.Rule{
	ID:      "polymorphic-reference",
	Title:   "Polymorphic reference",
	Sees:    "Two columns that together refer to rows of several tables: subject_type and subject_id.",
	Why:     "No foreign key can hold it. Rows stay behind when what they refer to is deleted, a wrong type or key is accepted, and a join needs one branch for each table.",
	Silent:  "The key is a foreign key, alone or together with the type. Nullable foreign keys with a CHECK that one of them has a value. A type that is a fact about one known table.",
	Fix:     "Use one nullable foreign key for each table and CHECK (num_nonnulls(...) = 1), or one table for each kind of row.",
	Sources: []string{manual + "functions-comparison.html#FUNCTIONS-COMPARISON-FUNC-TABLE", manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, p := range t.Polymorphics() {
			if p.Key.Inherited {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(p.Key)
			f.Because(p.Type)
			f.Title = redact.Sprintf("%s refers to the table that %s names", columnOf(t, p.Key.Name), quoted(p.Type.Name))
			f.Detail = redact.Plain("No foreign key can hold this. Rows stay behind when what they refer to is deleted, and a wrong key is accepted.")
			f.Fix = redact.Plain("Use one nullable foreign key for each table that is meant, with CHECK (num_nonnulls(...) = 1). Or one table for each kind of row.")
			f.Decide("How many tables can "+quoted(p.Key.Name)+" refer to, and will there be more?", "the values of "+quoted(p.Type.Name), "use nullable foreign keys for up to five tables. Otherwise limit the type with a CHECK and delete orphans regularly.")
			found(f)
		}
	},
}
