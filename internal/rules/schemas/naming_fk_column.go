package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var namingFKColumn = rule.Rule{
	ID:      "naming-fk-column",
	Title:   "Foreign key column named otherwise than most",
	Sees:    "A foreign key on one column whose name is not made like at least two thirds of the others: customer_fk or customer, where most are {name}_id.",
	Why:     "Whoever writes a join has to look the name up.",
	Silent:  "There is no such majority of three or more. The name tells a role (created_by, assigned_to), or it is the key of the table itself.",
	Fix:     "Rename the column like the others, before more code uses its name.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		usual := t.Schema.Conventions.KeyColumn
		if usual == nil {
			return
		}
		var seen []string
		for _, k := range t.ForeignKeys() {
			style := t.KeyStyle(k)
			if style == "" || style == usual.Value || slices.Contains(seen, k.Columns[0]) || k.Inherited {
				continue
			}
			column := k.Columns[0]
			seen = append(seen, column)
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtConstraint(k)
			if col := t.Column(column); col != nil {
				f.AtColumn(col)
			}
			better := keyColumn(t, column, style, usual.Value)
			f.Title = redact.Sprintf("%s.%s is a foreign key; most such columns are named %s", t.Name.Short(), quoted(column), t.Schema.Conventions.KeyName())
			f.Detail = redact.Sprintf("%d of %d foreign key columns are named %s. Whoever writes a join has to look the name up.", usual.Kept, usual.Of, t.Schema.Conventions.KeyName())
			f.Fix = renameTo(better)
			found(f)
		}
	},
}

// keyColumn returns the name of a column in another style: {name}_id of customer_fk is
// customer_id.
func keyColumn(t *design.Table, column, style, usual string) string {
	words := design.Words(column)
	switch before, after, _ := strings.Cut(style, "{name}"); {
	case after != "":
		words = words[:len(words)-1]
	case before != "":
		words = words[1:]
	}
	switch before, after, _ := strings.Cut(usual, "{name}"); {
	case after != "":
		words = append(words, strings.Trim(after, "_"))
	case before != "":
		words = append([]string{strings.Trim(before, "_")}, words...)
	}
	if k := t.Schema.Conventions.ColumnCase; k != nil {
		return design.Case(k.Value).Of(words)
	}
	return caseOf(column).Of(words)
}
