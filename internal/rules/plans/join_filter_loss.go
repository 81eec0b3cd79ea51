package plans

import (
	"regexp"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	pairsRemoved = rule.NewThreshold("removed", 100_000, "rows", "pairs that were made and thrown away")
	pairsMade    = rule.NewThreshold("pairs", 1_000_000, "rows", "that a nested loop makes over kept rows, whatever it drops: a tenth of a second and more")
	pairsLoops   = rule.NewThreshold("loops", 100, "", "over these kept rows")
	pairsTime    = rule.NewThreshold("pairs_share", 0.2, "share", "of the execution, spent on making them")
)

// pairsMany is the share of pairs kept from which on no lookup would spare many.
const pairsMany = 0.1

// overlap is a condition that GiST answers: of PostGIS, of ranges and networks.
var overlap = regexp.MustCompile(`(?i)\bst_(?:d?within|intersects|contains|covers|coveredby|crosses|overlaps|touches)\(| (?:&&|@>|<@|>>=|<<=) `)

var joinFilterLoss = rule.Rule{
	ID:     "join-filter-loss",
	Title:  "A join makes pairs and drops nearly all",
	Sees:   "A join whose Join Filter threw away 100,000 pairs or more, 99 in a hundred; or an outer join whose filter did, after it was made. Or a nested loop over kept rows (Materialize) that compares a million pairs, whatever it drops.",
	Why:    "The condition is none that the join could look up or hash by: an OR across both tables, an inequality, an expression of both sides. So each row meets each.",
	Silent: "An index on the inner side's join column would do: nested-loop-inner-scan speaks of that.",
	Fix:    "For an OR: one SELECT a branch, with UNION. For an inequality: a range condition, or LATERAL with ORDER BY and LIMIT 1. For what overlaps or lies within: a GiST index on one side. For an expression: the same expression stored on both sides.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*rule.Threshold{pairsRemoved, pairsShare, pairsMade, pairsLoops, pairsTime},
	Rank:       rule.RankSpill + 1, // what does not fit are the sides that are joined whole for it
	Subject:    "OR",
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Nested Loop", "Hash Join", "Merge Join") {
			return
		}
		condition := "Join Filter"
		removed := n.Number("Rows Removed by Join Filter").Or(0) * n.Loops.Or(0)
		kept := n.RowsTotal.Or(0)
		if after := n.Number("Rows Removed by Filter").Or(0) * n.Loops.Or(0); after > removed {
			condition, removed = "Filter", after // of an outer join: asked of what it has made
		}
		lost := removed >= pairsRemoved.In(c) && removed >= pairsShare.In(c)*(removed+kept)
		if !lost && !comparesAll(n) {
			return
		}
		covers := []*plan.Node{n.Node}
		for _, child := range n.Children {
			if child.Relationship == "Inner" && child.Is("Materialize", "Memoize", "Hash") {
				covers = append(covers, child)
			}
		}
		if !lost {
			condition = "Join Filter"
		} else if condition == "Filter" {
			covers = rule.Subtree(n.Node) // read and joined to be thrown away
		}
		cost := n.Plan.CostOf(covers...)
		// Of a join whose inputs were not copied the time is not known, but the
		// pairs are its own work.
		alone := lost && n.Plan.Analyzed && !cost.Ms.Known() && len(n.Children) < 2
		if !alone && !n.Plan.Material(cost) || !lost && cost.Share.Or(0) < pairsTime.In(c) {
			return
		}
		e := rule.OfNode(n)
		e.Text(condition, n.Text(condition), "plan")
		e.Number("pairs dropped", opt.Of(removed), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s makes %s pairs to keep %s", n.Ref(), figures.Count(removed+kept), figures.Count(kept)),
				Detail: redact.Sprintf("It took %s.", cost.Took()),
				Fix:    redact.Plain("A condition that can be looked up or hashed by: an equality between the two tables, or a range on one side's own column."),
			},
			Covered: covers,
		}
		if !lost {
			each := n.Children[1]
			f.Severity = min(f.Severity, finding.Medium) // the pairs may be what is asked for
			f.Title = redact.Sprintf("%s compares %s rows with each of %s others", n.Ref(), figures.Count(each.Executions().Or(0)), figures.Count(each.Rows.Or(0)))
			f.Detail = redact.Sprintf("%s pairs were compared and %s kept. It took %s.", figures.Count(each.RowsTotal.Or(0)), figures.Count(kept), cost.Took())
		}
		if alone {
			f.Severity = finding.Medium
			f.Detail = redact.Plain("What its inputs took is not in the plan.")
		}
		if condition == "Filter" {
			f.Title = redact.Sprintf("%s joins %s rows, and its filter keeps %s", n.Ref(), figures.Count(removed+kept), figures.Count(kept))
			f.Fix = redact.Plain("The condition on the outer-joined table makes the join an inner one: write it so, or ask for its rows first (EXISTS, a subquery), so that only these are joined.")
		}
		if conds, err := sql.ParseCond(n.Text(condition).Raw()); err == nil {
			if condition == "Join Filter" && rangesOfBoth(conds) {
				f.Fix = redact.Plain("The condition is a range of one side by the other's column. Where the next or the last row of each is meant: JOIN LATERAL (SELECT ... WHERE the equality and the range ORDER BY that column DESC LIMIT 1), which looks it up by an index on both. Where all within a range are: a range column with a GiST index.")
			}
			for _, cond := range conds {
				if cond.Op == sql.Eq && cond.Value == sql.Runtime {
					f.Fix = redact.Plain("The condition is an equality: an index on the column of the side that is run again and again, or statistics by which the planner takes a hash join.")
					if cond.Left.Name == "ctid" || cond.Other.Name == "ctid" {
						f.Fix = redact.Plain("No index can be on ctid, and none is needed: WHERE ctid = ANY (ARRAY (SELECT ctid ...)) goes to the rows by their place (Tid Scan).")
					}
				}
				if cond.Op == sql.Or {
					f.Detail = redact.Sprintf("%s The condition is an OR across both tables, which no join can look up by.", f.Detail)
					f.Fix = redact.Plain("One SELECT for each branch of the OR, each with its own join, and UNION of them.")
				}
			}
		}
		if condition == "Join Filter" && overlap.MatchString(n.Text(condition).Raw()) {
			f.Detail = redact.Sprintf("%s The condition asks what overlaps or lies within: a B-tree cannot answer it, a GiST index can.", f.Detail)
			f.Fix = redact.Plain("A GiST index on the geometry, range or network column of the side that is run again and again: the join then looks up what overlaps. An ANALYZE after it.")
		}
		if !lost && kept >= pairsMany*n.Children[1].RowsTotal.Or(0) {
			f.Fix = redact.Plain("Most of the work is the pairs that are asked for: reduce both sides first. Where they are only counted or summed up, a window function over the one sorted column (count(*) OVER (ORDER BY ...)) needs no pairs.")
		}
		if len(n.Children) == 2 { // of a plan that was pasted whole
			if scan := rule.CostliestScan(rule.Subtree(n.Children[1])); scan != nil {
				f.Where.Relation = n.Plan.Node(scan).RelationName()
			}
		}
		found(f)
	},
}

// comparesAll reports whether a nested loop asks its condition of each row of one
// side with each of the rows that it keeps of the other.
func comparesAll(n *rule.Node) bool {
	if n.Type != "Nested Loop" || !n.Has("Join Filter") || len(n.Children) != 2 {
		return false
	}
	kept := n.Children[1]
	return kept.Type == "Materialize" && kept.RowsTotal.Or(0) >= pairsMade.In(n.Plan.Case) && kept.Executions().Or(0) >= pairsLoops.In(n.Plan.Case)
}

// rangesOfBoth reports whether conditions do nothing but bound a column of one
// side by the other's.
func rangesOfBoth(conds []sql.Cond) bool {
	for _, c := range conds {
		if c.Op != sql.Range || c.Value != sql.Runtime {
			return false
		}
	}
	return len(conds) > 0
}
