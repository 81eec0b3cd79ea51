package queries

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var randomRows = rule.NewThreshold("rows", 10_000, "rows", "sorted by a random number; fewer rows take a millisecond")

var orderByRandom = rule.Rule{
	ID:     "order-by-random",
	Title:  "ORDER BY random() sorts every row",
	Sees:   "A sort by random() of 10,000 rows or more. In a text alone: ORDER BY random() with LIMIT on a table that is not known to be smaller.",
	Why:    "Every matching row is read and sorted by a random number to keep a few. Each call costs as much as reading the whole table.",
	Silent: "Few rows.",
	Fix:    "Use TABLESAMPLE for a sample. Otherwise pick a random key and read the next rows with an index.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-select.html#SQL-FROM",
	},
	Thresholds: []*rule.Threshold{randomRows, rule.TextShare},
	Rank:       rule.RankLimit,
	Forms:      []*rewrite.Rewrite{rewrite.Sample},
	On:         []string{"Sort"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if rule.Sorted(n.Node) < randomRows.In(c) || len(n.List("Sort Key")) == 0 || !isRandom(n.List("Sort Key")[0]) {
			return
		}
		covers := append([]*plan.Node{n.Node}, n.Children...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Sort Key", n.List("Sort Key")[0], "plan")
		e.Number("rows sorted", opt.Of(rule.Sorted(n.Node)), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s sorts %s rows by random() and keeps %s", n.Ref(), figures.Count(rule.Sorted(n.Node)), figures.Count(n.RowsTotal.Or(0))),
				Detail: redact.Sprintf("Reading and sorting the rows %s.", cost.Took()),
				Fix:    redact.Plain(randomFix),
			},
			Covered: covers,
		}
		if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		random := false
		rule.Levels(t.Shape, func(q *sql.Query) {
			if len(q.Sort) > 0 && q.Limit && isRandom(q.Sort[0].Expr) {
				table := c.TableOf(q, "")
				random = random || table == nil || table.RowCount().Or(randomRows.In(c)) >= randomRows.In(c)
			}
		})
		if !random || t.Plan != nil || !c.Matters(t) {
			return
		}
		f := c.OnText(t, "sorts its rows by random()", "Every matching row is read and sorted on each call.", randomFix)
		f.Decide("Are there many matching rows?", "EXPLAIN (ANALYZE, BUFFERS)", "leave the statement as it is if the table is small")
		found(f)
	},
}

const randomFix = "Use FROM t TABLESAMPLE SYSTEM (1) LIMIT n if a rough sample is enough. Otherwise start at a random value of an indexed key: WHERE id >= (a random id) ORDER BY id LIMIT n."

func isRandom(key redact.Text) bool {
	return strings.HasPrefix(strings.Trim(key.Raw(), "("), "random()")
}
