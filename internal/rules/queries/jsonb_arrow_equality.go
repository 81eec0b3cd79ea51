package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var jsonbArrowEquality = rule.Rule{
	ID:     "jsonb-arrow-equality",
	Title:  "Lookup by a JSON key without an index",
	Sees:   "doc ->> 'key' = value as the only selective condition on a table of 10,000 rows or more, without an index on that expression.",
	Why:    "To the planner, ->> is a function call: no index on the document serves it, not even GIN. Every document is read and unpacked.",
	Silent: "An index is on an expression of the document. Another condition compares a column for equality. A small table. A statement that takes little time. A plan shows it (function-on-column).",
	Fix:    "Create an index on the expression ((doc ->> 'key')) for one key. For many keys, use doc @> '{...}' with a GIN index (jsonb_path_ops).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING", "https://www.postgresql.org/docs/current/indexes-expressional.html",
	},
	Thresholds: []*rule.Threshold{rule.DocumentRows, rule.TextShare},
	Rank:       rule.RankText,
	Forms:      []*rewrite.Rewrite{rewrite.Contains},
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
				return // an index may find the rows by this condition
			}
		}
		if column == "" || rule.HasExpressionOf(table, column) {
			return
		}
		f := c.OnText(t, "searches "+figures.Count(table.RowCount().Or(0))+" rows by a key of "+column+" that no index has",
			"No index of "+table.QName()+" is on an expression of "+column+", so each document is read and unpacked.",
			"Create an index on the expression (("+column+" ->> 'key')) for one key, then run ANALYZE. For many keys, use "+column+" @> '{\"key\": \"value\"}' with GIN ("+column+" jsonb_path_ops).")
		f.Decide("Is this one key queried often?", "EXPLAIN (ANALYZE, BUFFERS) with the key", "create no index")
		f.Number("rows", opt.Of(table.RowCount().Or(0)), "rows", "pg_class")
		found(f)
	},
}
