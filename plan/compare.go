package plan

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strings"
)

// Difference is where two plans of one query differ in time.
type Difference struct {
	Before, After *Node // the costliest node of the part that carries the difference, in each plan
	SameShape     bool  // the plans have the same nodes, on the same tables by the same indexes
}

// dominantShare is how much of the whole difference a part has to make up in order
// to stand for it.
const dominantShare = 0.8

// Compare finds the smallest part of a query, a table or some that are joined,
// in which most of the difference in time between its two plans arises. The
// parts are matched by the tables below them, so that it does not matter how
// each plan joins, sorts or reads them.
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
	return Difference{costliest(before, top.before), costliest(after, top.after), shape(before) == shape(after)}
}

type pair struct{ before, after *Node }

func (p pair) difference() float64 { return p.before.TotalMs.Or(0) - p.after.TotalMs.Or(0) }

func (p pair) size() int { return p.before.end - p.before.ID + p.after.end - p.after.ID }

// partsOf are the topmost nodes over each set of tables that stands alone
// somewhere in the plan, by a sum over the names in the set.
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
			parts[sums[n.ID]] = n // the one above comes later
		}
	}
	return parts
}

// scanned is what a node reads by itself, under the query's name for it.
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

// shape is a plan without its figures.
func shape(p *Plan) string {
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
