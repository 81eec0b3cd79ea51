package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var uuidAsText = rule.Rule{
	ID:      "uuid-as-text",
	Title:   "UUID stored as text",
	Sees:    "A text column that holds UUIDs: named uuid or guid, of 36 or 32 characters and a name that ends in id, with gen_random_uuid() as its default, or with a foreign key to such a column.",
	Why:     "The text takes 37 bytes instead of 16, in the table and in each index, compares by the collation, and accepts what is no UUID.",
	Silent:  "Identifiers of other systems, such as stripe_id. The type uuid.",
	Fix:     "Change the type to uuid.",
	Sources: []string{manual + "datatype-uuid.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if !isUUIDText(t, col) {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s holds UUIDs as %s", columnOf(t, col.Name), base)
			f.Detail = redact.Plain("The text takes 37 bytes instead of 16, in the table and in each index, and accepts what is no UUID.")
			f.Fix = redact.Plain("Change the type to uuid, and every column that refers to it.")
			sized(c, &f, t)
			if !compared(t, col) && (!col.Default.There() || makesUUID.MatchString(col.Default.Text)) {
				retype(&f, t, col, "uuid", quoted(col.Name)+"::uuid", withoutTextCast(col.Default.Text))
			}
			found(f)
		})
	},
}
