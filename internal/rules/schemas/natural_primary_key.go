package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var naturalPrimaryKey = rule.Rule{
	ID:      "natural-primary-key",
	Title:   "Primary key with a meaning",
	Sees:    "A primary key that is text with a meaning, such as an e-mail address or a SKU, in a table that is no short list.",
	Why:     "A value with a meaning changes, or turns out to be used twice. Each change is then a change of every row that refers to it.",
	Silent:  "Keys named id, uuid, key, token or hash. Codes of a short list. Columns that are foreign keys.",
	Fix:     "Add a key without a meaning, and keep the value as a unique column.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.KeyHasMeaning() {
			return
		}
		key := columnsOf(t, t.Key())
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.AtConstraint(t.PrimaryKey())
		f.Title = redact.Sprintf("Primary key %s has a meaning", key)
		f.Detail = redact.Plain("A value with a meaning changes, or turns out to be used twice.")
		if refers := t.Referrers(); len(refers) > 0 {
			var names []string
			for _, r := range refers {
				names = append(names, r.Name.Short())
			}
			slices.Sort(names)
			f.Detail = redact.Append(f.Detail, "Each change is then a change of the rows that refer to it, in %s.", rule.Words(rule.FirstFew(names)))
		}
		f.Fix = redact.Sprintf("Add a bigint identity column as primary key, and keep %s unique.", key)
		f.Decide("Can a value of "+key+" ever change, or be given to another row?", "who makes the value, and what happened when one was wrong", "keep it for codes that a standard fixes; add a key without a meaning otherwise")
		found(f)
	},
}
