package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	joinedKept    = rule.NewThreshold("kept_by_join", 0.1, "share", "of the rows read, kept by the hash join above; a filter has the same limit")
	joinedInIndex = rule.NewThreshold("pages_in_index", 0.5, "share", "of the table's pages, up to which lookups in an index with all columns pay off, each page counted as four (random_page_cost)")
	joinedFew     = rule.NewThreshold("kept_unpriced", 0.01, "share", "the same, if the plan's costs cannot be reproduced: one lookup per hundred rows pays off whatever the cost constants are")
)

// joinAbove returns the hash join that reads a scan, what is between them, and the scan or
// the Append of all partitions of its table; nil if there is no such join.
func joinAbove(n *plan.Node) (above []*plan.Node, join, whole *plan.Node) {
	join, whole = n.Parent, n
	for ; join != nil && join.Is("Hash", "Aggregate", "Append"); join = join.Parent {
		if above = append(above, join); join.Type == "Append" {
			whole = join
		}
	}
	if join == nil || join.Type != "Hash Join" {
		return nil, nil, nil
	}
	return above, join, whole
}

// readForJoin finds a scan most of whose rows a hash join above removes. With an
// index on the join column, the join would look up only the rows that it keeps.
func readForJoin(c *rule.Case, n *rule.Node) (rule.Found, bool) {
	if n.Type != "Seq Scan" {
		return rule.Found{}, false
	}
	above, join, table := joinAbove(n.Node)
	if join == nil {
		return rule.Found{}, false
	}
	whole := n.Plan.Node(table)
	var parts []*plan.Node
	var cost rule.Cost
	if n.Parent.Is("Append", "Merge Append") {
		of := memberScans.Of(n.Plan)[group{n.Parent, n.Type}]
		parts, cost = of.joined, of.joinedCost
	} else {
		parts = append(append([]*plan.Node{n.Node}, above...), join)
		cost = n.Plan.CostOf(parts...)
	}
	if !n.Plan.Significant(cost) || !n.Plan.Analyzed && n.Plan.Account().Whole < lateCost.In(c) {
		return rule.Found{}, false
	}
	if _, _, _, cast := joinedByExpression(n); cast {
		return rule.Found{}, false // an index on the column would not serve
	}
	l := c.Advisor.ForHashJoin(join, n.Node)
	if l.Index == nil && l.Serving == nil {
		return rule.Found{}, false
	}
	// What the join's filter removes, lookups by the join's key would find.
	read, looked, kept := whole.ScannedTotal().Or(0), l.Other.RowsOnce().Or(0), join.RowsTotal.Or(0)+join.Number("Rows Removed by Join Filter").Or(0)*join.Loops.Or(1)
	if passed := whole.RowsTotal.Or(0); n.Has("Filter") && l.Index != nil && passed > 0 && !holdsFilter(l.Index, n) {
		kept *= read / passed // lookups by the key alone find what the filter removes, too
	}
	if !n.Plan.Analyzed {
		if join.Has("Join Filter") {
			return rule.Found{}, false
		}
		read, looked, kept = expectedRows(whole.Node), expectedRows(l.Other), expectedRows(join)
	}
	most := max(looked, kept)
	if most > joinedKept.In(c)*read {
		return rule.Found{}, false
	}
	var only opt.Float // bytes of the index that has to hold all columns to pay off
	if l.Right() || !l.ScanAfter.Known() && most > joinedFew.In(c)*read {
		if only = coveringLookups(c, whole, l, looked, most); !only.Known() {
			return rule.Found{}, false
		}
	}
	e := rule.OfNode(n)
	e.Text("Hash Cond", join.Text("Hash Cond"), "plan")
	e.Text("Filter", n.Text("Filter"), "plan")
	if n.Plan.Analyzed {
		e.Number("rows scanned", opt.Of(read), "rows", "plan")
	}
	e.Number("rows kept by the join", join.RowsTotal, "rows", "plan")
	e.Number("rows expected from the join", join.ExpectedTotal, "rows", "plan")
	e.Number("lookups", opt.Of(looked), "", "plan")
	e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
			Title: redact.Sprintf("%s reads %s, and the join with %s keeps %s", n.Ref(), rowsRead(n), rowsOfSide(n.Plan.Node(l.Other), looked), figures.Count(kept)),
		},
		Covered: parts,
	}
	if l.Probes {
		f.Title = redact.Sprintf("%s reads %s to check which of %s have a match", n.Ref(), rowsRead(n), rowsOfSide(n.Plan.Node(l.Other), looked))
	}
	if only.Known() {
		lookupsInIndex(&f, n, l, only.Or(0), cost, e)
		return f, true
	}
	misled := l.Refuted != nil && l.Refuted.Misled
	if misled {
		expected := figures.Count(join.ExpectedTotal.Or(0))
		if l.Probes {
			expected = figures.Count(expectedRows(l.Other))
		}
		f.Title = redact.Sprintf("%s; the planner expected %s, too many to use an index", f.Title, expected)
	}
	byRows := l.Refuted != nil && l.ScanAfter.Known()
	l.Refuted = nil // the rows of the join, not those of the table
	propose(&f, n, l.Proposal, "The scan and the join", cost, e)
	if !n.Plan.Analyzed {
		f.Detail = redact.Sprintf("The join expects %s rows of %s.", figures.Count(kept), figures.Count(read))
	}
	if byRows {
		f.More = redact.Append(f.More, "The cost with the index uses the actual row counts.")
	}
	if misled {
		how := redact.Plain("Run ANALYZE, raise a statistics target, or set n_distinct of the join column.")
		wrong := n.Plan.Node(join)
		if deepest := deepestError(n.Plan.Case, join); deepest != nil && deepest.Relation != "" {
			wrong = n.Plan.Node(deepest)
			how, _ = estimateFix(wrong)
		}
		f.First = redact.Sprintf("Correct the estimate of %s first. %s Otherwise the planner may not use the index.", wrong.Ref(), how)
	}
	return f, true
}

// coveringLookups returns the size of the index that holds all columns which a join reads of
// a table, if to look its rows up there takes far fewer pages than to read the table: an
// index on the join column alone does not pay off, since each row found is on another page.
func coveringLookups(c *rule.Case, n *rule.Node, l indexadvisor.LookupProposal, looked, kept float64) opt.Float {
	width, known := n.PlanWidth.Get()
	if !n.Plan.Analyzed || n.Type != "Seq Scan" || l.Index == nil || !known || width > onlyWidth.In(c) || returnsRow(n) || n.StoppedEarly() {
		return opt.Float{}
	}
	rows, pages, ok := c.Advisor.SizeOf(n.Node)
	const page, random = 8192, 4 // random_page_cost
	if !ok || random*(looked+entryPages(kept, width)) > joinedInIndex.In(c)*pages {
		return opt.Float{}
	}
	return opt.Of(entryPages(rows, width) * page)
}

// lookupsInIndex words the finding on a join that an index with all columns serves, which the
// plan may not name.
func lookupsInIndex(f *rule.Found, n *rule.Node, l indexadvisor.LookupProposal, bytes float64, cost rule.Cost, e rule.Evidence) {
	e.Number("index size", opt.Of(bytes), "bytes", "model")
	f.Evidence = e
	f.Detail = redact.Sprintf("The scan and the join %s. An index on %s alone is no cheaper than the scan, because each row that it finds is on another page of the table.", cost.Took(), l.Index.String())
	more, listed := lacking(n, l.Index)
	if listed = listed && len(more) > 0 && len(more) <= int(onlyColumns.In(n.Plan.Case)); listed {
		ix := *l.Index
		ix.Include = more
		f.Remedies = append(f.Remedies, rule.Remedy{Create: &rule.Proposal{Index: &ix, Method: "defaults"}})
		f.Fix = redact.Plain("VACUUM the table afterwards: without it each row found is looked up in the table all the same.")
	} else {
		f.Fix = redact.Sprintf("Create an index on %s that also has all other columns which the query reads of %s (INCLUDE), and VACUUM the table, if the query is worth an index of about %s.", l.Index.String(), n.Relation, figures.Bytes(bytes))
	}
	if expected, came := expectedRows(l.Other), l.Other.RowsOnce().Or(0); expected > wrongLookups*came {
		f.Fix = redact.Append(f.Fix, "Correct the estimate of %s, too (%s rows expected, %s actual): with so many lookups expected, the planner may not use the index.",
			n.Plan.Node(l.Other).Ref(), figures.Count(expected), figures.Count(came))
	}
}

// wrongLookups is the factor from which on an estimate of the lookups decides against them.
const wrongLookups = 3

// holdsFilter reports whether an index has a column of a scan's filter.
func holdsFilter(ix *indexadvisor.Index, n *rule.Node) bool {
	if !ix.Where.Empty() {
		return true
	}
	for _, col := range sql.ColumnsOf(n.Text("Filter").Raw()) {
		if slices.ContainsFunc(ix.Keys, func(k workload.IndexKey) bool { return k.Column == col.Name }) || slices.Contains(ix.Include, col.Name) {
			return true
		}
	}
	return false
}

// expectedRows returns the rows that the planner expected of a node, of all processes
// together.
func expectedRows(n *plan.Node) float64 { return n.PlanRows.Or(0) * n.ParallelDivisor() }

// costSaved returns how much a finding's index reduces the plan's cost; 0 if that
// is not known.
func costSaved(f rule.Found) float64 {
	for _, r := range f.Remedies {
		if r.Create != nil {
			if before, after, ok := opt.Two(r.Create.ScanBefore, r.Create.ScanAfter); ok {
				return before - after
			}
		}
	}
	return 0
}

// rowsOfSide returns how many rows one side of a join returned, and of what.
func rowsOfSide(n *rule.Node, rows float64) redact.Text {
	from, s := n.Relation, "s"
	if from == "" {
		from = n.Ref()
	}
	switch {
	case rows == 1:
		s = ""
	case rows < n.Executions().Or(1)/2 || rows == 0 && n.Loops.Or(1) > 1: // a rounded average
		return redact.Sprintf("few rows of %s", from)
	}
	return redact.Sprintf("%s row%s of %s", figures.Count(rows), s, from)
}
