package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var typeCharN = rule.Rule{
	ID:      "type-char-n",
	Title:   "New column of type char(n)",
	Sees:    "A column of type char(n) that a migration adds.",
	Why:     "Values are padded with blanks, which comparisons ignore and functions do not. It saves no space.",
	Silent:  "varchar and text. For n up to 3 the finding is a nit.",
	Fix:     "Use text, with a CHECK on the length if that matters.",
	Sources: []string{manual + "datatype-character.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_char.28n.29"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for col, on := range newColumns(s) {
			if col.Type.Name != "character" || col.Type.Array {
				continue
			}
			f := c.About(s, on, finding.Confirmed, finding.Low)
			if len(col.Type.Mods) == 0 || col.Type.Mods[0] <= 3 {
				f.Severity = finding.Nit
			}
			f.Title = redact.Sprintf("Column %s is %s: values are padded with blanks", quoted(col.Name), col.Type)
			f.Detail = redact.Plain("Comparisons ignore the blanks, functions do not.")
			f.Fix = redact.Plain("Use text, with a CHECK on the length if that matters.")
			found(f)
		}
	},
}
