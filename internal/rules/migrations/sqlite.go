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

// tableCopy is a table that a file copies, with the statements of the copy.
type tableCopy struct {
	*dialect.TableCopy
	create, drop, rename *migration.Statement // rename is nil if there is none
	effects              []*dialect.Effect    // of all statements of the file
}

// tableCopies returns the tables that a file of SQLite copies.
func tableCopies(file *migration.File) []tableCopy {
	var effects []*dialect.Effect
	of := map[*dialect.Effect]*migration.Statement{}
	for _, s := range file.Statements {
		if s.Dialect != nil {
			effects = append(effects, s.Dialect)
			of[s.Dialect] = s
		}
	}
	var list []tableCopy
	for _, c := range dialect.Copies(effects) {
		list = append(list, tableCopy{c, of[c.Create], of[c.Drop], of[c.Rename], effects})
	}
	return list
}

// isStep reports whether a statement is a step of a copy of a table.
func isStep(s *migration.Statement) bool {
	for _, c := range tableCopies(s.File) {
		if c.Has(s.Dialect) {
			return true
		}
	}
	return false
}

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
