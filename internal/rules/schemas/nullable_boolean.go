package schemas

import (
	"fmt"
	"regexp"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// nullWords are in a comment that says what a NULL means.
var nullWords = regexp.MustCompile(`(?i)\b(null|unknown|undecided|unset|not (yet|known|set|asked|answered)|three[- ]|tri-?state)`)

var nullableBoolean = rule.Rule{
	ID:      "nullable-boolean",
	Title:   "Nullable boolean",
	Sees:    "A boolean column without NOT NULL.",
	Why:     "The column has three states. WHERE flag and WHERE NOT flag both leave the NULLs out, so the two never add up to all rows.",
	Silent:  "A CHECK that mentions the column, a comment that says what NULL or unknown means, and computed columns.",
	Fix:     "Set a default, fill the NULLs, and set NOT NULL. If unknown is a state, use a type that names it.",
	Sources: []string{manual + "datatype-boolean.html", manual + "functions-comparison.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			if base := t.Schema.BaseType(col); base.Name != "boolean" || base.Array || t.RefusesNull(col) || col.Inherited || col.Generated != "" || t.IsLimited(col) || t.NullsChecked(col.Name) || nullWords.MatchString(col.Comment) {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is a boolean with three states", columnOf(t, col.Name))
			f.Detail = redact.Plain("NULL is neither true nor false: conditions on the column and on its negation both leave such rows out.")
			f.Fix = redact.Plain("Fill the NULLs, then set a default and NOT NULL.")
			f.Decide("Does NULL mean something that false does not?", "the code that reads the column", "set NOT NULL with the default false.")
			set := fmt.Sprintf("ALTER COLUMN %s SET DEFAULT false, ", quoted(col.Name))
			if hasDefault(col) {
				set = ""
			}
			f.AddDDL("ALTER TABLE %s %sALTER COLUMN %s SET NOT NULL", t.Name.Short(), set, quoted(col.Name))
			found(f)
		}
	},
}
