package migrations

import (
	"slices"
	"strconv"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// irreversible are the statements of a file that lose data that was there before.
func irreversible(c *rule.Case, file *migration.File) []*migration.Statement {
	return slices.DeleteFunc(statementsOf(file), func(s *migration.Statement) bool {
		for _, a := range onExisting(c, s, ddl.DropColumn, ddl.DropTable, ddl.DropObject, ddl.Truncate, ddl.Write) {
			switch {
			case a.Verb == ddl.DropColumn && oldColumn(a), a.Verb == ddl.Truncate:
				return false
			case a.Verb == ddl.DropTable && a.Table != nil && a.Table.IsTable() && !a.Table.Temporary:
				return false
			case a.Verb == ddl.DropObject && a.Target == "schema":
				return false
			case a.Verb == ddl.Write && a.Name == "DELETE" && !a.Node.Get("whereClause").Exists() && a.Table != nil && !a.Table.Temporary && !migration.Bookkeeping(a.Table.Name.Name):
				return false
			}
		}
		return true
	})
}

// breaking are the statements of a file after which code that is running now fails,
// with what they break.
func breaking(c *rule.Case, file *migration.File) (list []*migration.Statement, renames int) {
	for _, s := range statementsOf(file) {
		breaks := false
		for _, a := range onExisting(c, s, ddl.DropColumn, ddl.DropTable, ddl.Rename, ddl.AlterType) {
			switch {
			case a.Verb == ddl.DropColumn && oldColumn(a):
				_, again := readded(c, s, a)
				breaks = breaks || again == nil
			case a.Verb == ddl.DropTable && a.Table != nil && (a.Table.IsTable() || a.Table.Kind == catalog.View || a.Table.Kind == catalog.MatView) && !a.Table.Temporary && recreated(c, s, a) == nil:
				breaks = true
			case a.Verb == ddl.Rename && (a.Target == "table" || a.Target == "view" || a.Target == "column" && (columnBefore(a) == nil || columnBefore(a).Since == 0)):
				if bridge(c, s, a) == nil && !swapped(c, s, a) {
					breaks = true
					renames++
				}
			}
		}
		if breaks {
			list = append(list, s)
		}
	}
	return list, renames
}

// columnBefore returns the column that an action changes, as it was.
func columnBefore(a *ddl.Action) *catalog.Column {
	if a.Was != nil {
		return a.Was
	}
	if a.Table != nil {
		return a.Table.Column(a.Name)
	}
	return nil
}

// lines says where statements of one file are: "line 3", "lines 3 and 5".
func lines(list []*migration.Statement) string {
	var numbers []string
	for _, s := range list {
		if n := strconv.Itoa(s.Line); !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 1 {
		return "line " + numbers[0]
	}
	return "lines " + rule.Words(rule.FirstFew(numbers))
}
