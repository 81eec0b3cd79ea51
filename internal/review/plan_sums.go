package review

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/plan"
)

// sums adds up the nodes of a plan by type and by relation, the one with the most self
// time first.
func sums(nodes []report.Node, relations []string) (byType, byRelation []report.NodeSum) {
	byType = sumBy(nodes, func(i int) string { return nodes[i].Type })
	byRelation = sumBy(nodes, func(i int) string { return relations[i] })
	return byType, byRelation
}

// relationOfEach returns the relation of each node; empty if it has none. A bitmap index scan
// counts to the relation of the heap scan above it.
func relationOfEach(p *plan.Plan) []string {
	list := make([]string, p.Len())
	for n := range p.Nodes() {
		if list[n.ID] = n.Name(); list[n.ID] == "" && n.Parent != nil && (n.Index != "" || n.Is("BitmapAnd", "BitmapOr")) {
			list[n.ID] = list[n.Parent.ID]
		}
	}
	return list
}

// sumBy adds up the nodes by a name; those without one are left out.
func sumBy(nodes []report.Node, name func(i int) string) []report.NodeSum {
	at := map[string]int{}
	out := []report.NodeSum{}
	for i := range nodes {
		key, n := name(i), &nodes[i]
		if key == "" {
			continue
		}
		if _, known := at[key]; !known {
			at[key] = len(out)
			out = append(out, report.NodeSum{Name: key})
		}
		s := &out[at[key]]
		s.Nodes++
		for _, f := range []struct {
			to *opt.Float
			v  opt.Float
		}{{&s.SelfMs, n.SelfMs}, {&s.SelfShare, n.SelfShare}, {&s.SelfIOMs, n.SelfIOMs}, {&s.Processed, n.Processed}, {&s.SelfSharedHit, n.SelfSharedHit}, {&s.SelfSharedRead, n.SelfSharedRead}} {
			if f.v.Known() {
				*f.to = opt.Of(f.to.Or(0) + f.v.Or(0))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b report.NodeSum) int {
		return cmp.Or(cmp.Compare(b.SelfMs.Or(0), a.SelfMs.Or(0)), cmp.Compare(b.Processed.Or(0), a.Processed.Or(0)))
	})
	return out
}
