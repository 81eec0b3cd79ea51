package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var commaList = rule.Rule{
	ID:      "comma-list",
	Title:   "List in a text column",
	Sees:    "A text column whose name says that it holds several values: *_ids, *_list, tags, *_csv.",
	Why:     "No constraint reaches the elements, and a search has to read every row.",
	Silent:  "Arrays, json.",
	Fix:     "Use a table with one row per element, or an array for labels.",
	Sources: []string{manual + "arrays.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if !design.IsText(base) || !oneOf(lastWord(col), "ids uuids list tags csv labels keywords") || oneOf(col.Name, "list csv") {
				return
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s looks like a list in a text", columnOf(t, col.Name))
			f.Detail = redact.Plain("No constraint reaches the elements, and a search for one reads every row.")
			f.Fix = redact.Plain("Use a table with one row per element, or an array for labels.")
			f.Decide("Does the text hold several values with a separator?", "some rows of the column", "use a table with one row per element.")
			found(f)
		})
	},
}
