package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	pruneMembers = rule.NewThreshold("partitions", 8, "partitions", "visited; fewer cost little")
	pruneEmpty   = rule.NewThreshold("empty_share", 0.9, "share", "of the partitions returned no row")
)

var partitionNoPrune = rule.Rule{
	ID:     "partition-no-prune",
	Title:  "Partitions are not pruned",
	Sees:   "An Append of at least eight partitions of which at least 90% returned no row.",
	Why:    "Each partition is planned, opened and scanned. Planning and execution time grow with the number of partitions.",
	Silent: "Partitions were pruned before execution, most of them returned rows, or the empty ones and planning take no significant time.",
	Fix:    "Add a condition on the partition key, with a value of its own type and without a function around the column.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITION-PRUNING",
	},
	Thresholds: []*rule.Threshold{pruneMembers, pruneEmpty},
	Rank:       rule.RankShape,
	Forms:      []*rewrite.Rewrite{rewrite.DateRange},
	On:         []string{"Append", "Merge Append"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Number("Subplans Removed").Or(0) > 0 || n.StoppedEarly() {
			return
		}
		var empty []*plan.Node
		ran, none := 0, 0
		for _, child := range n.Children {
			if !child.Executed() {
				continue
			}
			ran++
			// Of several executions, 0 rows may be a rounded average.
			if child.RowsTotal.Or(1) == 0 && (child.Executions().Or(1) <= 1 || child.RowsNear(1).Or(1) == 0) {
				none++
				empty = append(empty, rule.Subtree(child)...)
			}
		}
		if float64(ran) < pruneMembers.In(c) || float64(none) < pruneEmpty.In(c)*float64(ran) || none == ran || tablesBelow(n.Node) < ran {
			return
		}
		cost := n.Plan.CostOf(empty...)
		planning := n.Plan.PlanningMs.Or(0)
		if exec := n.Plan.ExecMs().Or(0); !n.Plan.Significant(cost) && planning < max(exec, 10) {
			return
		}
		e := rule.OfNode(n)
		e.Number("partitions visited", opt.Of(float64(ran)), "", "plan")
		e.Number("partitions without a row", opt.Of(float64(none)), "", "plan")
		e.Number("time of partitions without a row", cost.Ms, "ms", "plan")
		e.Number("Planning Time", n.Plan.PlanningMs, "ms", "plan")
		found(rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: max(n.Plan.Severity(cost), finding.Low), Evidence: e,
				Title:  redact.Sprintf("%s scans %d partitions, %d without a matching row", n.Ref(), ran, none),
				Detail: redact.Sprintf("The partitions without a row %s. Planning took %s.", cost.Took(), figures.Ms(planning)),
				Fix:    redact.Plain("Add a condition on the partition key, with a value of the key's own type and without a function around the column. If the query has one, check enable_partition_pruning and the type of the value."),
				Where:  finding.Where{Relation: parentName(firstMember(n))},
			},
			Covered: append([]*plan.Node{n.Node}, empty...),
		})
	},
}

// firstMember returns the scan of the first partition: the costliest one differs from
// run to run.
func firstMember(n *rule.Node) *rule.Node {
	for _, below := range rule.Subtree(n.Node) {
		if below.Relation != "" {
			return n.Plan.Node(below)
		}
	}
	return n
}

// parentName returns the partitioned table if the catalog has it, otherwise the
// partition.
func parentName(n *rule.Node) string {
	if t := n.Table(); t != nil && t.Parent != nil {
		return t.Parent.QName()
	}
	return n.RelationName()
}

// tablesBelow is the number of tables that are read below the parts of a node that ran.
func tablesBelow(n *plan.Node) int {
	tables := map[string]bool{}
	for _, child := range n.Children {
		if !child.Executed() {
			continue
		}
		for _, below := range rule.Subtree(child) {
			if below.Relation != "" {
				tables[below.Relation] = true
			}
		}
	}
	return len(tables)
}
