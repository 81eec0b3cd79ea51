package schemas

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var repeatedColumns = rule.Rule{
	ID:      "repeated-columns",
	Title:   "Columns numbered like rows",
	Sees:    "Three or more columns of one type whose names differ in a number only: phone1, phone2, phone3.",
	Why:     "One value more needs another column. A search has to look in all of them, and needs an index on each. Nothing keeps a value from being stored twice.",
	Silent:  "Fewer than three, or numbers with a gap. The lines of an address, quarters, and names that have a number anyway, such as sha256.",
	Fix:     "Store one row per value in a table of its own that refers to this one.",
	Sources: []string{"https://en.wikipedia.org/wiki/First_normal_form"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, r := range t.Repeats() {
			first, last := r.Columns[0], r.Columns[len(r.Columns)-1]
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(first)
			f.Title = redact.Sprintf("%s repeats a column %d times: %s to %s", t.Name.Short(), len(r.Columns), quoted(first.Name), quoted(last.Name))
			f.Detail = redact.Plain("One value more needs another column. A search has to look in all of them.")
			f.Fix = redact.Sprintf("Store one row per value in a table of its own that refers to %s.", t.Name.Short())
			f.Decide(fmt.Sprintf("Can there be more than %d, and is a row ever searched by one of them?", len(r.Columns)), "the form or the interface that fills these columns", "a table of its own, unless the number is fixed by what the columns hold.")
			found(f)
		}
	},
}
