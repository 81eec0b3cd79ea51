package queries

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var keysetWithoutTiebreaker = rule.Rule{
	ID:     "keyset-without-tiebreaker",
	Title:  "Paging by a column that is not unique skips rows",
	Sees:   "WHERE k > value ... ORDER BY k LIMIT n on one table, where no unique index is on k, alone or with the columns that are compared for equality.",
	Why:    "Where several rows have the last one's k, the next page begins behind all of them: those that did not fit on the page are never seen. Polling for what was changed since loses rows in the same way.",
	Silent: "A unique column stands behind k in ORDER BY, or k is unique; the table's indexes are not in the input.",
	Fix:    "A unique column behind it: ORDER BY k, id with WHERE (k, id) > (last k, last id), and an index on (k, id).",
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
		beyond, held := false, []string{column}
		for _, cond := range q.Where {
			switch {
			case cond.Op == sql.Range && cond.Left.Name == column && (cond.Value == sql.Param || cond.Value == sql.Const) && (cond.Operator == ">" && !q.Sort[0].Desc || cond.Operator == "<" && q.Sort[0].Desc):
				beyond = true
			case cond.Op == sql.Range && cond.Left.Name == column:
				return // a window of time, and no page
			case cond.Op == sql.Eq && cond.Left.Name != "":
				held = append(held, cond.Left.Name)
			}
		}
		if !beyond || uniqueAmong(table, held) {
			return
		}
		found(c.OnText(t, "pages by "+column+" alone, which is not unique: rows with the same "+column+" are skipped",
			"No unique index of "+table.QName()+" is on "+column+". A page that ends among rows with one "+column+" leaves the others of them out for good. "+
				"Judgment needed: whether the statement pages, or polls, by the last "+column+" it has seen. The application's code settles it; without it, add the tiebreaker: it does no harm.",
			"ORDER BY "+column+", and the primary key behind it; WHERE ("+column+", key) > (the last row's two), and an index on both."))
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
