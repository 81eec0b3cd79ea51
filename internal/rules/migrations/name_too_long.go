package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var nameTooLong = rule.Rule{
	ID:      "name-too-long",
	Title:   "Identifier of nearly 63 bytes or more",
	Sees:    "An identifier of more than 63 bytes. In a schema, a name of 60 bytes or more.",
	Why:     "The server cuts it at 63 bytes. Two names that begin alike collide, and IF NOT EXISTS then takes the one for the other.",
	Silent:  "Names in comments and literals. In a schema, constraints and indexes that the server named, which it cuts itself.",
	Fix:     "Choose a name of at most 63 bytes.",
	Sources: []string{manual + "sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		const longest = 63 // NAMEDATALEN - 1
		if len(s.Text) <= longest {
			return
		}
		for t := range lex.Tokens(s.Text) {
			name, ok := t.Name()
			if !ok || len(name) <= longest {
				continue
			}
			f := c.About(s, nil, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("%s is longer than 63 bytes: the server cuts it to %s", quoted(name), quoted(strings.ToValidUTF8(name[:longest], "")))
			f.Detail = redact.Plain("Another name that begins with the same 63 bytes is then the same name.")
			f.Fix = redact.Plain("Choose a name of at most 63 bytes.")
			found(f)
			return
		}
	}, Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		say := func(f rule.Found, what, name string) {
			const long = 60
			if len(name) < long {
				return
			}
			f.Title = redact.Sprintf("%s %s has %d bytes; the server keeps %d", what, quoted(name), len(name), design.LongestName)
			f.Detail = redact.Plain("The server cuts longer names, also those that it makes from this one. Names that begin alike then collide.")
			if len(name) >= design.LongestName {
				f.Detail = redact.Plain("The server cuts longer names here, so this one has probably lost its end. Names that begin alike collide.")
			}
			f.Fix = redact.Plain("Choose a shorter name.")
			found(f)
		}
		f := c.InSchema(t, finding.Confirmed, finding.Low)
		say(f, "Table", t.Name.Name)
		for i := range t.Columns {
			f.AtColumn(&t.Columns[i])
			say(f, "Column", t.Columns[i].Name)
		}
		for _, x := range t.Named() {
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			if x.Index != nil {
				f.AtIndex(x.Index)
			} else {
				f.AtConstraint(x.Constraint)
			}
			if !x.ByServer() {
				say(f, strings.ToUpper(x.Kind[:1])+x.Kind[1:], x.Name)
			}
		}
	},
}
