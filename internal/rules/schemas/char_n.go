package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var charN = rule.Rule{
	ID:      "char-n",
	Title:   "Text padded with blanks",
	Sees:    "A column of type char(n).",
	Why:     "Shorter values are padded with blanks, which comparisons ignore and LIKE, length and concatenation do not. It saves no space.",
	Silent:  "A letter for yes or no is boolean-as-number, and a UUID is uuid-as-text. With a CHECK and at most three characters it is minor.",
	Fix:     "Change the type to text, with a CHECK of the length.",
	Sources: []string{manual + "datatype-character.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_char.28n.29"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "character" || base.Array || t.IsFlag(col) || isUUIDText(t, col) {
				return
			}
			length := 1
			if len(base.Mods) > 0 {
				length = base.Mods[0]
			}
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			if length <= 3 && slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool { return k.Mentions(col.Name) }) {
				f.Severity = finding.Nit
			}
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is char(%d)", columnOf(t, col.Name), length)
			f.Detail = redact.Plain("Shorter values are padded with blanks, which comparisons ignore and LIKE does not. The type saves no space.")
			f.Fix = redact.Plain("Change the type to text, with a CHECK of the length.")
			if t.References(col.Name) == nil && !t.IsReferenced([]string{col.Name}) {
				retype(&f, t, col, "text", "", "")
			}
			found(f)
		})
	},
}
