package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	fanoutRows  = NewThreshold("rows", 100_000, "rows", "that go into the DISTINCT")
	fanoutTimes = NewThreshold("times", 10, "times", "as many as come out of it")
)

var distinctHidesFanout = Rule{
	ID:     "distinct-hides-fanout",
	Title:  "DISTINCT takes back what a join multiplied",
	Sees:   "A DISTINCT, or a GROUP BY without an aggregate, directly over a join, that drops nine rows in ten of 100,000 or more, where all its columns are of one side.",
	Why:    "The join makes a row for each match, and all but one are thrown away again. What is meant is whether there is a match.",
	Silent: "Columns of both sides are wanted; an aggregate counts or sums the rows; few rows.",
	Fix:    "EXISTS (or IN) instead of the join: the search stops at the first match, and no DISTINCT is needed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-EXISTS",
	},
	Thresholds: []*Threshold{fanoutRows, fanoutTimes},
	Rank:       rankShape - 2,
	Subject:    "DISTINCT over a join",
	Node: func(c *Case, n *Node, found func(Found)) {
		if !n.Is("Unique", "Aggregate") || len(n.Children) == 0 {
			return
		}
		join, through := n.Children[0], []*plan.Node{n.Node}
		for join.Is("Sort", "Incremental Sort", "Gather", "Gather Merge", "Unique", "Aggregate") && len(join.Children) == 1 {
			through = append(through, join)
			join = join.Children[0]
		}
		in, out := join.RowsTotal.Or(0), n.RowsTotal.Or(0)
		if !join.Is("Nested Loop", "Hash Join", "Merge Join") || in < fanoutRows.In(c) || in < fanoutTimes.In(c)*max(out, 1) || n.StoppedEarly() || n.Parent != nil && n.Parent.Is("Aggregate", "Unique") {
			return
		}
		side, ok := n.keysOfOneSide(through)
		if !ok {
			return
		}
		cost := n.Plan.costOf(append(through, join)...)
		if !n.Plan.material(cost) {
			return
		}
		e := ofNode(n)
		e.number("rows that go in", opt.Of(in), "rows", "plan")
		e.number("rows that come out", opt.Of(out), "rows", "plan")
		f := Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s makes %s rows of the %s that a join made, all columns from %s", n.name(), figures.Count(out), figures.Count(in), side),
				Detail: redact.Sprintf("Join and DISTINCT took %s. Judgment needed: whether the join only asks if there is a match. The query's text settles it; without it, leave it as it is.", cost.took()),
				Fix:    redact.Plain("EXISTS instead of the join, and no DISTINCT."),
			},
			covers: through,
		}
		for _, below := range subtree(join) {
			if below.Relation != "" && (below.Alias == side || below.Relation == side) {
				f.Where.Relation = n.Plan.node(below).RelationName()
			}
		}
		found(f)
	},
}

// keysOfOneSide is the one table that all keys of a DISTINCT are of.
func (n *Node) keysOfOneSide(through []*plan.Node) (string, bool) {
	side := ""
	for _, x := range through {
		if x.Type == "Aggregate" && x != n.Node && x.Text("Partial Mode").Raw() != "Partial" {
			return "", false
		}
		var keys []string
		for _, k := range append(x.List("Group Key"), x.List("Sort Key")...) {
			keys = append(keys, k.Raw())
		}
		for _, k := range sql.ParseKeys(keys) {
			if k.Column.Name == "" || k.Column.Table == "" || side != "" && k.Column.Table != side {
				return "", false
			}
			side = k.Column.Table
		}
	}
	// An aggregate that counts or sums would show it in its output; without
	// that the width tells: keys alone are what is read below.
	if n.Type == "Aggregate" {
		for _, o := range n.List("Output") {
			if strings.Contains(o.Raw(), "(") {
				return "", false
			}
		}
		if len(n.List("Output")) == 0 && (n.Plan.Query == nil || !n.Plan.Query.Distinct) {
			return "", false
		}
	}
	return side, side != ""
}
