package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// loss is what a statement of MySQL or SQLite removes.
type loss struct {
	what  string // "table", "column", "rows"
	table string
	title string
	fix   string
}

// lossesOf returns what a statement removes of what was there before.
func lossesOf(e *dialect.Effect) []loss {
	var list []loss
	switch e.Kind {
	case dialect.DropTable:
		for _, t := range e.Tables {
			list = append(list, loss{"table", t, "DROP TABLE removes " + t + " with all of its rows", ""})
		}
	case dialect.Truncate:
		list = append(list, loss{"rows", e.Table, "TRUNCATE removes all rows of " + e.Table, "Delete in batches, with the rows kept in a copy."})
	case dialect.Delete:
		if !e.Filtered && e.Table != "" {
			list = append(list, loss{"rows", e.Table, "DELETE without WHERE removes all rows of " + e.Table, "Add a WHERE, and delete in batches."})
		}
	}
	for _, c := range e.Changes {
		switch {
		case c.Verb == dialect.DropColumn:
			if col := e.Was.Column(c.Name); !e.IsNewColumn(c.Name) && (col == nil || col.Generated == "") {
				list = append(list, loss{"column", e.Table, "DROP COLUMN removes the values of " + e.Table + "." + c.Name, "Release code that does not use the column first. Keep a copy of its values, and drop the column a release later."})
			}
		case c.Verb == dialect.Partition && (c.Name == "drop" || c.Name == "truncate"):
			list = append(list, loss{"rows", e.Table, strings.ToUpper(c.Name) + " PARTITION removes the rows of the partition of " + e.Table, "Exchange the partition with an empty table first, and keep that table."})
		}
	}
	return list
}

// tableCopy is a table that a file copies, with the statements of the copy.
type tableCopy struct {
	*dialect.TableCopy
	create, drop, rename *migration.Statement // rename is nil if there is none
	effects              []*dialect.Effect    // of all statements of the file
}

// tableCopies returns the tables that a file copies.
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

// Removes reports whether a statement of MySQL or SQLite removes data that was there
// before, and whether it changes a name.
func Removes(s *migration.Statement) (data, names bool) {
	e := s.Dialect
	if e.NewHere || e.Temp || isCleanup(s) {
		return false, false
	}
	for _, c := range tableCopies(s.File) {
		if c.Has(e) {
			return c.drop == s && (c.Insert == nil || len(c.Dropped()) > 0), false
		}
	}
	for _, c := range e.Changes {
		names = names || !e.IsNewColumn(c.Name) && c.To != "" && !strings.EqualFold(c.Name, c.To) && (c.Verb == dialect.RenameTable || c.Verb == dialect.RenameColumn || c.Verb == dialect.Modify)
	}
	return len(lossesOf(e)) > 0, names
}

// isCleanup reports whether a statement drops a table that the file makes later: what
// an earlier run may have left.
func isCleanup(s *migration.Statement) bool {
	e := s.Dialect
	if e.Kind != dialect.DropTable || !e.Exists || e.Was != nil {
		return false
	}
	for _, later := range s.File.Statements {
		if l := later.Dialect; l != nil && later.Number > s.Number {
			if l.Kind == dialect.CreateTable && strings.EqualFold(l.Table, e.Table) {
				return true
			}
			for _, c := range l.Changes {
				if c.Verb == dialect.RenameTable && strings.EqualFold(c.To, e.Table) {
					return true
				}
			}
		}
	}
	return false
}

// removed begins a critical finding about data that is lost.
func removed(c *rule.Case, s *migration.Statement, l loss) rule.Found {
	f := aboutTable(c, s, l.table, finding.Critical, finding.Severe)
	if l.what == "column" {
		f.Tag, f.Severity = finding.Confirmed, finding.High
	} else {
		f.Action, f.Blast = finding.DoNotShip, redact.Sprintf("the data of %s", l.table)
	}
	f.Loses = true
	f.Title = redact.Plain(l.title)
	f.Detail = redact.Plain("Nothing but a backup brings the data back, and code that is running now may still use it.")
	return f
}

// newNames reports the names that a statement changes.
func newNames(c *rule.Case, s *migration.Statement, e *dialect.Effect, found func(rule.Found)) {
	for _, change := range e.Changes {
		if change.To == "" || strings.EqualFold(change.Name, change.To) || e.IsNewColumn(change.Name) {
			continue
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
		switch change.Verb {
		case dialect.RenameTable:
			if viewAfter(s, change.Name) {
				continue
			}
			f.Title = redact.Sprintf("Table %s becomes %s: the running code fails", change.Name, change.To)
			f.Fix = redact.Sprintf("Create a view %s over %s in the same file, and drop the view a release later.", change.Name, change.To)
		case dialect.RenameColumn, dialect.Modify:
			f.Title = redact.Sprintf("Column %s becomes %s: the running code fails", change.Name, change.To)
			f.Fix = redact.Sprintf("Add %s, write both columns, fill it in batches, and drop %s a release after the code reads %[1]s.", change.To, change.Name)
		default:
			continue
		}
		f.Detail = redact.Plain("Code that is running now uses the old name and fails from this statement on, until all of the code is replaced.")
		found(f)
	}
}

// viewAfter reports whether a later statement of the file creates a view with a name.
func viewAfter(s *migration.Statement, name string) bool {
	for _, later := range s.File.Statements {
		if later.Number > s.Number && later.Dialect != nil && later.Dialect.Kind == dialect.CreateView && strings.EqualFold(later.Dialect.Name, name) {
			return true
		}
	}
	return false
}
