package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var quotedName = rule.Rule{
	ID:      "quoted-name",
	Title:   "Name that has to be quoted",
	Sees:    "A table or column whose name has a capital, a blank or a sign, so that SQL takes it only in quotes.",
	Why:     "Without quotes, PostgreSQL reads the name in lower case and does not find it.",
	Silent:  "A third of the names or more has to be quoted: the application quotes them all. Reserved words have a rule of their own.",
	Fix:     "Choose a name of lower-case letters, digits and underscores.",
	Sources: []string{manual + "sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if quotesAreUsual.Of(c) {
			return
		}
		// A name that is not in the case of most has its finding already.
		say := func(f rule.Found, usual *design.Convention, what, name string) {
			if usual != nil && !design.Case(usual.Value).Has(name) && strings.IndexFunc(name, isSign) < 0 {
				f.Severity = finding.Nit
			}
			f.Title = redact.Sprintf("%s has to be quoted in every statement", what)
			f.Detail = redact.Sprintf("Without quotes, PostgreSQL reads %s in lower case or refuses the statement.", name)
			f.Fix = redact.Plain("Choose a name of lower-case letters, digits and underscores that begins with a letter.")
			if better := design.Snake.Of(design.Words(name)); !needsQuotes(better) {
				f.Fix = renameTo(better)
			}
			found(f)
		}
		if name := t.Name.Name; needsQuotes(name) && !isReserved(name) {
			say(c.InSchema(t, finding.Confirmed, finding.Low), t.Schema.Conventions.TableCase, "Table "+t.Name.Short(), name)
		}
		for i := range t.Columns {
			if col := &t.Columns[i]; needsQuotes(col.Name) && !isReserved(col.Name) && !col.Inherited {
				f := c.InSchema(t, finding.Confirmed, finding.Low)
				f.AtColumn(col)
				say(f, t.Schema.Conventions.ColumnCase, t.Name.Short()+"."+quoted(col.Name), col.Name)
			}
		}
	},
}

// isSign reports whether a rune is no letter, digit or underscore.
func isSign(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80
}
