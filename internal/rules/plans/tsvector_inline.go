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
	Title:  "Every text is taken apart into words to search it",
	Sees:   "A scan that drops nearly all it reads by to_tsvector(...) @@ query; in a text alone, that condition on a table of 10,000 rows or more without an index on such an expression.",
	Why:    "Without an index on the expression, or a stored tsvector, each text is parsed for each search: far dearer than reading it.",
	Silent: "An index on an expression of the column exists; a small table; the scan was stopped early.",
	Fix:    "A GIN index on to_tsvector('configuration', column), the configuration written out, or on a generated tsvector column.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/textsearch-tables.html#TEXTSEARCH-TABLES-INDEX",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, rule.DocumentRows, rule.TextShare},
	Rank:       rule.RankUnsargable,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !dropsNearlyAll(n) {
			return
		}
		for _, cond := range n.Filter() {
			if !parsesWords(cond) {
				continue
			}
			if t := n.Table(); t != nil && rule.HasExpressionOf(t, cond.ExprColumns[0].Name) {
				return // why it was not taken is another question
			}
			f, e := expressionFinding(n, cond, "each text of "+cond.ExprColumns[0].Name+" is taken apart into words for it")
			f.Evidence = e
			f.Fix = redact.Plain("Write the configuration out, to_tsvector('english', ...), in the query and in a GIN index on that expression: without it the result depends on a setting, and no index can be built on it.")
			if strings.Contains(cond.Expr.Raw(), "regconfig") {
				ix := indexOn(n, cond)
				ix.Method = "gin"
				f.Fix = redact.Plain("If it is searched often, a generated tsvector column with a GIN index also avoids the parsing for ranking and rechecks.")
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
				found(c.OnText(t, "takes the texts of "+figures.Count(table.RowCount().Or(0))+" rows apart into words for a search",
					"No index of "+table.QName()+" is on an expression of "+cond.ExprColumns[0].Name+". Judgment needed: whether another condition leaves few rows. EXPLAIN (ANALYZE, BUFFERS) settles it; without it, build nothing.",
					"A GIN index on to_tsvector with the configuration written out, as the query has it; or a generated tsvector column with a GIN index."))
				return
			}
		}
	},
}

// parsesWords reports whether a condition makes a tsvector of a column to search
// it.
func parsesWords(c sql.Cond) bool {
	return c.Op == sql.Contains && c.Operator == "@@" && c.Func == "to_tsvector" && len(c.ExprColumns) > 0
}
