package plans

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	pairsRemoved = rule.NewThreshold("removed", 10_000, "rows", "pairs compared and removed; fewer take a few milliseconds")
	pairsMade    = rule.NewThreshold("pairs", 1_000_000, "rows", "compared by a nested loop over materialized rows, whatever it removes; a tenth of a second or more")
	pairsLoops   = rule.NewThreshold("loops", 100, "", "over these materialized rows")
	pairsTime    = rule.NewThreshold("pairs_share", 0.2, "share", "of the execution time, spent on the pairs")
)

// pairsMany is the share of pairs kept from which on lookups would not help.
const pairsMany = 0.1

// mostOfTime is the share of the join's time in reading stored rows back, from which on
// that they are in files is its cause. Measured on PostgreSQL 15 with 0.56: without the
// wide column the query took 72 ms, with more work_mem 64 ms, before 168 ms.
const mostOfTime = 0.5

// overlap matches conditions that GiST serves: of PostGIS, ranges and networks.
var overlap = regexp.MustCompile(`(?i)\bst_(?:d?within|intersects|contains|covers|coveredby|crosses|overlaps|touches)\(| (?:&&|@>|<@|>>=|<<=) `)

var joinFilterLoss = rule.Rule{
	ID:     "join-filter-loss",
	Title:  "Join filter removes nearly all pairs",
	Sees:   "A join whose Join Filter removed at least 99% of the pairs, 10,000 or more, or an outer join whose Filter did so after the join. Or a nested loop over materialized rows that compares a million pairs or more, whatever it removes.",
	Why:    "The condition allows neither lookups nor hashing: it is an OR across both tables, an inequality, or an expression over both sides. So each row is compared with each row of the other side.",
	Silent: "An index on the inner side's join column would help (nested-loop-inner-scan).",
	Fix:    "For an OR, write one SELECT per branch and combine them with UNION; for an OR in NOT EXISTS, one NOT EXISTS per branch. For an inequality, use a range condition, or LATERAL with ORDER BY and LIMIT 1. For overlap or containment, create a GiST index on one side. For an expression, store it on both sides.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*rule.Threshold{pairsRemoved, pairsShare, pairsMade, pairsLoops, pairsTime, storeBlocks},
	Rank:       rule.RankSpill + 1, // the spill is of the sides that it joins in full
	Forms:      []*rewrite.Rewrite{rewrite.UnionAll},
	Subject:    "OR",
	On:         []string{"Nested Loop", "Hash Join", "Merge Join"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		condition := "Join Filter"
		removed := n.Number("Rows Removed by Join Filter").Or(0) * n.Loops.Or(0)
		kept := n.RowsTotal.Or(0)
		if after := n.Number("Rows Removed by Filter").Or(0) * n.Loops.Or(0); after > removed {
			condition, removed = "Filter", after // of an outer join: applied to its result
		}
		lost := removed >= pairsRemoved.In(c) && removed >= pairsShare.In(c)*(removed+kept)
		if !lost && !comparesAll(n) {
			return
		}
		covers := []*plan.Node{n.Node}
		for _, child := range n.Children {
			if child.Relationship == "Inner" && (child.Is("Materialize", "Memoize", "Hash") || child.Type == "CTE Scan" && !child.Has("Filter")) {
				covers = append(covers, child) // the rows stored for it
			}
		}
		if !lost {
			condition = "Join Filter"
		} else if condition == "Filter" {
			covers = rule.Subtree(n.Node) // read and joined to be removed
		}
		cost := n.Plan.CostOf(covers...)
		// If the inputs of the join were not pasted, its time is not known, but the
		// pairs are its own work.
		alone := lost && n.Plan.Analyzed && !cost.Ms.Known() && len(n.Children) < 2
		if !alone && !n.Plan.Significant(cost) || !lost && cost.Share.Or(0) < pairsTime.In(c) {
			return
		}
		e := rule.OfNode(n)
		e.Text(condition, n.Text(condition), "plan")
		e.Number("pairs removed", opt.Of(removed), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s compares %s pairs and keeps %s", n.Ref(), figures.Count(removed+kept), figures.Count(kept)),
				Detail: redact.Sprintf("The join %s.", cost.Took()),
				Fix:    redact.Plain("Write a condition that allows lookups or hashing: an equality between the two tables, or a range on one side's own column."),
			},
			Covered: covers,
		}
		if n.Text(condition).Empty() {
			f.Fix = redact.Plain("If the condition of the join is an equality, create an index on its column in the table that is read repeatedly, or correct the row estimates: the planner hashes an equality if it expects many rows. Otherwise write an equality, or a range on one side's own column.")
			if rows, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal); ok && rows >= misjudged*max(expected, 1) {
				f.Fix = redact.Append(redact.Sprintf("The planner expected %s and %s came: find out which condition it misjudges.", figures.Plural(expected, "row"), figures.Count(rows)), "%s", f.Fix)
			}
		}
		if !lost {
			each := n.Children[1]
			f.Severity = min(f.Severity, finding.Medium) // the query may need the pairs
			f.Title = redact.Sprintf("%s compares %s rows with each of %s rows", n.Ref(), figures.Count(each.Executions().Or(0)), figures.Count(each.Rows.Or(0)))
			f.Detail = redact.Sprintf("The join %s. %s pairs were compared, %s kept.", cost.Took(), figures.Count(each.RowsTotal.Or(0)), figures.Count(kept))
		}
		if alone {
			f.Severity = finding.Medium
			f.Detail = redact.Plain("The plan does not show the inputs of the join, so its time is not known.")
		}
		for _, stored := range covers[1:] {
			if read := n.Plan.Node(stored).SelfBuffers().TempRead; condition == "Join Filter" && read.Or(0) >= storeBlocks.In(c) {
				e.Number("temporary blocks read", read, "blocks", "plan")
				f.Evidence = e
				f.Detail = redact.Append(f.Detail, "#%d %s read %s of stored rows back from temporary files: leave out the columns that are not needed, or raise work_mem.", stored.ID, stored.Type, figures.KB(read.Or(0)*8))
				if ms := stored.SelfMs.Or(0); ms > 0 && ms >= mostOfTime*cost.Ms.Or(0) {
					f.Fix = redact.Sprintf("Leave the columns that the join does not need out of the rows of #%d %s, or raise work_mem: they then stay in memory.", stored.ID, stored.Type)
				}
				break
			}
		}
		if condition == "Filter" {
			f.Title = redact.Sprintf("%s joins %s rows, and its filter keeps %s", n.Ref(), figures.Count(removed+kept), figures.Count(kept))
			f.Fix = redact.Plain("Write an inner join: the filter on the outer-joined table makes it one. Or select the matching rows first (EXISTS, a subquery), so that only these are joined.")
		}
		if conds, err := sql.ParseCond(n.Text(condition).Raw()); err == nil {
			if condition == "Join Filter" && rangesOfBoth(conds) {
				f.Fix = redact.Plain("If the query needs the next or the last row for each row, use JOIN LATERAL (SELECT ... WHERE the equality and the range ORDER BY that column DESC LIMIT 1), which an index on both columns serves. If it needs all rows within a range, use a range column with a GiST index.")
			}
			for _, cond := range conds {
				if cond.Op == sql.Eq && cond.Value == sql.Runtime {
					f.Fix = redact.Plain("Create an index on the join column of the side that runs repeatedly. The condition is an equality, so a hash join is possible too: check the row estimates.")
					if cond.Left.Name == "ctid" || cond.Other.Name == "ctid" {
						f.Fix = redact.Plain("Write WHERE ctid = ANY (ARRAY (SELECT ctid ...)), which fetches the rows directly (Tid Scan). ctid cannot have an index and needs none.")
					}
				}
				if cond.Op == sql.Or {
					joinsPerBranch(n, condition, cond, &f)
				}
			}
		}
		if condition == "Join Filter" && overlap.MatchString(n.Text(condition).Raw()) {
			f.Detail = redact.Append(f.Detail, "The condition tests for overlap or containment: a B-tree cannot serve it, a GiST index can.")
			f.Fix = redact.Plain("Create a GiST index on the geometry, range or network column of the side that runs repeatedly, then run ANALYZE. The join then looks up only the matching rows.")
		}
		if !lost && kept >= pairsMany*n.Children[1].RowsTotal.Or(0) {
			f.Fix = redact.Plain("Reduce both sides first: most of the work is pairs that the query keeps. If the pairs are only counted or summed, use a window function over the sorted column (count(*) OVER (ORDER BY ...)), which needs no pairs.")
		}
		if len(n.Children) == 2 { // of a plan that was pasted in full
			if scan := rule.CostliestScan(rule.Subtree(n.Children[1])); scan != nil {
				f.Where.Relation = n.Plan.Node(scan).RelationName()
			}
		}
		found(f)
	},
}

// misjudged is how many times the expected rows a join has to return for the estimate to be
// called the reason for the loop.
const misjudged = 10

// comparesAll reports whether a nested loop compares each row of one side with
// each materialized row of the other.
func comparesAll(n *rule.Node) bool {
	if n.Type != "Nested Loop" || !n.Has("Join Filter") || len(n.Children) != 2 {
		return false
	}
	kept := n.Children[1]
	return kept.Type == "Materialize" && kept.RowsTotal.Or(0) >= pairsMade.In(n.Plan.Case) && kept.Executions().Or(0) >= pairsLoops.In(n.Plan.Case)
}

// rangesOfBoth reports whether all conditions bound a column of one side by a
// column of the other.
func rangesOfBoth(conds []sql.Cond) bool {
	for _, c := range conds {
		if c.Op != sql.Range || c.Value != sql.Runtime {
			return false
		}
	}
	return len(conds) > 0
}

// joinsPerBranch says how to join by each branch of an OR. What an outer join or an anti
// join returns for one branch is not a part of what it returns for all, so no UNION of
// branches replaces it. The figures of the alternatives were measured on PostgreSQL 15.
func joinsPerBranch(n *rule.Node, condition string, or sql.Cond, f *rule.Found) {
	equal := true // to a column of the other side, in each branch
	for _, branch := range or.Any {
		if !slices.ContainsFunc(branch, func(c sql.Cond) bool { return c.Op != sql.Range || c.Value < sql.Runtime }) {
			return // an inequality across both tables is one without the OR, too
		}
		equal = equal && slices.ContainsFunc(branch, func(c sql.Cond) bool { return c.Op == sql.Eq && c.Value == sql.Runtime })
	}
	f.Detail = redact.Append(f.Detail, "The condition is an OR across both tables: no join can hash or merge by it.")
	kind := n.JoinType
	if condition == "Filter" {
		kind = "Inner" // it applies to the rows that the join returned
	}
	switch kind {
	case "Anti", "Right Anti":
		f.Fix = redact.Plain("Write one NOT EXISTS per branch of the OR, combined with AND: each is then an anti join of its own.")
	case "Left", "Right", "Full":
		if equal && kind != "Full" && n.Type == "Nested Loop" {
			f.Fix = redact.Plain("Create an index on each column that the OR compares, on the side that runs repeatedly: a nested loop then looks rows up by both (BitmapOr).")
		}
	default:
		f.Rewrites = true
		f.Fix = redact.Plain("Write one SELECT per branch of the OR, each with its own join, and combine them with UNION." + sameRows + aroundUnion(n.Node))
		f.Index = redact.Plain(branchLookups(n, or))
	}
}

// branchLookups says by which columns the branches of an OR look up their rows, once
// they are SELECTs of their own, and which of them need an index.
func branchLookups(n *rule.Node, or sql.Cond) string {
	var by, lacks []string
	for _, branch := range or.Any {
		c := branch[0]
		if c.Left.Name == "" || c.Left.Table == "" || c.Value >= sql.Runtime {
			return ""
		}
		by = append(by, c.Left.Table+"."+c.Left.Name)
		if scan := scanOf(n.Node, c.Left.Table); scan != nil && !leads(n.Plan.Node(scan).Table(), c.Left.Name) {
			lacks = append(lacks, n.Plan.Node(scan).RelationName()+" ("+lex.QuoteIdent(c.Left.Name)+")")
		}
	}
	said := "The SELECTs look rows up by " + strings.Join(by, " and by ") + "."
	if len(lacks) > 0 {
		said += " An index on " + strings.Join(lacks, " and one on ") + " then serves them."
	}
	return said
}
