package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var extensionUpgrade = rule.Rule{
	ID:      "extension-upgrade",
	Title:   "ALTER EXTENSION ... UPDATE",
	Sees:    "ALTER EXTENSION ... UPDATE.",
	Why:     "Its script changes functions and types that queries and indexes use, and may lock or rewrite. There is no way back to the older version.",
	Silent:  "Other forms of ALTER EXTENSION.",
	Fix:     "Read the extension's release notes, and run it on a copy first.",
	Sources: []string{manual + "sql-alterextension.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.AlterObject) {
			if a.Target != "extension" || s.Tree.Kind != "AlterExtensionStmt" {
				continue
			}
			f := c.About(s, nil, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("Update of extension %s: there is no way back to the older version", quoted(a.Name))
			f.Detail = redact.Plain("Its script changes functions and types that queries and indexes use.")
			f.Decide("What does the update script change?", "the extension's release notes", "run it on a copy first.")
			f.Fix = redact.Plain("Read the extension's release notes, and run it on a copy first.")
			found(f)
		}
	},
}
