package rule

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	MissingBlocks = NewThreshold("blocks_per_call", 50, "blocks", "a statement that touches fewer blocks already has what it needs, whatever the cost model says")
)

// selection is the set of indexes that serves the workload best, and the indexes
// that would cost more than they save.
type selection struct {
	Choices  []indexadvisor.Choice
	Rejected []indexadvisor.Rejected
}

// Has reports whether an index is one of the choices.
func (s selection) Has(ix indexadvisor.Index) bool {
	return slices.ContainsFunc(s.Choices, func(c indexadvisor.Choice) bool { return indexKey(c.Index) == indexKey(ix) })
}

// adoption is a selected index that a finding on a plan of a statement proposes.
type adoption struct {
	index     string
	statement *workload.Statement
}

func adoptionOf(ix indexadvisor.Index, st *workload.Statement) adoption {
	return adoption{indexKey(ix), st}
}

// scanOf is a statement's scan of a table.
type scanOf struct {
	table     string
	statement *workload.Statement
}

// indexKey identifies an index.
func indexKey(ix indexadvisor.Index) string { return ix.Schema + "." + ix.String() }

var SelectionOf = Derive(func(c *Case) (s selection) {
	limits := c.Limits
	limits.MayDrop = func(ix *workload.Index) bool { return c.Protected(ix) == "" && Usable(ix) }
	s.Choices, s.Rejected = c.Advisor.Select(c.searching(), limits)
	return s
})

// searching returns the statements that may lack an index: those of the application
// that touch enough blocks.
func (c *Case) searching() []*workload.Statement {
	var list []*workload.Statement
	for s, q := range c.Statements {
		blocks, known := opt.Both(s.SharedHit, s.SharedRead, func(a, b float64) float64 { return (a + b) / max(s.Calls.Or(0), 1) }).Get()
		if OwnStatement(s, q) && (!known || blocks >= MissingBlocks.In(c)) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *workload.Statement) int { return cmp.Compare(a.QueryID, b.QueryID) })
	return list
}

// adopt replaces the index that a finding proposes for one scan by the index selected
// for the whole workload, if that helps the plan's statement nearly as much. It
// returns the case with the adopted indexes.
func (c *Case) adopt(found []Found) *Case {
	if c.Snapshot == nil {
		return c
	}
	with := *c
	with.adopted, with.explained, with.rewritten, with.planned = map[adoption]bool{}, map[scanOf]bool{}, map[*workload.Statement]bool{}, map[scanOf]bool{}
	onPlan := map[*Plan][]*Found{}
	for i := range found {
		onPlan[found[i].Plan] = append(onPlan[found[i].Plan], &found[i])
	}
	for i := range found {
		f := &found[i]
		if f.Plan == nil || f.Plan.Statement == nil {
			continue
		}
		symptom := f.isSymptom(onPlan[f.Plan])
		if !symptom && f.rewritesMost() {
			with.rewritten[f.Plan.Statement] = true
		}
		for j, r := range f.Remedies {
			if r.Create == nil || r.Create.Index == nil {
				continue
			}
			if symptom {
				with.explained[scanOf{r.Create.Index.Table, f.Plan.Statement}] = true
				continue
			}
			own := *r.Create
			if f.Together {
				own.CostAfter = opt.Float{} // what all indexes save together says nothing of one
			}
			choice, adopted := indexadvisor.InPlaceOf(SelectionOf.Of(c).Choices, own, f.Plan.Statement)
			if choice == nil {
				with.planned[scanOf{own.Index.Table, f.Plan.Statement}] = true
				continue
			}
			with.adopted[adoptionOf(choice.Index, f.Plan.Statement)] = true
			if indexKey(choice.Index) == indexKey(*own.Index) {
				continue
			}
			f.Remedies[j].Create, f.Remedies[j].Instead, f.Fix = &adopted, own.Index, redact.Text{}
			for _, old := range choice.Replaces {
				f.Remedies = append(f.Remedies, Remedy{Drop: old})
			}
		}
	}
	return &with
}

// OtherCause reports whether the statement's plan shows another cause than a missing
// index for the scan of a table: before that is mended, an index on the table may make
// the statement slower, or serves a query that is to be written differently.
func (c *Case) OtherCause(t *workload.Table, s *workload.Statement) bool {
	return c.explained[scanOf{t.Name, s}] || c.rewritten[s]
}

// PlanProposes reports whether a finding on a plan of the statement proposes an index of
// its own on a table, by what the plan shows of the statement's values: one that was
// selected without them is a second index for the same scan.
func (c *Case) PlanProposes(t *workload.Table, s *workload.Statement) bool {
	return c.planned[scanOf{t.Name, s}]
}

// rewritesMost reports whether the finding calls for another query, and explains a
// large part of its plan.
func (f *Found) rewritesMost() bool {
	cost := f.Cost
	if cost == (Cost{}) {
		cost = f.Plan.CostOf(f.Covered...)
	}
	return (f.Rewrites || f.rank() == RankRewrite) && max(cost.Share.Or(0), cost.estimate.Or(0)) >= rewrittenShare
}

// rewrittenShare is the share of a plan from which on a rewrite leaves little of it.
const rewrittenShare = 0.3

const (
	// cheaper is the least share of a statement's estimated cost that a selected index
	// saves to be proposed for a plan that asks for none by itself.
	cheaper = 0.5
	// perEntry is what an index entry costs at least: cpu_index_tuple_cost.
	perEntry = 0.005
)

// Selected returns the index on a node's table that is selected for the whole workload
// and makes the plan's statement much cheaper, and its costs: nil if there is none, or if
// the actual rows refute the estimate that the costs rest on. A statement's values are not
// exported, so its estimate may be of far fewer rows than the plan's values return.
func (n *Node) Selected() *Proposal {
	t, st := n.Table(), n.Plan.Statement
	actual, expected, known := opt.Two(n.RowsTotal, n.ExpectedTotal)
	if t == nil || st == nil || !known || max(actual, expected) > 2*min(actual, expected) {
		return nil
	}
	least := 0.0
	if use := n.Use(); use.Limit == nil && use.Sort == nil {
		least = perEntry * actual
	}
	for _, choice := range SelectionOf.Of(n.Plan.Case).Choices {
		for _, served := range choice.Serves {
			if served.Statement == st && served.SavedShare() >= cheaper && served.After >= least && choice.Index.Schema == t.Schema && choice.Index.Table == t.Name {
				return &Proposal{Index: &choice.Index, CostBefore: opt.Of(served.Before), CostAfter: opt.Of(served.After), Method: "statistics"}
			}
		}
	}
	return nil
}

// ServedWithoutPlan returns the statements of a choice that have no executed plan, or whose
// plan has a finding that adopted the index. In the other plans, the plan rules found
// no problem.
func (c *Case) ServedWithoutPlan(choice indexadvisor.Choice) []indexadvisor.Served {
	var list []indexadvisor.Served
	for _, s := range choice.Serves {
		if !c.HasPlan(s.Statement) || c.adopted[adoptionOf(choice.Index, s.Statement)] {
			list = append(list, s)
		}
	}
	return list
}

// proposesSame reports whether a finding on a plan proposes the same index as other,
// which is on the whole workload: they have one cause.
func (f *Found) proposesSame(other *Found) bool {
	if f.Plan == nil || !other.of.Selects {
		return false
	}
	for _, mine := range f.Remedies {
		for _, r := range other.Remedies {
			if mine.Create != nil && mine.Create.Index != nil && r.Create != nil && r.Create.Index != nil && indexKey(*mine.Create.Index) == indexKey(*r.Create.Index) {
				return true
			}
		}
	}
	return false
}

// absorb adds the other statements that an index serves, and the indexes that it
// replaces. It reports whether there are any.
func (f *Found) absorb(other Found) bool {
	own, n := f.Plan.Statement, len(f.Remedies)
	for _, r := range other.Remedies {
		if r.Drop != nil || r.Create != nil && (own == nil || r.For != own) {
			f.Remedies = append(f.Remedies, r)
		}
	}
	if len(f.Remedies) == n {
		return false
	}
	f.Severity = max(f.Severity, other.Severity)
	return true
}
