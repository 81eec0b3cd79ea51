package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// renamed are the renames of one kind of object that was there before.
func renamed(c *rule.Case, s *migration.Statement, kinds ...string) []*ddl.Action {
	return slices.DeleteFunc(onExisting(c, s, ddl.Rename), func(a *ddl.Action) bool { return !slices.Contains(kinds, a.Target) })
}

// renameFinding is a finding about a rename that running code does not survive.
func renameFinding(c *rule.Case, s *migration.Statement, a *ddl.Action, what string) rule.Found {
	f := c.About(s, a.Table, finding.Confirmed, finding.High)
	f.Title = redact.Sprintf("Code that uses %s fails as soon as it is renamed to %s", what, quoted(a.To))
	f.Detail = redact.Plain("The rename is instant, but during the deploy either the old or the new code runs on a name that is not there. No order of the two is safe.")
	return f
}

// bridge returns the later statement of the same transaction that creates a view with
// the old name of a renamed table, over all of its columns and simple enough to write
// through; nil if there is none.
func bridge(c *rule.Case, s *migration.Statement, a *ddl.Action) *migration.Statement {
	if a.Table == nil {
		return nil
	}
	for _, later := range laterInTransaction(c, s) {
		for _, b := range done(later, ddl.CreateView) {
			name := b.Name
			if b.Table != nil {
				name = b.Table.Name.Short()
			}
			if name == a.Table.Name.Short() && writableThrough(b.Node.Child("query"), a) {
				return later
			}
		}
	}
	return nil
}

// writableThrough reports whether a view's query reads one relation, the renamed one,
// with all of its columns, so that INSERT and UPDATE pass through it.
func writableThrough(q sql.Node, a *ddl.Action) bool {
	from := q.List("fromClause")
	if len(from) != 1 || from[0].Kind != "RangeVar" || from[0].Get("relname").String() != a.To {
		return false
	}
	for _, clause := range []string{"groupClause", "distinctClause", "limitCount", "limitOffset", "havingClause", "withClause", "valuesLists", "whereClause"} {
		if q.Get(clause).Exists() {
			return false
		}
	}
	columns := map[string]bool{}
	for _, target := range q.List("targetList") {
		v := target.Child("val")
		if v.Kind != "ColumnRef" {
			return false
		}
		fields := v.List("fields")
		if len(fields) > 0 && fields[len(fields)-1].Kind == "A_Star" {
			return true
		}
		if name := v.Strs("fields"); len(name) > 0 {
			columns[name[len(name)-1]] = true
		}
	}
	return len(columns) >= len(a.Table.Columns)
}

// swapped reports whether another table or column gets the old name in the same
// transaction, so that code finds one there at any time.
func swapped(c *rule.Case, s *migration.Statement, a *ddl.Action) bool {
	if a.Table == nil {
		return false
	}
	for _, later := range laterInTransaction(c, s) {
		for _, b := range done(later, ddl.Rename) {
			switch {
			case b.Target != a.Target:
			case a.Target == "table" && b.To == a.Table.Name.Name && !sameTable(a, b), a.Target == "column" && b.To == a.Name && sameTable(a, b):
				return true
			}
		}
	}
	return false
}
