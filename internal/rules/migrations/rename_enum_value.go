package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var renameEnumValue = rule.Rule{
	ID:      "rename-enum-value",
	Title:   "RENAME VALUE of an enum",
	Sees:    "ALTER TYPE ... RENAME VALUE of an enum that was there before.",
	Why:     "Running code writes and compares the old label: error 22P02. Cached plans and the code's own list of values keep it.",
	Silent:  "The type is new in this migration.",
	Fix:     "Add the new value, let the code accept both, move the rows in batches, and leave the old value unused.",
	Sources: []string{docType},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.AlterEnum) {
			from := a.Node.Get("oldVal").String()
			if from == "" || a.Type != nil && a.Type.Since > 0 {
				continue
			}
			f := c.About(s, nil, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("Code that uses value %s of %s fails as soon as it is renamed", quoted(from), a.Name)
			f.Detail = redact.Plain("The rename is instant, but code that writes or compares the old label gets error 22P02. No order of code and migration is safe.")
			f.Fix = redact.Plain("Add the new value, let the code accept both, move the rows in batches, and leave the old value unused.")
			found(f)
		}
	},
}
