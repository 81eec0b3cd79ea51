package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var arrayAsRelation = rule.Rule{
	ID:      "array-as-relation",
	Title:   "Array of keys",
	Sees:    "An array column whose name says that it holds the keys of other rows, such as member_ids, and any array of uuid.",
	Why:     "No foreign key keeps the elements right, and no join or index finds the rows without unnesting or a GIN index.",
	Silent:  "Arrays of labels and of values. Keys of other systems.",
	Fix:     "Use a table with one row per element and two foreign keys.",
	Sources: []string{manual + "arrays.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			words := design.Words(col.Name)
			if last := len(words) - 1; last > 0 && oneOf(words[last], "list array set arr") {
				words = words[:last]
			}
			if !base.Array || !oneOf(base.Name, "uuid smallint integer bigint text") && base.Name != "character varying" || design.IsOutside(col.Name) ||
				base.Name != "uuid" && !oneOf(words[len(words)-1], "ids id uuids uuid guids") {
				return
			}
			if lastWord(col) == "keys" && (base.Name == "text" || base.Name == "character varying") {
				return // names, such as the keys of headers
			}
			f := c.InSchema(t, finding.Concern, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is an array of keys", columnOf(t, col.Name))
			f.Detail = redact.Plain("No foreign key keeps the elements right when a row is deleted, and a join has to unnest the array.")
			f.Fix = redact.Plain("Use a table with one row per element and two foreign keys.")
			f.Decide("Are the elements keys of rows in this database?", "what the application writes into it", "use a table with one row per element.")
			found(f)
		})
	},
}
