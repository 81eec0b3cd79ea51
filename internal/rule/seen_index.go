package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// seenIndex is an index of which only a plan tells: the columns by which it finds rows.
type seenIndex struct {
	columns []string // sorted, each once
	by      *plan.Node
	in      *Plan
}

// seenIndexes are the indexes that plans of the case find rows of the tables of proposed
// ones by, and that may be the same: their definition is not known. They are given, as the
// proposed ones are, by the name of the table.
func (c *Case) seenIndexes(proposed map[string][]*indexadvisor.Index) map[string][]seenIndex {
	seen := map[string][]seenIndex{}
	for _, p := range c.Plans {
		for n := range p.Nodes() {
			if n.Index == "" || strings.HasPrefix(n.Index, "<") { // one of HypoPG, which nobody built
				continue
			}
			scan := n
			for scan.Relation == "" && scan.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr") && scan.Parent != nil {
				scan = scan.Parent
			}
			if !slices.ContainsFunc(proposed[scan.Relation], func(ix *indexadvisor.Index) bool { return mayName(n.Text("Index Cond").Raw(), ix) }) {
				continue
			}
			if t := p.Node(scan).Table(); t != nil && t.Index(n.Index) != nil && len(t.Index(n.Index).Def.Keys) > 0 {
				continue // the advisor knows better what it serves
			}
			if columns := columnsFoundBy(n, scan); len(columns) > 0 {
				seen[scan.Relation] = append(seen[scan.Relation], seenIndex{columns, n, p})
			}
		}
	}
	return seen
}

// mayName reports in less time than it takes to parse a condition whether it may be on the
// columns of an index.
func mayName(cond string, ix *indexadvisor.Index) bool {
	cond = strings.ToLower(cond)
	return !slices.ContainsFunc(ix.Keys, func(k workload.IndexKey) bool {
		return !strings.Contains(cond, strings.ToLower(k.Column)) && !strings.Contains(k.Column, `"`)
	})
}

// columnsFoundBy returns the columns of the table that an index condition compares; nil if
// one of its parts is none that a B-tree finds rows by.
func columnsFoundBy(n, scan *plan.Node) []string {
	var columns []string
	for _, cond := range conditions.Own(scan, conditions.Parse(n, "Index Cond")) {
		if !cond.Sargable() || cond.Left.Name == "" {
			return nil
		}
		columns = append(columns, cond.Left.Name)
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// seenElsewhere withdraws proposals of an index that another scan of the input shows to be
// there: it finds rows of the table by the same columns, and no finding is about it. A plan
// does not show whether the index is a partial one, which may not serve here.
func (c *Case) seenElsewhere(found []Found) {
	proposed := map[string][]*indexadvisor.Index{}
	for _, f := range found {
		for _, r := range f.Remedies {
			if r.Create != nil && plainKeys(r.Create.Index) {
				proposed[r.Create.Index.Table] = append(proposed[r.Create.Index.Table], r.Create.Index)
			}
		}
	}
	if len(proposed) == 0 {
		return
	}
	seen := c.seenIndexes(proposed)
	for i := range found {
		f := &found[i]
		for j, r := range f.Remedies {
			if r.Create == nil || !plainKeys(r.Create.Index) {
				continue
			}
			table := r.Create.Index.Table
			at := slices.IndexFunc(seen[table], func(s seenIndex) bool { return s.serves(r.Create.Index) && !slices.ContainsFunc(found, s.isAbout) })
			if at < 0 {
				continue
			}
			s := seen[table][at]
			f.Remedies[j].Create = nil
			f.Remedies[j].Refused = &Refused{Index: *r.Create.Index, Why: fmt.Sprintf("%s finds rows by %s with %s", s.in.calledBy(f), figures.List(s.columns), s.by.Index)}
			f.Index = redact.Text{}
			if f.InForm {
				f.Index = redact.Sprintf("The index %s, which %s uses (#%d), then serves it.", s.by.Index, s.in.calledBy(f), s.by.ID)
				continue
			}
			if here, there, ok := f.costs(s.in); ok && there*farFaster <= here {
				f.Fix = redact.Sprintf("Do not create an index: %s finds rows of %s by %s with %s (#%d), and its estimated cost is %s, not %s. If the costlier plan is the current one, check why that index is missing, invalid or not used.",
					s.in.calledBy(f), table, figures.List(s.columns), s.by.Index, s.by.ID, figures.Count(there), figures.Count(here))
				continue
			}
			f.Fix = redact.Sprintf("Do not create an index before you look at %s: %s finds rows of %s by %s with it (#%d). If it is there and has no WHERE, the planner expects it to be slower here: run ANALYZE %s and take the plan again. Create an index only if it is gone, or if its WHERE leaves these rows out.",
				s.by.Index, s.in.calledBy(f), table, figures.List(s.columns), s.by.ID, table)
		}
	}
}

// costs returns the estimated costs of the plan of a finding and of another one of the same
// query.
func (f *Found) costs(other *Plan) (here, there float64, ok bool) {
	if f.Plan == nil || f.Plan == other || !f.Plan.SameQuery(other) {
		return 0, 0, false
	}
	return opt.Two(f.Plan.Root.TotalCost, other.Root.TotalCost)
}

// calledBy names a plan in a sentence of a finding.
func (p *Plan) calledBy(f *Found) string {
	if p == f.Plan {
		return "this plan"
	}
	return fmt.Sprintf("plan %d", p.Number())
}

// serves reports whether the index finds rows by the columns of another one on the table.
func (s seenIndex) serves(ix *indexadvisor.Index) bool {
	if ix.Schema != "" && s.by.Schema != "" && ix.Schema != s.by.Schema {
		return false
	}
	keys := make([]string, len(ix.Keys))
	for i, k := range ix.Keys {
		keys[i] = k.Column
	}
	slices.Sort(keys)
	return slices.Equal(keys, s.columns)
}

// isAbout reports whether a finding says that the scan by the index is slow itself.
func (s seenIndex) isAbout(f Found) bool { return f.Plan == s.in && slices.Contains(f.Covered, s.by) }

// plainKeys reports whether an index is a B-tree on columns that does not hold others.
func plainKeys(ix *indexadvisor.Index) bool {
	return ix != nil && cmp.Or(ix.Method, "btree") == "btree" && len(ix.Include) == 0 &&
		!slices.ContainsFunc(ix.Keys, func(k workload.IndexKey) bool { return k.Column == "" })
}
