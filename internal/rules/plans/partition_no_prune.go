package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	pruneMembers = rule.NewThreshold("partitions", 8, "partitions", "visited; fewer cost little")
	pruneEmpty   = rule.NewThreshold("empty_share", 0.9, "share", "of the partitions gave no row")
)

var partitionNoPrune = rule.Rule{
	ID:     "partition-no-prune",
	Title:  "Every partition is visited for rows of few",
	Sees:   "An Append of eight partitions or more of which nine in ten gave no row.",
	Why:    "Each partition is planned, opened and looked up; the time grows with their number, and planning with it.",
	Silent: "Partitions were removed before the execution; most of them gave rows; the empty ones and planning take no time that matters.",
	Fix:    "A condition on the partition key, of its own type and without a function around it.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITION-PRUNING",
	},
	Thresholds: []*rule.Threshold{pruneMembers, pruneEmpty},
	Rank:       rule.RankShape,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Append", "Merge Append") || n.Number("Subplans Removed").Or(0) > 0 || n.StoppedEarly() {
			return
		}
		var empty []*plan.Node
		ran, tables := 0, map[string]bool{}
		for _, child := range n.Children {
			if !child.Executed() {
				continue
			}
			ran++
			for _, below := range rule.Subtree(child) {
				if below.Relation != "" {
					tables[below.Relation] = true
				}
			}
			if child.RowsTotal.Or(1) == 0 {
				empty = append(empty, rule.Subtree(child)...)
			}
		}
		none := 0
		for _, child := range n.Children {
			if child.Executed() && child.RowsTotal.Or(1) == 0 {
				none++
			}
		}
		if float64(ran) < pruneMembers.In(c) || len(tables) < ran || float64(none) < pruneEmpty.In(c)*float64(ran) || none == ran {
			return
		}
		cost := n.Plan.CostOf(empty...)
		planning := n.Plan.PlanningMs.Or(0)
		if exec := n.Plan.ExecMs().Or(0); !n.Plan.Material(cost) && planning < max(exec, 10) {
			return
		}
		e := rule.OfNode(n)
		e.Number("partitions visited", opt.Of(float64(ran)), "", "plan")
		e.Number("partitions without a row", opt.Of(float64(none)), "", "plan")
		e.Number("time of those", cost.Ms, "ms", "plan")
		e.Number("Planning Time", n.Plan.PlanningMs, "ms", "plan")
		found(rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: max(n.Plan.Severity(cost), finding.Low), Evidence: e,
				Title:  redact.Sprintf("%s visits %d partitions, and %d of them give no row", n.Ref(), ran, none),
				Detail: redact.Sprintf("Those took %s; planning took %s.", cost.Took(), figures.Ms(planning)),
				Fix:    redact.Plain("Add a condition on the partition key: compared with a value of the key's own type, with no function around the column. If the query has one, check enable_partition_pruning and the value's type."),
				Where:  finding.Where{Relation: parentName(firstMember(n))},
			},
			Covered: append([]*plan.Node{n.Node}, empty...),
		})
	},
}

// firstMember is the scan of the first partition: which is the costliest
// differs from run to run.
func firstMember(n *rule.Node) *rule.Node {
	for _, below := range rule.Subtree(n.Node) {
		if below.Relation != "" {
			return n.Plan.Node(below)
		}
	}
	return n
}

// parentName is the partitioned table, where the catalogue tells; else the
// partition.
func parentName(n *rule.Node) string {
	if t := n.Table(); t != nil && t.Parent != nil {
		return t.Parent.QName()
	}
	return n.RelationName()
}
