package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var tsvectorInline = rule.Rule{
	ID:     "tsvector-inline",
	Title:  "Full-text search parses every text",
	Sees:   "A scan that removes nearly all rows by to_tsvector(...) @@ query. In a text alone: that condition on a table of at least 10,000 rows without an index on such an expression.",
	Why:    "Without an index on the expression or a stored tsvector, each text is parsed for each search, which costs far more than reading it.",
	Silent: "There is an index on an expression of the column, the table is small, or the scan was stopped early.",
	Fix:    "Create a GIN index on to_tsvector('configuration', column), with the configuration written out, or on a generated tsvector column.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/textsearch-tables.html#TEXTSEARCH-TABLES-INDEX",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, rule.DocumentRows, rule.TextShare},
	Rank:       rule.RankUnsargable,
	On:         []string{"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !dropsNearlyAll(n) {
			return
		}
		for _, cond := range n.Filter() {
			if !parsesWords(cond) {
				continue
			}
			if t := n.Table(); t != nil && rule.HasExpressionOf(t, cond.ExprColumns[0].Name) {
				return // why the plan does not use it is another question
			}
			f, e := expressionFinding(n, cond, "to_tsvector parses each text of "+cond.ExprColumns[0].Name)
			f.Evidence = e
			f.Fix = redact.Plain("Write out the configuration, to_tsvector('english', ...), in the query, and create a GIN index on that expression. Without a configuration the result depends on a setting and cannot be indexed.")
			if strings.Contains(cond.Expr.Raw(), "regconfig") {
				ix := indexOn(n, cond)
				ix.Method = "gin"
				f.Fix = redact.Plain("For frequent searches, use a generated tsvector column with a GIN index instead: that also avoids parsing for ranking and rechecks.")
				f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
			}
			found(f)
			return
		}
	},
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		table := c.TableOf(t.Shape, "")
		if t.Plan != nil || table == nil || table.RowCount().Or(0) < rule.DocumentRows.In(c) || !c.Snapshot.IndexesKnown(table) || !c.Matters(t) {
			return
		}
		for _, cond := range t.Shape.Where {
			if parsesWords(cond) && !rule.HasExpressionOf(table, cond.ExprColumns[0].Name) {
				f := c.OnText(t, "parses the texts of "+figures.Count(table.RowCount().Or(0))+" rows for a full-text search",
					"No index of "+table.QName()+" is on an expression of "+cond.ExprColumns[0].Name+".",
					"Create a GIN index on to_tsvector with the configuration written out as in the query, or on a generated tsvector column.")
				f.Decide("Do the other conditions leave many rows?", "EXPLAIN (ANALYZE, BUFFERS) of such a statement", "create no index")
				found(f)
				return
			}
		}
	},
}

// parsesWords reports whether a condition searches a tsvector computed from a column.
func parsesWords(c sql.Cond) bool {
	return c.Op == sql.Contains && c.Operator == "@@" && c.Func == "to_tsvector" && len(c.ExprColumns) > 0
}
