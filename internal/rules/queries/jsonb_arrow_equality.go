package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var jsonbArrowEquality = rule.Rule{
	ID:     "jsonb-arrow-equality",
	Title:  "Documents are looked up by a key that no index has",
	Sees:   "doc ->> 'key' = value as the only way into a table of 10,000 rows or more, of whose indexes none is on that expression.",
	Why:    "The operator ->> is a function to the planner: no index on the document answers it, GIN neither. Every document is read and unpacked.",
	Silent: "An index is on an expression of the document; another condition compares a column for equality; a small table; a statement that takes little of the time; its plan says it (function-on-column).",
	Fix:    "An index on the expression, ((doc ->> 'key')), for one key; doc @> '{...}' with a GIN index (jsonb_path_ops) for many.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING", "https://www.postgresql.org/docs/current/indexes-expressional.html",
	},
	Thresholds: []*rule.Threshold{rule.DocumentRows, rule.TextShare},
	Rank:       rule.RankText,
	Subject:    "expression on a column",
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		q := t.Shape
		table := c.TableOf(q, "")
		if t.Plan != nil || table == nil || table.RowCount().Or(0) < rule.DocumentRows.In(c) || !c.Snapshot.IndexesKnown(table) || !c.Matters(t) {
			return
		}
		column := ""
		for _, cond := range q.Where {
			switch {
			case cond.Op == sql.Eq && rule.OfDocument(cond) && len(cond.ExprColumns) == 1:
				column = cond.ExprColumns[0].Name
			case cond.Left.Name != "" && (cond.Op == sql.Eq || cond.Op == sql.In || cond.Op == sql.Contains):
				return // by that one it may be found
			}
		}
		if column == "" || rule.HasExpressionOf(table, column) {
			return
		}
		f := c.OnText(t, "looks "+figures.Count(table.RowCount().Or(0))+" rows up by a key of "+column+" that no index has",
			"No index of "+table.QName()+" is on an expression of "+column+", so each document is read and unpacked. Judgment needed: whether this key is asked for often, or another one each time. EXPLAIN (ANALYZE, BUFFERS) with the key settles it; without it, build nothing.",
			"For one key an index on the expression itself, (("+column+" ->> 'key')), and ANALYZE. For many keys "+column+" @> '{\"key\": \"value\"}' with GIN ("+column+" jsonb_path_ops).")
		e := rule.Evidence(f.Evidence)
		e.Number("rows", opt.Of(table.RowCount().Or(0)), "rows", "pg_class")
		f.Evidence = e
		found(f)
	},
}
