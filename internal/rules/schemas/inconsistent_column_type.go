package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var inconsistentColumnType = rule.Rule{
	ID:    "inconsistent-column-type",
	Title: "Column with another type than its namesakes",
	Sees:  "A name that columns of three tables or more share, and that has another type than in two thirds of these.",
	Why:   "A join of the two casts one side, and then uses no index on that side. Values of the wider type do not fit into the narrower one.",
	Silent: "Names that say nothing, such as value or type. Types that the schema creates. Lengths, text and varchar, json and jsonb, timestamps of both kinds. " +
		"A column whose foreign key refers to another table than those of its namesakes, or to a column of another type (see fk-type-mismatch).",
	Fix:     "Use one type for what has one name, or another name for what is something else.",
	Sources: []string{manual + "typeconv-oper.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, w := range c.Schema.TypesByName() {
			for _, s := range w.Others() {
				if !refersWrongly(s) {
					found(odd(c, w, s))
				}
			}
		}
	},
}

// refersWrongly reports whether a column differs from the one that it refers to: see
// fk-type-mismatch.
func refersWrongly(s design.Spot) bool {
	k := s.Table.References(s.Column.Name)
	if k == nil || s.Table.Target(k) == nil || len(k.Columns) != 1 {
		return false
	}
	key := s.Table.Target(k).Column(first(s.Table.Schema.Referred(k)))
	return key != nil && !s.Table.Schema.SameType(key, s.Column)
}

// odd reports a column whose type is not that of most columns of the same name.
func odd(c *rule.Case, w design.Ways, s design.Spot) rule.Found {
	usual := w.List[0]
	f := c.InSchema(s.Table, finding.Concern, finding.Low)
	f.AtColumn(s.Column)
	f.Title = redact.Sprintf("%s is %s, and %s in %s", columnOf(s.Table, s.Column.Name), s.Column.Type, usual.Name, figures.Plural(len(usual.Spots), "other table"))
	f.Detail = redact.Sprintf("%s in %s. A join of the two casts one side, and then uses no index on it.", usual.Name, some(usual.Spots))
	f.Fix = redact.Sprintf("Use %s here too. If the column holds something else, give it another name.", usual.Name)
	f.Decide("Do the columns hold the same thing?", "the code that writes them", "use "+usual.Name+" in new tables, and change this one when it is changed anyway.")
	if s.Table.Schema.IsNarrow(s.Column) && usual.Name == "bigint" && s.Table.References(s.Column.Name) == nil {
		f.AddDDL("%s", toBigint(s.Table, s.Column))
	}
	return f
}
