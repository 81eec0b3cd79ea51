package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var duplicatedFact = rule.Rule{
	ID:      "duplicated-fact",
	Title:   "Copy of a column of the referenced row",
	Sees:    "A column x_email beside a foreign key x_id, where the table that x_id refers to has a column email of the same type.",
	Why:     "The same fact is in two places. When one changes, the other one is wrong, and nothing tells which.",
	Silent:  "The copy is a part of the foreign key, or computed. Tables that record what happened.",
	Fix:     "Drop the copy and join. If it is what was true at that time, say so in its name.",
	Sources: []string{manual + "ddl-generated-columns.html", "https://en.wikipedia.org/wiki/Third_normal_form"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.IsRecord() {
			return
		}
		for _, k := range t.ForeignKeys() {
			other := t.Target(k)
			if other == nil || other == t || len(k.Columns) != 1 {
				continue
			}
			key := design.Words(k.Columns[0])
			if len(key) < 2 {
				continue
			}
			prefix := strings.Join(key[:len(key)-1], "_") + "_"
			var copies []rule.Found
			for i := range t.Columns {
				col := &t.Columns[i]
				rest, copied := strings.CutPrefix(strings.Join(design.Words(col.Name), "_"), prefix)
				if !copied || col.Generated != "" || col.Inherited || t.References(col.Name) != nil || slices.Contains(key, rest) {
					continue
				}
				j := slices.IndexFunc(other.Columns, func(o catalog.Column) bool {
					return strings.Join(design.Words(o.Name), "_") == rest && t.Schema.BaseType(col).Name == other.Schema.BaseType(&o).Name && !other.HasKey(o.Name)
				})
				if j < 0 {
					continue
				}
				f := c.InSchema(t, finding.Concern, finding.Medium)
				f.AtColumn(col)
				f.Title = redact.Sprintf("%s copies %s", columnOf(t, col.Name), columnOf(other, other.Columns[j].Name))
				f.Detail = redact.Sprintf("%s already leads to it. When one of the two changes, the other one is wrong.", quoted(k.Columns[0]))
				f.Fix = redact.Plain("Drop the copy and join. If it is what was true at that time, say so in its name or in a comment.")
				f.Decide("Must this be the value of that time, or the present one?", "what reads the column, and a count of the rows that differ", "keep the copy if it belongs to a document such as an invoice. Otherwise drop it.")
				copies = append(copies, f)
			}
			for _, f := range copies {
				if len(copies) >= 3 {
					f.Severity = finding.Low // the row as it was, such as the taxes of an invoice
				}
				found(f)
			}
		}
	},
}
