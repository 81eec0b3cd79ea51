package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteForeignKeysPragma = rule.Rule{
	ID:    "sqlite-foreign-keys-pragma",
	Title: "SQLite: foreign keys during the copy of a table",
	Sees: "PRAGMA foreign_keys inside a transaction, where it does nothing; a copy of a table that others refer to with foreign keys on; and one with foreign keys off and no PRAGMA " +
		"foreign_key_check before COMMIT.",
	Why: "With foreign keys on, DROP TABLE first deletes all rows: ON DELETE CASCADE deletes those of other tables too, and otherwise the statement fails. With foreign keys off, " +
		"nobody notices rows that refer to nothing.",
	Silent:  "No table is copied. The table is known to have no foreign key and no table that refers to it.",
	Fix:     "Run PRAGMA foreign_keys=OFF before BEGIN, PRAGMA foreign_key_check before COMMIT, and PRAGMA foreign_keys=ON after it.",
	Sources: []string{sqliteKeys + "#fk_schemacommands", sqliteAlter + "#otheralter"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		copies := slices.DeleteFunc(tableCopies(file), func(t tableCopy) bool {
			return t.Drop.Known && len(t.Drop.Referring) == 0 && t.New.HasKey(dialect.Foreign) == nil
		})
		if len(copies) == 0 {
			return
		}
		t := copies[0]
		for _, other := range copies {
			if len(other.Drop.Referring) > 0 {
				t = other
				break
			}
		}
		off, checked := switchesOff(file, t)
		switch {
		case off != nil && inSQLiteTransaction(off):
			f := aboutTable(c, off, t.Table, finding.Confirmed, finding.High)
			f.Title = redact.Plain("PRAGMA foreign_keys=OFF does nothing inside a transaction")
			onDrop(&f, t)
			f.Fix = redact.Plain(sentence("Run PRAGMA foreign_keys=OFF before BEGIN.", outOf(off)))
			found(f)
		case off == nil && len(t.Drop.Referring) > 0:
			f := aboutTable(c, t.drop, t.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("DROP TABLE %s with foreign keys on", t.Drop.Table)
			onDrop(&f, t)
			f.Fix = redact.Plain("Run PRAGMA foreign_keys=OFF before BEGIN and PRAGMA foreign_key_check before COMMIT.")
			found(f)
		case off == nil && !t.Drop.Known:
			f := aboutTable(c, t.drop, t.Table, finding.Concern, finding.Medium)
			f.Title = redact.Sprintf("DROP TABLE %s deletes rows of other tables, if they refer to it and foreign keys are on", t.Drop.Table)
			f.Detail = redact.Plain("The schema before the migration is not known.")
			f.Decide("Does another table refer to "+t.Table+"?", "the output of .schema", "switch foreign keys off around the copy.")
			f.Fix = redact.Plain("Run PRAGMA foreign_keys=OFF before BEGIN and PRAGMA foreign_key_check before COMMIT.")
			found(f)
		case off != nil && !checked:
			f := aboutTable(c, t.drop, t.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("Foreign keys are off while %s is copied, and nothing checks them afterwards", t.Table)
			f.Detail = redact.Plain("Rows that refer to nothing stay in the database, and SQLite never reports them.")
			f.Fix = redact.Plain("Run PRAGMA foreign_key_check before COMMIT, and roll back if it returns rows.")
			found(f)
		}
	},
}

// switchesOff returns the PRAGMA that switches foreign keys off before a table is
// dropped, and whether they are checked after that.
func switchesOff(file *migration.File, t tableCopy) (off *migration.Statement, checked bool) {
	for _, s := range file.Statements {
		if value, is := sets(s, "foreign_keys"); is && s.Number < t.drop.Number && (dialect.Setting{Value: value}).Off() {
			off = s
		}
		if _, is := sets(s, "foreign_key_check"); is && s.Number > t.drop.Number {
			checked = true
		}
	}
	return off, checked
}

// onDrop says what DROP TABLE does with foreign keys on.
func onDrop(f *rule.Found, t tableCopy) {
	names, cascades := t.refersTo()
	slices.Sort(names)
	switch {
	case cascades:
		f.Tag, f.Severity, f.Loses = finding.Critical, finding.Severe, true
		f.Action, f.Blast = finding.DoNotShip, redact.Sprintf("rows of %s", rule.Words(names))
		f.Detail = redact.Sprintf("DROP TABLE %s first deletes its rows, and the foreign keys of %s delete or change theirs with them.", t.Drop.Table, rule.Words(names))
	case len(names) > 0:
		f.Detail = redact.Sprintf("DROP TABLE %s first deletes its rows. The foreign keys of %s stop the statement, and PRAGMA defer_foreign_keys does not help.", t.Drop.Table, rule.Words(names))
	default:
		f.Detail = redact.Sprintf("If foreign keys are on, DROP TABLE %s first deletes its rows, and with ON DELETE CASCADE those of other tables.", t.Drop.Table)
	}
}

// outOf says how to run a statement outside of a transaction.
func outOf(s *migration.Statement) string {
	if s.Tx.Kind == migration.ByTool && s.Tx.Why != "" {
		return rule.Upper(s.Tx.Why) + "."
	}
	return ""
}
