package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// isContainer reports whether values of a type are searched by what they contain.
func isContainer(typ string) bool {
	return typ == "jsonb" || typ == "tsvector" || strings.HasSuffix(typ, "[]")
}

// contentUse reports whether a statement searches a column by containment, and whether it
// compares its whole value.
func contentUse(q *sql.Query, t *workload.Table, column string) (contains, whole bool) {
	for _, part := range q.Parts {
		a, b := contentUse(part, t, column)
		contains, whole = contains || a, whole || b
	}
	for _, cond := range q.Where {
		if cond.Left.Name != column || !rule.IsColumnOf(q, t, cond.Left) {
			continue
		}
		switch cond.Op {
		case sql.Contains:
			contains = true
		case sql.Eq, sql.In, sql.Range:
			whole = true
		}
	}
	for _, k := range slices.Concat(q.Sort, q.Group) {
		whole = whole || k.Column.Name == column && rule.IsColumnOf(q, t, k.Column)
	}
	return contains, whole
}
