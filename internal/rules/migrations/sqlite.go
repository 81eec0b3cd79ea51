package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
)

const (
	sqliteAlter = "https://www.sqlite.org/lang_altertable.html"
	sqliteKeys  = "https://www.sqlite.org/foreignkeys.html"
)

// sqliteEngine is the Engine of rules on SQLite.
const sqliteEngine = string(dialect.SQLite)

// inSQLiteTransaction reports whether a statement runs in a transaction of SQLite,
// which several statements in one string are not.
func inSQLiteTransaction(s *migration.Statement) bool {
	return s.Tx != nil && s.Tx.Kind != migration.Implicit
}

// refersTo names the tables whose foreign keys refer to the table that is copied.
func (c tableCopy) refersTo() (names []string, cascades bool) {
	for name, k := range c.Drop.Referring {
		names = append(names, name)
		cascades = cascades || k.Cascade
	}
	return names, cascades
}

// sets reports whether a PRAGMA of the file has a name and, if on is given, switches
// it so.
func sets(s *migration.Statement, name string) (value string, is bool) {
	if s.Dialect == nil {
		return "", false
	}
	for _, set := range s.Dialect.Settings {
		if set.Name == name {
			return set.Value, true
		}
	}
	return "", false
}
