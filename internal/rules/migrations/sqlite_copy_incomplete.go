package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteCopyIncomplete = rule.Rule{
	ID:    "sqlite-copy-incomplete",
	Title: "SQLite: copy of a table that leaves something behind",
	Sees: "A table that is made anew, filled, and put into the place of the old one, and then lacks indexes or triggers of the old one, values of a column that both have, or all " +
		"rows; and a view or trigger that stops the rename.",
	Why:     "DROP TABLE takes the indexes and triggers along. Queries become slow, and duplicates and wrong rows get in without a word.",
	Silent:  "All is made again in the same file. The index is on a column that the new table does not have.",
	Fix:     "Create the indexes and triggers again after the rename, and name the columns in INSERT ... SELECT.",
	Sources: []string{sqliteAlter + "#otheralter"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		for _, t := range tableCopies(file) {
			about := func() rule.Found { return aboutTable(c, t.drop, t.Table, finding.Confirmed, finding.High) }
			if names := t.Forgotten(t.effects); len(names) > 0 {
				f := about()
				f.Title = redact.Sprintf("The copy of %s loses %s", t.Table, rule.Words(names))
				f.Detail = redact.Sprintf("DROP TABLE removes the indexes and triggers of the old table, and the file does not create them again.")
				f.Fix = redact.Plain("Create them again at the end of the file.")
				found(f)
			} else if (t.Was == nil || t.Was.Partial) && !t.Drop.Known {
				f := about()
				f.Tag, f.Severity = finding.Concern, finding.Medium
				f.Title = redact.Sprintf("Indexes and triggers of %s are lost with the old table, if the file does not create them again", t.Table)
				f.Detail = redact.Plain("The schema before the migration is not known.")
				f.Decide("Which indexes and triggers does "+t.Table+" have?", "the output of .schema "+t.Table, "create all of them again at the end of the file.")
				f.Fix = redact.Plain("Compare the output of .schema with the file.")
				found(f)
			}
			if t.Insert == nil {
				f := about()
				f.Tag, f.Severity, f.Loses = finding.Critical, finding.Severe, true
				f.Action, f.Blast = finding.DoNotShip, redact.Sprintf("all rows of %s", t.Table)
				f.Title = redact.Sprintf("No rows are copied: all rows of %s are lost", t.Table)
				f.Detail = redact.Plain("The old table is dropped, and nothing copies its rows into the new one.")
				f.Fix = redact.Plain("Copy the rows with INSERT ... SELECT before DROP TABLE.")
				found(f)
			}
			if names := t.NotCopied(); len(names) > 0 {
				f := about()
				f.Loses = true
				f.Title = redact.Sprintf("Values of %s are not copied and are lost", strings.Join(names, ", "))
				f.Detail = redact.Sprintf("Both tables have the column, but INSERT ... SELECT does not name it.")
				f.Fix = redact.Plain("Add the column to both lists of INSERT ... SELECT.")
				found(f)
			}
			if why := t.Misplaced(); why != "" {
				f := about()
				f.Title = redact.Sprintf("INSERT ... SELECT * does not fit the new table: %s", why)
				f.Detail = redact.Plain("Without a list of columns, values go by their place.")
				f.Fix = redact.Plain("Name the columns on both sides.")
				found(f)
			}
			if o := stops(t); o != nil {
				f := about()
				f.Change = t.rename
				f.Title = redact.Sprintf("RENAME TO %s fails: %s %s names the table that was dropped", t.Table, o.Kind, o.Name)
				f.Detail = redact.Plain("SQLite 3.26 and later reads all views and triggers at a rename, and stops at one that names a table which is not there.")
				f.Fix = redact.Sprintf("Drop %s %s before the copy and create it again after the rename, or set PRAGMA legacy_alter_table=ON around the rename.", o.Kind, o.Name)
				found(f)
			}
		}
	},
}

// stops returns the view or trigger that makes the rename fail; nil if none does.
func stops(t tableCopy) *dialect.Object {
	if t.RenamedFirst || t.rename == nil || t.Rename.Legacy {
		return nil
	}
	for _, o := range t.Drop.Objects {
		if o.On != t.Drop.Table {
			return o
		}
	}
	return nil
}
