package queries

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var keysetWithoutTiebreaker = rule.Rule{
	ID:    "keyset-without-tiebreaker",
	Title: "Keyset pagination by a non-unique column skips rows",
	Sees:  "WHERE k > value ... ORDER BY k LIMIT n on one table without a unique index on k, alone or with the columns compared for equality.",
	Why: "If several rows share the last value of k, the next page starts after all of them. Those that did not fit on the page are never shown. Polling for changes since a " +
		"timestamp loses rows in the same way.",
	Silent: "ORDER BY has a unique column after k, or k is unique. The table's indexes are not in the input.",
	Fix:    "Add a unique column: ORDER BY k, id with WHERE (k, id) > (last k, last id), and create an index on (k, id).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-comparisons.html#ROW-WISE-COMPARISON",
	},
	Rank: rule.RankText,
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		q := t.Shape
		if q.Kind != sql.Select || !q.Limit || q.LimitTo == 1 || len(q.Tables) != 1 || len(q.Sort) != 1 || q.Sort[0].Column.Name == "" || len(q.Group) > 0 || q.Distinct {
			return
		}
		column := q.Sort[0].Column.Name
		table := c.TableOf(q, "")
		if table == nil || table.Kind == "v" || len(table.Indexes) == 0 {
			return
		}
		after, fixed := false, []string{column}
		for _, cond := range q.Where {
			switch {
			case cond.Op == sql.Range && cond.Left.Name == column && (cond.Value == sql.Param || cond.Value == sql.Const) && (cond.Operator == ">" && !q.Sort[0].Desc || cond.Operator == "<" && q.Sort[0].Desc):
				after = true
			case cond.Op == sql.Range && cond.Left.Name == column:
				return // a time range, not a page
			case cond.Op == sql.Eq && cond.Left.Name != "":
				fixed = append(fixed, cond.Left.Name)
			}
		}
		if !after || uniqueAmong(table, fixed) {
			return
		}
		f := c.OnText(t, "pages by "+column+" alone, which is not unique: rows with the same "+column+" are skipped",
			"No unique index of "+table.QName()+" is on "+column+". If a page ends among rows with the same "+column+", the rest of these rows is never shown.",
			"Sort by "+column+" and the primary key, with WHERE ("+column+", key) > (both values of the last row). Create an index on both.")
		f.Decide("Does the statement page or poll by the last "+column+" that it has seen?", "the application's code", "add the primary key to the sort, which does no harm")
		found(f)
	},
}

// uniqueAmong reports whether a unique index is on some of the columns, and on
// no other.
func uniqueAmong(t *workload.Table, columns []string) bool {
	for _, ix := range t.Indexes {
		if !ix.Unique.Or(ix.Def.Unique) || !ix.Def.Where.Empty() || len(ix.Def.Keys) == 0 {
			continue
		}
		if !slices.ContainsFunc(ix.Def.Keys, func(k workload.IndexKey) bool { return k.Column == "" || !slices.Contains(columns, k.Column) }) {
			return true
		}
	}
	return false
}
