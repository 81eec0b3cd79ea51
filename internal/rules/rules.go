// Package rules holds every rule as a value in one list, and runs them over a
// Case.
//
// A rule says what it sees, why that matters, when it stays silent, and which
// thresholds it goes by; listing, documentation and tests come from these
// values. The runner does the walking: it visits each input once, keeps the
// guards that hold for all plan rules, and leaves one finding a cause. Rules
// only read the Case, so they may run in any order.
package rules

import (
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Rule is one cause that can be recognised. The function that is set says what
// the rule looks at; where a plan or the counters show the same as a text does,
// two of them are.
type Rule struct {
	ID    string
	Title string

	Sees       string   // what makes it fire
	Why        string   // why that matters
	Silent     string   // when it stays silent
	Fix        string   // what to do about it
	Sources    []string // where the reasoning can be checked
	Thresholds []*Threshold

	// Estimates says that the rule can speak on a plan without actual
	// figures; what it says there is a concern, medium at most.
	Estimates bool
	// Rank orders rules that see the same cause: the highest one speaks, the
	// others become a line of its detail.
	Rank int

	// Needs are the views without any one of which the rule stays silent, of
	// those that it looks at.
	Needs []workload.View

	// Proof are the rules that see in a plan or in the counters what Text reads
	// in a statement: where one of them has spoken of it, Text is not asked.
	Proof []string

	Node      func(c *Case, n *Node, found func(Found))
	Plan      func(c *Case, p *Plan, found func(Found)) // for what no single node shows
	Table     func(c *Case, t *workload.Table, found func(Found))
	Statement func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) // q is nil where the text could not be read
	Text      func(c *Case, t *Text, found func(Found))                             // for what a statement's text alone says
	Case      func(c *Case, found func(Found))                                      // for settings, and what joins everything
	Proposed  func(c *Case, ix indexadvisor.Index, found func(Found))               // an index that another rule proposes
}

// Threshold is a number a rule goes by, and the reason for it.
type Threshold struct {
	Name  string
	Value float64
	Unit  string
	Why   string
}

// Found is a finding on its way to the report, with what the report needs
// beyond the words.
type Found struct {
	finding.Finding
	Remedies []Remedy
	SparedMs float64 // of the exported time, by the costs before and after; 0: not known

	Statement *workload.Statement // the exported statement it is on

	plan    *Plan
	covers  []*plan.Node      // nodes whose time this finding explains
	cost    cost              // what the rule judged it by; where it left that open, the cost of covers
	hurts   *plan.Node        // the node that suffers from it, if that is another one
	table   *workload.Table   // the table it is about
	index   *workload.Index   // the index it is about
	keeps   *workload.Index   // the index that takes over from it
	query   *sql.Query        // the statement it is about, where no more is known than its time
	short   redact.Text       // what to call it as a line of another finding; else its title
	named   []*workload.Table // the tables that this statement names
	whole   *workload.Table   // the table that this statement reads from end to end
	checked []string          // the tables whose foreign keys this statement has to check
	rank    int
	aside   bool // a fact beside the cause: it leads no verdict

	Whole    opt.Float // ms that Share is of, where that is not the execution
	UnderWay bool      // harm that went on at the time of the export, such as a queue behind a lock
	Together bool      // its indexes serve only together: with one of them nothing is gained
}

// Covers are the nodes whose time the finding explains.
func (f Found) Covers() []*plan.Node { return f.covers }

// ExplainedMs is the time that the finding explains: of the exported statements,
// where that is known, else of one execution.
func (c *Case) ExplainedMs(f Found) float64 {
	share := f.Share.Or(0)
	switch {
	case f.plan == nil && c.Snapshot == nil:
		return 0
	case f.plan == nil:
		return share * c.TotalMs()
	case f.plan.Statement != nil:
		return share * f.plan.Statement.TotalMs.Or(0)
	}
	return f.cost.ms.Or(0)
}

// Bytes is the size of the index or the table that a finding is about; 0 where
// it is not known.
func (f Found) Bytes() float64 {
	switch {
	case f.index != nil:
		return sizeOf(f.index).Or(0)
	case f.table != nil:
		return f.table.Bytes().Or(0)
	}
	return 0
}

// Leading is the figure that a finding's rule counts by: the first of its
// evidence. It orders findings of one rule on several objects.
func (f Found) Leading() float64 {
	for _, e := range f.Evidence {
		if v, ok := e.Value.(float64); ok {
			return v
		}
	}
	return 0
}

// Remedy is a change that a finding calls for. Exactly one field is set.
type Remedy struct {
	Create   *indexadvisor.Proposal
	Drop     *workload.Index
	WorkMem  *WorkMem
	Refused  *Refused
	For      *workload.Statement // the exported statement it serves
	ForPlan  *Plan               // the plan it serves
	ForPaste opt.Value[int]      // position among the case's queries of the one it serves
}

// WorkMem is memory for one statement.
type WorkMem struct {
	Bytes float64
	Gain  string // what it spares
}

// Refused is an index that was weighed and not proposed.
type Refused struct {
	Index indexadvisor.Index
	Why   string
}

// Fault is a rule, or a step that follows the rules, that failed on the input: a
// mistake of ours, which costs what it would have said and never the report.
type Fault struct {
	Rule  string
	Cause string // what it failed with
}

// try runs one rule on one thing, or a step behind the rules.
func (c *Case) try(id string, do func()) {
	defer func() {
		if v := recover(); v != nil && !slices.ContainsFunc(c.faults, func(f Fault) bool { return f.Rule == id }) {
			c.faults = append(c.faults, Fault{id, fmt.Sprint(v)})
		}
	}()
	do()
}

// Run applies every rule to the case and leaves one finding a cause. The
// order of what comes back is not decided here.
func Run(c *Case) ([]Found, []Fault) {
	c.faults = nil
	var all []Found
	for _, p := range c.Plans {
		if p.Repeats {
			continue
		}
		all = append(all, c.runPlan(p)...)
	}
	c.try("the choice of indexes", func() { c.adopt(all) })
	for _, r := range c.active() {
		if r.Case != nil {
			c.try(r.ID, func() {
				r.Case(c, func(f Found) {
					f.Rule, f.rank = r.ID, r.Rank
					all = append(all, f)
				})
			})
		}
	}
	if c.Snapshot != nil {
		all = append(all, c.runCatalogue()...)
	}
	all = append(all, c.runTexts(all)...)
	c.try("the comparison of plans", func() { c.alreadyThere(all) })
	c.try("the tables that parts belong to", func() { c.onWholes(all) })
	all = append(all, c.runProposed(all)...)
	found := all
	c.try("the merging of causes", func() { found = oneCause(slices.Clone(all)) })
	for i := range found {
		found[i].weigh()
	}
	return found, c.faults
}

// runProposed applies what looks at the indexes that other rules propose, each
// of them once.
func (c *Case) runProposed(all []Found) []Found {
	var found []Found
	seen := map[string]bool{}
	for _, f := range all {
		for _, r := range f.Remedies {
			if r.Create == nil || r.Create.Index == nil || c.Snapshot == nil {
				continue
			}
			ix := *r.Create.Index
			name := ix.Schema + "." + ix.String()
			if seen[name] {
				continue
			}
			seen[name] = true
			for _, r := range c.active() {
				if r.Proposed == nil {
					continue
				}
				c.try(r.ID, func() {
					r.Proposed(c, ix, func(f Found) {
						f.Rule, f.rank = r.ID, r.Rank
						found = append(found, f)
					})
				})
			}
		}
	}
	return found
}

// active are the rules that run.
func (c *Case) active() []*Rule {
	if len(c.Off) == 0 && (c.Snapshot == nil || len(c.Snapshot.CutViews()) == 0) {
		return All
	}
	return slices.DeleteFunc(slices.Clone(All), func(r *Rule) bool { return c.Off[r.ID] || c.cutFor(r) })
}

// cutFor reports whether a rule concludes something from what a view does not
// list, and rows of that view are missing.
func (c *Case) cutFor(r *Rule) bool {
	return c.Snapshot != nil && slices.ContainsFunc(r.Needs, func(v workload.View) bool {
		return (v == workload.ViewIndex || v == workload.ViewIndexes || v == workload.ViewConstraint) && c.Snapshot.IsCut(v)
	})
}

func (c *Case) runPlan(p *Plan) []Found {
	var found []Found
	for _, r := range c.active() {
		if r.Plan == nil || !p.Analyzed && !r.Estimates {
			continue
		}
		c.try(r.ID, func() {
			r.Plan(c, p, func(f Found) {
				f.Rule, f.rank, f.plan = r.ID, r.Rank, p
				f.placeOnPlan(p)
				if !p.Analyzed {
					f.onEstimates()
				}
				found = append(found, f)
			})
		})
	}
	ofNodes := slices.DeleteFunc(slices.Clone(c.active()), func(r *Rule) bool { return r.Node == nil || !p.Analyzed && !r.Estimates })
	// One function for all rules and nodes: one each would cost more than most
	// rules do.
	var r *Rule
	var node *Node
	take := func(f Found) {
		f.Rule, f.rank, f.plan = r.ID, r.Rank, p
		if len(f.covers) == 0 {
			f.covers = []*plan.Node{node.Node}
		}
		f.place(p, node.Node)
		if !p.Analyzed {
			f.onEstimates()
		}
		found = append(found, f)
	}
	for n := range p.Nodes() {
		if !n.Executed() {
			continue // its estimate proves nothing
		}
		node = p.node(n)
		for _, r = range ofNodes {
			c.try(r.ID, func() { r.Node(c, node, take) })
		}
	}
	for i := range found {
		var together []*proposal
		for _, r := range found[i].Remedies {
			if r.Create != nil {
				together = append(together, r.Create)
			}
		}
		c.try("the price of indexes", func() { c.Advisor.Reprice(p.Query, p.Root.TotalCost, together...) })
	}
	return found
}

// runCatalogue applies what looks at the exports: tables with their indexes,
// and statements.
func (c *Case) runCatalogue() []Found {
	var found []Found
	for _, r := range c.active() {
		take := func(f Found) {
			f.Rule, f.rank = r.ID, r.Rank
			found = append(found, f)
		}
		if r.Statement == nil {
			continue
		}
		for _, s := range c.Snapshot.Statements {
			if s.Calls.Or(0) <= 0 {
				continue // without calls there is no figure per call
			}
			c.try(r.ID, func() {
				r.Statement(c, s, c.Statements[s], func(f Found) {
					if f.Statement == nil {
						f.Statement = s
					}
					if !f.Share.Known() {
						f.Share = c.shareOf([]*workload.Statement{s})
					}
					for i := range f.Remedies {
						f.Remedies[i].For = s
					}
					take(f)
				})
			})
		}
	}
	for _, t := range c.Snapshot.Tables {
		for _, r := range c.active() {
			if r.Table == nil {
				continue
			}
			c.try(r.ID, func() {
				r.Table(c, t, func(f Found) {
					f.Rule, f.rank = r.ID, r.Rank
					if f.Where.Relation == "" {
						f.Where.Relation = t.QName()
					}
					found = append(found, f)
				})
			})
		}
	}
	return found
}

// AboutIndexes reports whether a finding calls for an index, for one less, or
// says why none is proposed.
func (f Found) AboutIndexes() bool {
	return slices.ContainsFunc(f.Remedies, func(r Remedy) bool { return r.Create != nil || r.Drop != nil || r.Refused != nil })
}

// AboutPasted reports whether a finding is about a plan or a query that was
// pasted.
func (f Found) AboutPasted() bool {
	return f.Where.Plan.Known() || slices.ContainsFunc(f.Remedies, func(r Remedy) bool { return r.ForPaste.Known() })
}

// LeadsVerdict reports whether the finding is one that the verdict may begin
// with: no nit, and no fact that stands beside what carries the time.
func (f Found) LeadsVerdict() bool { return f.Severity > finding.Nit && !f.aside }

// weigh gives a finding on a plan the one figure that every page and the
// verdict use: the time that it explains, and its share of the execution.
func (f *Found) weigh() {
	if f.plan == nil || f.Share.Known() {
		return
	}
	if f.cost == (cost{}) {
		f.cost = f.plan.costOf(f.covers...)
	}
	f.Share = f.cost.share
	var e evidence
	e.number("time explained", f.cost.ms, "ms", "plan")
	e.number("share of the execution", f.cost.share, "share", "plan")
	f.Evidence = append(e, f.Evidence...)
}
