package rule

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/plan"
)

// Account returns the account of the plan's work.
func (p *Plan) Account() *account.Account { return p.account() }

// Use returns what the node used, and what became of its rows.
func (n *Node) Use() account.Use { return n.Plan.Account().Use(n.Node) }

// Subtree returns a node and all nodes below it.
func Subtree(n *plan.Node) []*plan.Node { return appendTree(nil, n) }

func appendTree(list []*plan.Node, n *plan.Node) []*plan.Node {
	list = append(list, n)
	for _, c := range n.Children {
		list = appendTree(list, c)
	}
	return list
}

// effort returns what a scan reads, in blocks. As in the planner, a row counts as a
// hundredth of a block. Unlike time, it is the same in two runs of one plan.
func effort(n *plan.Node) float64 {
	if !n.Loops.Known() {
		return n.TotalCost.Or(0)
	}
	b := n.SelfBuffers()
	return b.SharedHit.Or(0) + b.SharedRead.Or(0) + n.ScannedTotal().Or(0)/100
}

// CostliestScan returns the table scan that reads most; nil if there is none.
func CostliestScan(nodes []*plan.Node) *plan.Node {
	var best *plan.Node
	for _, n := range nodes {
		if n.Relation != "" && n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") && (best == nil || effort(n) > effort(best)) {
			best = n
		}
	}
	return best
}

// ElsewhereMs returns the time of triggers and JIT compilation, which may be included
// in the self time of nodes and is reported elsewhere.
func (p *Plan) ElsewhereMs() float64 {
	sum := 0.0
	for _, t := range p.Triggers {
		sum += t.Ms.Or(0)
	}
	if jit, ok := Group(p.Summary, "JIT", "Timing", "Total"); ok {
		sum += jit.Number.Or(0)
	}
	return sum
}

// Input returns the child whose rows the node reads; nil if it has none.
func (n *Node) Input() *plan.Node {
	if inputs := InputsOf(n.Node); len(inputs) > 0 {
		return inputs[0]
	}
	return nil
}

// Sorted returns the number of input rows of a sort. A merge join may have read fewer
// of them.
func Sorted(sort *plan.Node) float64 {
	if len(sort.Children) == 0 {
		return 0
	}
	return sort.Children[0].RowsTotal.Or(0)
}

// BitmapParts returns the index scans and combinations below a bitmap heap scan.
func BitmapParts(n *Node) []*plan.Node {
	if n.Type != "Bitmap Heap Scan" {
		return nil
	}
	var parts []*plan.Node
	var walk func(*plan.Node)
	walk = func(m *plan.Node) {
		for _, child := range m.Children {
			if child.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr") {
				parts = append(parts, child)
				walk(child)
			}
		}
	}
	walk(n.Node)
	return parts
}

// Under returns the first node below n, or n itself, that is not of the given types.
func Under(n *plan.Node, through ...string) *plan.Node {
	for n.Is(through...) {
		inputs := InputsOf(n)
		if len(inputs) != 1 {
			break
		}
		n = inputs[0]
	}
	return n
}

// InputsOf returns the children whose rows a node reads, without the subqueries of
// its expressions.
func InputsOf(n *plan.Node) []*plan.Node {
	asks := func(c *plan.Node) bool { return c.Relationship == "SubPlan" || c.Relationship == "InitPlan" }
	if !slices.ContainsFunc(n.Children, asks) {
		return n.Children
	}
	return slices.DeleteFunc(slices.Clone(n.Children), asks)
}

type Proposal = indexadvisor.Proposal

// Removed returns how many rows a scan removed: by its filter, and by the recheck of what
// an index or a lossy bitmap found.
func Removed(n *plan.Node) (byFilter, byRecheck float64) {
	loops := n.Loops.Or(0)
	return n.Number("Rows Removed by Filter").Or(0) * loops, n.Number("Rows Removed by Index Recheck").Or(0) * loops
}

// RemovedBy names what removed the rows of a scan, followed by its verb: "filter removes".
func RemovedBy(n *plan.Node) string {
	switch byFilter, byRecheck := Removed(n); {
	case byRecheck == 0:
		return "filter removes"
	case byFilter == 0:
		return "index recheck removes"
	}
	return "filter and index recheck remove"
}

// OutsideInput returns the time of a node less that of its only child, where lines of
// other nodes are missing. It is not the node's own time for certain, as a subquery that
// follows the child may be missing, but it is no time of the child's.
func OutsideInput(n *plan.Node) opt.Float {
	if !n.MayLack() || n.Lacking() || len(n.Children) != 1 || n.Children[0].SubplanName != "" || n.Is("Append", "Merge Append", "BitmapAnd", "BitmapOr") {
		return opt.Float{}
	}
	return opt.Both(n.TotalMs, n.Children[0].TotalMs, func(all, input float64) float64 { return max(all-input, 0) })
}
