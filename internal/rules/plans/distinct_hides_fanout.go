package plans

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	fanoutTimes = rule.NewThreshold("times", 2, "times", "the rows that the DISTINCT returns")
	fanoutEqual = rule.NewThreshold("equal", 0.1, "share", "of the table's rows that the DISTINCT returns; if fewer, its columns are equal in many rows")
	fanoutShare = rule.NewThreshold("share", 0.2, "share", "of the execution time, spent on the join and the DISTINCT; or on the DISTINCT alone, if it removes fewer rows")
)

var distinctHidesFanout = rule.Rule{
	ID:     "distinct-hides-fanout",
	Title:  "DISTINCT hides a join that multiplies rows",
	Sees:   "A DISTINCT, a GROUP BY without an aggregate, or a count(DISTINCT ...), above a join. It removes at least half of the rows, takes 20% of the time together with the join, and all its columns are from one side of the join.",
	Why:    "The join returns one row per match, and the DISTINCT removes all but one. The query only needs to know whether there is a match.",
	Silent: "Columns of both sides are selected; an aggregate counts or sums the rows; little time.",
	Fix:    "Use EXISTS (or IN) instead of the join: the search stops at the first match, and no DISTINCT is needed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-EXISTS",
	},
	Thresholds: []*rule.Threshold{fanoutTimes, fanoutEqual, fanoutShare, filterDiscard, onlyBlocks, readBlocks, lateEst, lateCost},
	Estimates:  true,
	Rank:       rule.RankRewrite,
	Forms:      []*rewrite.Rewrite{rewrite.DistinctExists},
	Subject:    "DISTINCT over a join",
	On:         []string{"Unique", "Aggregate", "Group"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) == 0 || n.Text("Partial Mode").Raw() == "Partial" {
			return
		}
		join, through := n.Children[0], []*plan.Node{n.Node}
		for join.Is("Sort", "Incremental Sort", "Gather", "Gather Merge", "Unique", "Aggregate", "Group") && len(join.Children) == 1 {
			through = append(through, join)
			join = join.Children[0]
		}
		if !join.Is("Nested Loop", "Hash Join", "Merge Join") || join.JoinType == "Semi" || join.JoinType == "Anti" || n.StoppedEarly() || n.Parent != nil && n.Parent.Is("Aggregate", "Unique", "Group") {
			return
		}
		in, out := rowsGiven(join).Or(0), rowsGiven(n.Node).Or(0)
		side, certain, ok := keysOfOneSide(n, through)
		counted := false
		if !ok {
			side, certain, counted = countedDistinct(n, through)
			if own := scanOf(join, side); own != nil {
				out = rowsGiven(own).Or(0)
			}
		}
		multiplied := in >= fanoutTimes.In(c)*max(out, 1)
		removing := n.Plan.Account().Share(usedBy(n.Plan, through)) >= fanoutShare.In(c)
		if !ok && !counted || n.Plan.Analyzed && !multiplied && !removing || in <= out {
			return
		}
		if own := scanOf(join, side); own != nil && n.Plan.Analyzed && own.Executions().Or(1) == 1 && in < fanoutTimes.In(c)*rowsGiven(own).Or(0) && out < fanoutEqual.In(c)*rowsGiven(own).Or(0) {
			return // the rows were equal before the join
		}
		covers := append(through, join)
		for _, below := range join.Children {
			if below.Type == "Hash" {
				covers = append(covers, below)
			}
		}
		if !n.Plan.Analyzed {
			covers = rule.Subtree(n.Node)
		}
		cost, share := n.Plan.CostOf(covers...), n.Plan.Account().Share(usedBy(n.Plan, covers))
		if n.Plan.Analyzed && (share < fanoutShare.In(c) || !n.Plan.Significant(cost)) || !n.Plan.Analyzed && (share < lateEst.In(c) || n.Plan.Account().Whole < lateCost.In(c)) {
			return
		}
		e := rule.OfNode(n)
		e.Number("input rows", opt.Of(in), "rows", "plan")
		e.Number("output rows", opt.Of(out), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s reduces the %s rows of a join to %s, all columns from %s", n.Ref(), figures.Count(in), figures.Count(out), side),
				Detail: redact.Sprintf("The join and the DISTINCT %s.", cost.Took()),
			},
			Covered: covers,
		}
		var other *rule.Node
		var keys []string
		f.Fix, other, keys = existsInstead(n, join, side, counted)
		if other != nil && n.Plan.Analyzed && readsTooMuch(other) && other.Use().Own.Or(0) > usedBy(n.Plan, covers) {
			f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: onColumns(other, filterFirst(other, keys)), Method: "defaults"}}}
			f.Detail = redact.Append(f.Detail, "Reading %s takes longer, also in the query with EXISTS: with the index it reads less.", other.RelationName())
		} else if other != nil {
			for i := range keys {
				keys[i] = lex.QuoteIdent(keys[i])
			}
			f.Index = redact.Sprintf("An index on %s (%s) then serves it.", other.RelationName(), strings.Join(keys, ", "))
		}
		if counted {
			f.Title = redact.Sprintf("%s counts the different rows of %s among the %s rows of a join (%s has %s)", n.Ref(), side, figures.Count(in), side, figures.Count(out))
		}
		if !n.Plan.Analyzed {
			if !multiplied {
				f.Severity = finding.Low // the estimate of a DISTINCT is rarely right
			}
			f.Decide("Does the join return several rows for one row of "+side+"?", "EXPLAIN (ANALYZE, BUFFERS) of the statement", "use EXISTS: the result is the same")
			f.Detail = redact.Sprintf("The join and the DISTINCT are %s of the estimated cost.", figures.Share(share))
		}
		if !certain {
			f.Tag = finding.Concern
			f.Decide("Is this a DISTINCT, or a GROUP BY that computes nothing?", "the query's text", "leave the query as it is")
			f.Fix = redact.Append(f.Fix, "If the query counts or sums rows of the other side, aggregate that side by its join column first, and join the result.")
		}
		if own := scanOf(join, side); own != nil {
			f.Where.Relation = n.Plan.Node(own).RelationName()
		}
		found(f)
	},
}

// countDistinct matches the output of a query that only counts different values.
var countDistinct = regexp.MustCompile(`^count\(DISTINCT "?(\w+)"?\.\w+\)$`)

// countedDistinct returns the table whose rows a plain aggregate counts by
// count(DISTINCT ...). It is certain if the plan or the query's text shows that.
func countedDistinct(n *rule.Node, through []*plan.Node) (side string, certain, ok bool) {
	if n.Type != "Aggregate" || n.Strategy != "Plain" {
		return "", false, false
	}
	var outputs []string
	for _, o := range n.List("Output") {
		outputs = append(outputs, o.Raw())
	}
	if len(outputs) > 0 {
		if m := countDistinct.FindStringSubmatch(outputs[0]); m != nil && len(outputs) == 1 {
			return m[1], true, true
		}
		return "", false, false
	}
	for _, x := range through { // from 16 on the rows are sorted for it
		if keys := conditions.SortKeys(x); x.Type == "Sort" && len(keys) == 1 && keys[0].Column.Table != "" {
			return keys[0].Column.Table, false, true
		}
	}
	return "", false, false
}

// readsTooMuch reports whether a scan removes at least half of what it reads, or reads its
// rows from scattered pages of the table: the columns that EXISTS needs are few.
func readsTooMuch(n *rule.Node) bool {
	low, _, ok := n.Discard()
	rows, blocks, known := opt.Two(n.RowsTotal, n.SelfBlocks())
	return ok && low >= filterDiscard.In(n.Plan.Case) ||
		known && n.Is("Index Scan", "Bitmap Heap Scan") && blocks >= max(onlyBlocks.In(n.Plan.Case)*rows, readBlocks.In(n.Plan.Case))
}

// filterFirst puts the columns that a scan compares with constants before those of a join:
// the scan then finds its rows by them, and a lookup by all of them as well.
func filterFirst(n *rule.Node, columns []string) []string {
	filtered := func(name string) bool {
		return slices.ContainsFunc(conditions.Of(n.Node), func(c sql.Cond) bool { return c.Op == sql.Eq && c.Left.Name == name && c.Value < sql.Runtime })
	}
	return slices.SortedStableFunc(slices.Values(columns), func(a, b string) int {
		switch {
		case filtered(a) == filtered(b):
			return 0
		case filtered(a):
			return -1
		}
		return 1
	})
}

// onColumns is the index on columns of a scan's table.
func onColumns(n *rule.Node, columns []string) *indexadvisor.Index {
	ix := &indexadvisor.Index{Schema: n.Schema, Table: n.Relation, IndexDef: workload.IndexDef{Method: "btree"}}
	if t := n.Table(); t != nil {
		ix.Schema = t.Schema
	}
	for _, name := range columns {
		ix.Keys = append(ix.Keys, workload.IndexKey{Column: name})
	}
	return ix
}

// existsInstead returns the rewrite, with the plan's own names where one table is joined
// to another one, and the scan of that and the columns of the index that serves it, if
// there is none yet.
func existsInstead(n *rule.Node, join *plan.Node, side string, counted bool) (fix redact.Text, lacks *rule.Node, keys []string) {
	const general = "Replace the join with EXISTS and remove the DISTINCT."
	if join.JoinType == "Left" || join.JoinType == "Right" {
		return redact.Plain("Remove the outer join and the DISTINCT: the join removes no row and adds no column, it only repeats rows."), nil, nil
	}
	own := scanOf(join, side)
	var others []*plan.Node
	for _, m := range rule.Subtree(join) {
		if m.Relation != "" && m != own && m.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") {
			others = append(others, m)
		}
	}
	if own == nil || len(others) != 1 {
		return redact.Plain(general), nil, nil
	}
	other := others[0]
	conds := []redact.Text{}
	for _, property := range [...]string{"Hash Cond", "Merge Cond", "Join Filter"} {
		if text := join.Text(property); !text.Empty() {
			conds = append(conds, text)
		}
		for _, c := range conditions.Own(other, conditions.Parse(join, property)) {
			keys = append(keys, c.Left.Name)
		}
	}
	for _, c := range conditions.Of(other) {
		if c.Op == sql.Eq && c.Left.Name != "" {
			keys = append(keys, c.Left.Name)
		}
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return k == "" })
	if len(conds) == 0 || len(keys) == 0 {
		return redact.Plain(general), nil, nil
	}
	if cond := ownCondition(other); !cond.Empty() {
		conds = append(conds, cond)
	}
	what := "..."
	if counted {
		what = "count(*)"
	}
	fix = redact.Append(redact.Plain(general), "SELECT %s FROM %s WHERE EXISTS (SELECT 1 FROM %s WHERE %s).", what, named(own), named(other), redact.Join(conds, " AND "))
	if !leads(n.Plan.Node(other).Table(), keys[0]) || len(keys) > 1 {
		return fix, n.Plan.Node(other), keys
	}
	return fix, nil, nil
}
