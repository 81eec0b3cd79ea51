package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteRenameOrder = rule.Rule{
	ID:      "sqlite-rename-order",
	Title:   "SQLite: the old table is renamed away before the new one is made",
	Sees:    "ALTER TABLE t RENAME TO old, CREATE TABLE t, a copy of the rows, DROP TABLE old.",
	Why:     "The foreign keys, triggers and views of other tables follow the rename to the old table, and refer to a table that is dropped then.",
	Silent:  "The new table is made under another name first. PRAGMA legacy_alter_table is on and foreign keys are off.",
	Fix:     "Create the new table under another name, copy the rows, drop the old table, and rename the new one.",
	Sources: []string{sqliteAlter + "#otheralter"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		for _, t := range tableCopies(file) {
			if !t.RenamedFirst || t.Rename.Legacy && t.Rename.Off {
				continue
			}
			f := aboutTable(c, t.rename, t.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("RENAME moves the references of other tables to %s, which is dropped later", t.Drop.Table)
			f.Detail = redact.Sprintf("Foreign keys, triggers and views that name %s follow the rename, and then refer to a table that is not there.", t.Table)
			if len(t.Rename.Referring) == 0 && len(t.Rename.Objects) == 0 && t.Rename.Known {
				f.Severity = finding.Nit
				f.Detail = redact.Plain("The schema has nothing that names the table, so that nothing breaks today.")
			}
			f.Fix = redact.Sprintf("Create %s_new, copy the rows, drop %s, and rename %[1]s_new to %[2]s.", t.Table, t.Table)
			found(f)
		}
	},
}
