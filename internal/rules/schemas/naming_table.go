package schemas

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var namingTable = rule.Rule{
	ID:      "naming-table",
	Title:   "Table named otherwise than most",
	Sees:    "A table in the singular where most are in the plural, or the other way round. A table that is not in the case (snake_case, camelCase, PascalCase) of most. Most are at least two thirds of four names or more.",
	Why:     "Whoever writes a query has to look the name up.",
	Silent:  "There is no such majority. The noun has one form (news, data, series), names what holds many (history, log), or is not known. A table that only joins others is not asked for its number.",
	Fix:     "Rename the table like the others, before more code uses its name.",
	Sources: []string{manual + "sql-altertable.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_upper_case_table_or_column_names"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		name := t.Name.Name
		number, letters := t.Schema.Conventions.TableNumber, t.Schema.Conventions.TableCase
		now := caseOf(name)
		better := name
		var broken *design.Convention
		how := ""
		if letters != nil && !design.Case(letters.Value).Has(name) {
			now = design.Case(letters.Value)
			broken, how, better = letters, fmt.Sprintf("is not in %s", now), now.Of(design.Words(name))
		}
		if n := design.NumberOf(name); number != nil && n != design.Unclear && n.String() != number.Value && !t.JoinsOnly() {
			if broken != nil {
				how += " and is " + n.String()
			} else {
				broken, how = number, "is "+n.String()
			}
			if better = inPlural(name, now); n == design.Plural {
				better = inSingular(name, now)
			}
		}
		if broken == nil {
			return
		}
		f := c.InSchema(t, finding.Confirmed, finding.Low)
		breaks(&f, t.Name.Short(), how, broken, better)
		found(f)
	},
}
