package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var nameTooLong = rule.Rule{
	ID:      "name-too-long",
	Title:   "Identifier longer than 63 bytes",
	Sees:    "An identifier of more than 63 bytes.",
	Why:     "The server cuts it at 63 bytes. Two names that begin alike collide, and IF NOT EXISTS then takes the one for the other.",
	Silent:  "Names in comments and literals.",
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
	},
}
