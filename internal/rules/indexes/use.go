package indexes

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// readPerScan is how many entries a scan of an index read on average; 0 if
// there was none.
func readPerScan(ix *workload.Index) (float64, bool) {
	scans, read, ok := opt.Two(ix.SinceReset().Scans, ix.SinceReset().TupRead)
	return read / max(scans, 1), ok
}

// readInPlaceOf reports whether a statement may read an index on a column in
// place of the table.
func readInPlaceOf(c *rule.Case, t *workload.Table, column string) bool {
	return c.UnreadOn(t) || slices.ContainsFunc(c.On(t), func(s *workload.Statement) bool { return rule.ReadsAlone(c.Statements[s], t, column) })
}

// lookups returns the statements that look rows of the table up by the columns.
func lookups(c *rule.Case, t *workload.Table, columns []string) []*workload.Statement {
	var list []*workload.Statement
	for _, s := range c.On(t) {
		if rule.LooksUp(c.Statements[s], t, columns) {
			list = append(list, s)
		}
	}
	return list
}

// columnUse reports whether a statement looks a table's rows up by a column's
// values, and whether it also needs the rows where the column is NULL: for IS NULL,
// an order or groups.
func columnUse(q *sql.Query, t *workload.Table, column string) (byValue, byNull bool) {
	for _, part := range q.Parts {
		value, null := columnUse(part, t, column)
		byValue, byNull = byValue || value, byNull || null
	}
	is := func(col sql.Column) bool { return col.Name == column && rule.IsColumnOf(q, t, col) }
	for _, cond := range q.Where {
		switch {
		case cond.Op == sql.IsNull && is(cond.Left), cond.Op == sql.Or && (is(cond.Left) || anyIsNull(cond.Any, is)):
			byNull = true
		case is(cond.Left) && cond.Op != sql.NotNull, is(cond.Other):
			byValue = true
		}
	}
	for _, k := range slices.Concat(q.Sort, q.Group) {
		byNull = byNull || is(k.Column)
	}
	return byValue, byNull
}

func anyIsNull(branches [][]sql.Cond, is func(sql.Column) bool) bool {
	return slices.ContainsFunc(branches, func(branch []sql.Cond) bool {
		return slices.ContainsFunc(branch, func(c sql.Cond) bool { return is(c.Left) })
	})
}

// leads reports whether a usable index of the table begins with the column.
func leads(c *rule.Case, t *workload.Table, column string) bool {
	return len(beginningWith(c, t, []workload.IndexKey{{Column: column}})) > 0
}

var (
	unusedYoung = rule.NewThreshold("young_days", 7, "days", "a period without a weekend says nothing about weekly jobs")
)

// These texts are the same for every index that may be dropped.
const (
	canDoWithout          = "Can replicas and rare jobs (month-end, yearly) do without this index?"
	dropKeepingDefinition = "Drop the index with DROP INDEX CONCURRENTLY and keep its definition."
)

// usedByPlan reports whether a plan of the case scans an index, which the
// counters may not show yet, or show on another server.
func usedByPlan(c *rule.Case, ix *workload.Index) bool {
	for _, p := range c.Plans {
		for n := range p.Nodes() {
			if n.Index == ix.Name && n.Executed() {
				return true
			}
		}
	}
	return false
}

// walPerDay is the WAL that the index adds per day, by the cost model.
func walPerDay(c *rule.Case, ix *workload.Index) opt.Float {
	return c.Advisor.IndexCost(ix).WALBytesPerDay
}

// comparesAny reports whether one of the conditions is on such a column, or on
// something unknown.
func comparesAny(conds []sql.Cond, is func(sql.Column) bool) (found bool) {
	rule.EachCond(conds, func(c sql.Cond) {
		found = found || is(c.Left) || is(c.Other) || slices.ContainsFunc(c.Others, is) || slices.ContainsFunc(c.ExprColumns, is) ||
			c.Op == sql.Unknown && c.Left.Name == "" && len(c.ExprColumns) == 0
	})
	return found
}
