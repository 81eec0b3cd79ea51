package queries

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var randomRows = rule.NewThreshold("rows", 10_000, "rows", "given a random number and sorted; fewer take a millisecond")

var orderByRandom = rule.Rule{
	ID:     "order-by-random",
	Title:  "ORDER BY random() numbers and sorts every row",
	Sees:   "A sort by random() of 10,000 rows or more; in a text alone, ORDER BY random() with a LIMIT on a table that is not known to be smaller.",
	Why:    "Every row that fits is read and given a number, so that a few can be taken: the cost is that of the whole table, each time.",
	Silent: "Few rows.",
	Fix:    "TABLESAMPLE for a sample; or a random key and the next rows from there, by an index.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-select.html#SQL-FROM",
	},
	Thresholds: []*rule.Threshold{randomRows, rule.TextShare},
	Rank:       rule.RankLimit,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Sort" || rule.Sorted(n.Node) < randomRows.In(c) || len(n.List("Sort Key")) == 0 || !isRandom(n.List("Sort Key")[0]) {
			return
		}
		covers := append([]*plan.Node{n.Node}, n.Children...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Sort Key", n.List("Sort Key")[0], "plan")
		e.Number("rows numbered and sorted", opt.Of(rule.Sorted(n.Node)), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s sorts %s rows by random() to take %s", n.Ref(), figures.Count(rule.Sorted(n.Node)), figures.Count(n.RowsTotal.Or(0))),
				Detail: redact.Sprintf("Reading, numbering and sorting took %s.", cost.Took()),
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
		found(c.OnText(t, "takes its rows in the order of random()",
			"Every row that fits is read, numbered and sorted each time. Judgment needed: how many these are. EXPLAIN (ANALYZE, BUFFERS) settles it; of a small table, leave it.", randomFix))
	},
}

const randomFix = "FROM t TABLESAMPLE SYSTEM (1) LIMIT n where a rough sample will do; else a random value of an indexed key: WHERE id >= (a random id) ORDER BY id LIMIT n."

func isRandom(key redact.Text) bool {
	return strings.HasPrefix(strings.Trim(key.Raw(), "("), "random()")
}
