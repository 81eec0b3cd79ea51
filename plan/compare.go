package plan

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strings"
)

// Difference shows where two plans of the same query differ in execution time.
type Difference struct {
	Before, After *Node // the node with the largest self time in the part that differs, in each plan
	SameShape     bool  // the plans have the same nodes on the same tables and indexes
}

// dominantShare is the fraction of the total difference in time that a part
// must explain.
const dominantShare = 0.8

// Compare finds the smallest part of a query, one table or several joined ones,
// that explains most of the difference in time between its two plans. Parts are
// matched by their tables, so join order, sorts and scan methods do not matter.
func Compare(before, after *Plan) Difference {
	x, y := partsOf(before), partsOf(after)
	top := pair{before.Root, after.Root}
	whole := top.difference()
	for key, n := range x {
		p := pair{n, y[key]}
		if p.after == nil || p.difference()*math.Copysign(1, whole) < dominantShare*math.Abs(whole) {
			continue
		}
		if cmp.Or(cmp.Compare(p.size(), top.size()), cmp.Compare(n.ID, top.before.ID)) < 0 {
			top = p
		}
	}
	return Difference{costliest(before, top.before), costliest(after, top.after), before.Shape() == after.Shape()}
}

type pair struct{ before, after *Node }

func (p pair) difference() float64 { return p.before.TotalMs.Or(0) - p.after.TotalMs.Or(0) }

func (p pair) size() int { return p.before.end - p.before.ID + p.after.end - p.after.ID }

// partsOf returns the topmost node for each set of tables that forms a subtree,
// keyed by a hash of the table names.
func partsOf(p *Plan) map[uint64]*Node {
	sums := make([]uint64, len(p.nodes))
	parts := map[uint64]*Node{}
	for _, n := range slices.Backward(p.nodes) {
		if name := scanned(n); name != "" {
			h := fnv.New64a()
			h.Write([]byte(name))
			sums[n.ID] += h.Sum64()
		}
		if n.Parent != nil {
			sums[n.Parent.ID] += sums[n.ID]
		}
		if sums[n.ID] != 0 {
			parts[sums[n.ID]] = n // parents come after their children
		}
	}
	return parts
}

// scanned returns the name of what a node reads directly, as the query calls
// it.
func scanned(n *Node) string {
	if n.Relation == "" && n.CTE == "" && n.FunctionOf == "" {
		return ""
	}
	return cmp.Or(n.Alias, n.Relation, n.CTE, n.FunctionOf)
}

func costliest(p *Plan, top *Node) *Node {
	worst := top
	for _, n := range p.nodes[top.ID:top.end] {
		if n.SelfMs.Or(0) > worst.SelfMs.Or(0) {
			worst = n
		}
	}
	return worst
}

// Shape returns the nodes of a plan without figures: two runs of one query that were
// planned alike have the same shape.
func (p *Plan) Shape() string {
	var b strings.Builder
	for _, n := range p.nodes {
		depth := 0
		for range n.Ancestors() {
			depth++
		}
		b.WriteString(strings.Repeat(" ", depth) + n.Label() + "\n")
	}
	return b.String()
}
