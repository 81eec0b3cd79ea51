package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// ownKeys reports whether all keys are plain columns of the scan's table.
func ownKeys(keys []sql.Key, scan *plan.Node) bool {
	for _, k := range keys {
		if k.Column.Name == "" || k.Column.Table != "" && k.Column.Table != scan.Alias && k.Column.Table != scan.Relation {
			return false
		}
	}
	return len(keys) > 0
}

// orderIndex proposes the index that returns the rows in an order, or names one that
// exists and is not used. It reports false if the plan finds the rows by that index
// already: then there is nothing to propose.
func orderIndex(f *rule.Found, n *rule.Node, keys []sql.Key) bool {
	p := n.Plan.Case.Advisor.ForScanInOrder(n.Node, conditions.IndexKeys(keys))
	if p.Index == nil && p.Serving == nil {
		p.Index, p.Ordered = inOrder(n, keys), true
	}
	if p.Serving == nil {
		p.Serving = servesOrder(n.Table(), keys)
	}
	byServing := func(m *plan.Node) bool { return p.Serving != nil && m.Index == p.Serving.Name }
	if p.InUse || slices.ContainsFunc(append(rule.BitmapParts(n), n.Node), byServing) {
		return false
	}
	if ix := p.Serving; ix != nil {
		f.Detail = redact.Append(f.Detail, "The index %s has that order, but the plan does not use it.", ix.QName())
		f.Fix = redact.Sprintf("Do not create another index. %s", whyNotUsed(n, p))
		f.Remedies = []rule.Remedy{{Refused: &rule.Refused{Index: *rule.IndexLike(ix), Why: "exists already as " + ix.QName()}}}
		return true
	}
	f.Fix = redact.Text{}
	f.Remedies = []rule.Remedy{{Create: &p}}
	return true
}

// inOrder returns the index on the sort keys alone: ascending if a backward scan
// serves.
func inOrder(n *rule.Node, keys []sql.Key) *indexadvisor.Index {
	schema := n.Schema
	if t := n.Table(); t != nil {
		schema = t.Schema
	}
	def := workload.IndexDef{Method: "btree"}
	allDesc := true
	for _, k := range keys {
		allDesc = allDesc && k.Desc
	}
	for _, k := range keys {
		key := workload.IndexKey{Column: k.Column.Name, Desc: k.Desc, NullsFirst: k.NullsFirst}
		if allDesc {
			key.Desc, key.NullsFirst = false, !k.NullsFirst
		}
		def.Keys = append(def.Keys, key)
	}
	return &indexadvisor.Index{Schema: schema, Table: n.Relation, IndexDef: def}
}

// servesOrder returns an index whose keys begin with the sort keys, in the same or in
// the opposite directions; nil if there is none.
func servesOrder(t *workload.Table, keys []sql.Key) *workload.Index {
	if t == nil {
		return nil
	}
	sortKeys := make([]workload.IndexKey, len(keys))
	for i, k := range keys {
		sortKeys[i] = workload.IndexKey{Column: k.Column.Name, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	for _, ix := range t.Indexes {
		if rule.Usable(ix) && ix.Def.Method == "btree" && ix.Def.Where.Empty() && rule.PrefixOf(sortKeys, ix.Def.Keys) {
			return ix
		}
	}
	return nil
}
