package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
)

// actionColumn names the column of an action.
func actionColumn(a *ddl.Action) string {
	switch {
	case a.Column != nil:
		return quoted(a.Column.Name)
	case a.Was != nil:
		return quoted(a.Was.Name)
	case a.Name != "":
		return quoted(a.Name)
	}
	return "the column"
}

// sameColumn reports whether two actions are on one column of one table.
func sameColumn(a, b *ddl.Action) bool {
	return sameTable(a, b) && columnName(a) != "" && columnName(a) == columnName(b)
}

func columnName(a *ddl.Action) string {
	switch {
	case a.Column != nil:
		return a.Column.Name
	case a.Was != nil:
		return a.Was.Name
	}
	return a.Name
}

// inlineConstraints returns the constraints that ADD COLUMN writes beside its column,
// as the parser names them: "CONSTR_CHECK".
func inlineConstraints(a *ddl.Action) []string {
	def := a.Node.Child("def")
	if def.Kind != "ColumnDef" {
		return nil
	}
	var list []string
	for _, k := range def.List("constraints") {
		list = append(list, k.Get("contype").String())
	}
	return list
}

// addsItself reports whether a column needs no default to be filled: its type or
// definition does it.
func addsItself(col *catalog.Column) bool {
	return col.Default.There() || col.Identity != "" || col.Generated != "" || col.Type.Serial
}

// isVolatileDefault reports whether ADD COLUMN rewrites the table because the default
// is volatile.
func isVolatileDefault(a *ddl.Action) bool {
	return a.Rewrites && a.Column != nil && strings.HasPrefix(a.Why, "the default is volatile")
}
