package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var reservedWordName = rule.Rule{
	ID:      "reserved-word-name",
	Title:   "Name that is a reserved word",
	Sees:    "A table or column whose name is a reserved word of PostgreSQL, such as order, user or group.",
	Why:     "The name has to be quoted in every statement. Without quotes, it is a syntax error, and user means the current user.",
	Silent:  "Words that PostgreSQL does not reserve: name, type, value, key, status, date. Where a third of the names has to be quoted anyway, it is a minor finding.",
	Fix:     "Choose another name, before more code uses this one.",
	Sources: []string{manual + "sql-keywords-appendix.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		say := func(f rule.Found, what, name string) {
			if quotesAreUsual.Of(c) {
				f.Severity = finding.Nit
			}
			f.Title = redact.Sprintf("%s is named by a reserved word", what)
			f.Detail = redact.Sprintf("The name has to be quoted in every statement: without quotes, %s is a syntax error.", name)
			if name == "user" || name == "current_user" || name == "session_user" {
				f.Detail = redact.Sprintf("The name has to be quoted in every statement: without quotes, %s is the name of the role that runs it.", name)
			}
			f.Fix = redact.Plain("Choose another name, such as the plural or one with a second word.")
			found(f)
		}
		if isReserved(t.Name.Name) {
			say(c.InSchema(t, finding.Confirmed, finding.Low), "Table "+t.Name.Short(), t.Name.Name)
		}
		for i := range t.Columns {
			if col := &t.Columns[i]; isReserved(col.Name) && !col.Inherited {
				f := c.InSchema(t, finding.Confirmed, finding.Low)
				f.AtColumn(col)
				say(f, t.Name.Short()+"."+quoted(col.Name), col.Name)
			}
		}
	},
}
