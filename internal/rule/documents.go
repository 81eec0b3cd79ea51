package rule

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var DocumentRows = NewThreshold("rows", 10_000, "rows", "each document is unpacked to read the key; fewer rows take about 10 ms")

// HasExpressionOf reports whether an index of the table is on an expression
// that names the column.
func HasExpressionOf(t *workload.Table, column string) bool {
	for _, ix := range t.Indexes {
		for _, k := range ix.Def.Keys {
			if k.Column == "" && slices.ContainsFunc(sql.ColumnsOf(k.Expr.Raw()), func(c sql.Column) bool { return c.Name == column }) {
				return true
			}
		}
	}
	return false
}

// OfDocument reports whether a condition is on one key of a JSON document:
// doc ->> 'key'. The operators are immutable.
func OfDocument(c sql.Cond) bool {
	return c.Func == "" && (strings.Contains(c.Expr.Raw(), " ->> ") || strings.Contains(c.Expr.Raw(), " #>> "))
}
