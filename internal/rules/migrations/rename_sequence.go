package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var renameSequence = rule.Rule{
	ID:      "rename-sequence",
	Title:   "RENAME of a sequence",
	Sees:    "ALTER SEQUENCE ... RENAME TO of a sequence that was there before.",
	Why:     "Defaults follow the rename, but code that calls nextval or currval with the name fails.",
	Silent:  "The sequence is new in this migration.",
	Fix:     "Leave the name, or switch the code to pg_get_serial_sequence first.",
	Sources: []string{manual + "sql-altersequence.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.Rename, ddl.SetSchema) {
			if a.Target != "sequence" && (a.Table == nil || a.Table.Kind != catalog.Sequence) {
				continue
			}
			f := renameFinding(c, s, a, "sequence "+quoted(a.Name))
			f.Detail = redact.Plain("Column defaults follow the rename. Code that calls nextval or currval with the old name fails.")
			f.Fix = redact.Plain("Leave the name, or let the code ask pg_get_serial_sequence first.")
			found(f)
		}
	},
}
