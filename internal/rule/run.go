package rule

import (
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Fault is a rule, or a step after the rules, that failed on the input. It is a bug
// in pgverdict; the rest of the report is still written.
type Fault struct {
	Rule  string
	Cause string // what it failed with
}

// runner applies rules to one case.
type runner struct {
	c      *Case
	rules  []*Rule // those that run
	order  map[*Rule]int
	faults []Fault
	nodes  map[nodeRules][]*Rule
}

// nodeRules are the rules for nodes of a type.
type nodeRules struct {
	typ      string
	analyzed bool
}

// forNode returns the rules for a node.
func (r *runner) forNode(n *Node) []*Rule {
	key := nodeRules{n.Type, n.Plan.Analyzed}
	list, known := r.nodes[key]
	if !known {
		for _, rule := range r.rules {
			if rule.Node != nil && (key.analyzed || rule.Estimates) && (rule.On == nil || slices.Contains(rule.On, n.Type)) {
				list = append(list, rule)
			}
		}
		r.nodes[key] = list
	}
	return list
}

// Run applies the rules to the case and returns one finding per cause, in no
// particular order. Of a schema or a migration, nothing else is judged.
func Run(c *Case, list []*Rule) ([]Found, []Fault) {
	r := &runner{c: c, order: map[*Rule]int{}, nodes: map[nodeRules][]*Rule{}}
	for i, rule := range list {
		r.order[rule] = i
		if !c.Off[rule.ID] && !c.cutFor(rule) {
			r.rules = append(r.rules, rule)
		}
	}
	if c.Schema != nil {
		return r.onSchema(), r.faults
	}
	if c.Migration != nil {
		return r.onMigration(), r.faults
	}
	all := r.onPlans()
	if slices.ContainsFunc(r.rules, func(rule *Rule) bool { return rule.Selects }) {
		r.try("the choice of indexes", func() { r.c = c.adopt(all) })
	}
	all = append(all, r.onCase()...)
	all = append(all, r.onExports()...)
	all = append(all, r.onTexts(all)...)
	r.try("the comparison of plans", func() { c.alreadyThere(all); c.seenElsewhere(all) })
	for i := range all {
		if f := &all[i]; !f.Unused.Empty() {
			f.Detail = redact.Append(f.Detail, "%s", f.Unused)
		}
	}
	r.try("the tables that parts belong to", func() { c.onWholes(all) })
	all = append(all, r.onProposed(all)...)
	found := all
	r.try("the merging of causes", func() { found = mergeCauses(slices.Clone(all)) })
	for i := range found {
		found[i].weigh()
		r.try("the form of the query", func() { c.draft(&found[i]) })
	}
	r.try("the runs of one plan", func() { found = mergeRuns(found) })
	return found, r.faults
}

// try runs a rule or a later step and records a panic as a fault.
func (r *runner) try(id string, do func()) {
	r.guard(func() string { return id }, do)
}

// guard is try for several rules in turn: running returns the one that runs.
func (r *runner) guard(running func() string, do func()) {
	defer func() {
		if v := recover(); v != nil {
			if id := running(); !slices.ContainsFunc(r.faults, func(f Fault) bool { return f.Rule == id }) {
				r.faults = append(r.faults, Fault{id, fmt.Sprint(v)})
			}
		}
	}()
	do()
}

// each runs rules on n subjects in turn and returns what they find, rule by rule. A
// subject is looked at by all rules while it is at hand: there can be many. A panic on one
// of them leaves out that rule there. place sets where a finding is.
func (r *runner) each(rules []*Rule, n int, run func(rule *Rule, i int, found func(Found)), place func(f *Found, i int)) []Found {
	at, next := 0, 0
	found := make([][]Found, len(rules))
	reports := make([]func(Found), len(rules))
	for k, rule := range rules {
		reports[k] = func(f Found) {
			place(&f, at)
			found[k] = append(found[k], r.by(rule, f))
		}
	}
	for at < n {
		r.guard(func() string { return rules[next-1].ID }, func() {
			for ; at < n; at, next = at+1, 0 {
				for next < len(rules) {
					next++
					run(rules[next-1], at, reports[next-1])
				}
			}
		})
	}
	return slices.Concat(found...)
}

// with returns the rules that have something.
func (r *runner) with(has func(rule *Rule) bool) []*Rule {
	return slices.DeleteFunc(slices.Clone(r.rules), func(rule *Rule) bool { return !has(rule) })
}

// by sets the rule of a finding.
func (r *runner) by(rule *Rule, f Found) Found {
	f.Rule, f.of, f.Position = rule.ID, rule, r.order[rule]
	return f
}

// cutFor reports whether a rule depends on a view being complete and rows of that
// view are missing.
func (c *Case) cutFor(r *Rule) bool {
	return c.Snapshot != nil && !r.RowAlone && slices.ContainsFunc(r.Needs, func(v workload.View) bool {
		return (v == workload.ViewIndex || v == workload.ViewIndexes || v == workload.ViewConstraint) && c.Snapshot.IsCut(v)
	})
}

// onPlans applies the rules on plans and nodes.
func (r *runner) onPlans() []Found {
	var all []Found
	for _, p := range r.c.Plans {
		if p.Repeats {
			continue
		}
		found := r.onPlan(p)
		for _, f := range found {
			var together []*Proposal
			for _, remedy := range f.Remedies {
				if remedy.Create != nil {
					together = append(together, remedy.Create)
				}
			}
			r.try("the price of indexes", func() { r.c.Advisor.Reprice(p.Plan, together...) })
		}
		all = append(all, found...)
	}
	return all
}

func (r *runner) onPlan(p *Plan) []Found {
	var found []Found
	absorb := func(rule *Rule, node *Node, f Found) {
		f = r.by(rule, f)
		f.Plan = p
		if node == nil {
			f.PlaceOnPlan(p)
		} else {
			if len(f.Covered) == 0 {
				f.Covered = []*plan.Node{node.Node}
			}
			f.place(p, node.Node)
		}
		if !p.Analyzed {
			f.onEstimates()
		}
		found = append(found, f)
	}
	for _, rule := range r.rules {
		if rule.Plan != nil && (p.Analyzed || rule.Estimates) {
			r.try(rule.ID, func() { rule.Plan(r.c, p, func(f Found) { absorb(rule, nil, f) }) })
		}
	}
	// One function for all rules and nodes: one each would cost more than most
	// rules do.
	var rule *Rule
	var node *Node
	here := func(f Found) { absorb(rule, node, f) }
	for at, next := 0, 0; at < len(p.nodes); { // after a panic, the next rule goes on
		r.guard(func() string { return rule.ID }, func() {
			for ; at < len(p.nodes); at, next = at+1, 0 {
				node = &p.nodes[at]
				if !node.Executed() {
					continue // its estimate proves nothing
				}
				for list := r.forNode(node); next < len(list); {
					rule = list[next]
					next++
					rule.Node(r.c, node, here)
				}
			}
		})
	}
	explained := explainedBy(found)
	for _, rule := range r.rules {
		if rule.Rest != nil && (p.Analyzed || rule.Estimates) {
			r.try(rule.ID, func() { rule.Rest(r.c, p, explained, func(f Found) { absorb(rule, p.Node(f.Covered[0]), f) }) })
		}
	}
	return found
}

// explainedBy tells which nodes the findings on a plan explain. How the rows are read,
// such as from a cold cache, does not explain why they are.
func explainedBy(found []Found) func(*plan.Node) bool {
	by := map[*plan.Node]bool{}
	for _, f := range found {
		if f.LeadsVerdict() && f.rank() > RankRead {
			for _, n := range f.Covered {
				by[n] = true
			}
		}
	}
	return func(n *plan.Node) bool { return by[n] }
}

// onCase applies the rules on the whole case.
func (r *runner) onCase() []Found {
	var found []Found
	for _, rule := range r.rules {
		if rule.Case != nil && (r.c.Snapshot != nil || len(rule.Needs) == 0) {
			r.try(rule.ID, func() { rule.Case(r.c, func(f Found) { found = append(found, r.by(rule, f)) }) })
		}
	}
	return found
}

// onExports applies the rules on statements and tables.
func (r *runner) onExports() []Found {
	c := r.c
	if c.Snapshot == nil {
		return nil
	}
	statements := c.Snapshot.Statements
	shapes := make([]*sql.Query, len(statements))
	for i, s := range statements {
		shapes[i] = c.Statements[s]
	}
	found := r.each(r.with(func(rule *Rule) bool { return rule.Statement != nil }), len(statements), func(rule *Rule, i int, found func(Found)) {
		// Without calls there is no figure per call.
		if s := statements[i]; s.Calls.Or(0) > 0 {
			shape := shapes[i]
			if shape == nil && rule.Gist {
				shape = c.Gists[s]
			}
			rule.Statement(c, s, shape, found)
		}
	}, func(f *Found, i int) {
		if f.Statement == nil {
			f.Statement = statements[i]
		}
		if !f.Share.Known() {
			f.Share = c.ShareOf(statements[i])
		}
		for k := range f.Remedies {
			f.Remedies[k].For = statements[i]
		}
	})
	for _, t := range c.Snapshot.Tables {
		for _, rule := range r.rules {
			if rule.Table == nil {
				continue
			}
			r.try(rule.ID, func() {
				rule.Table(c, t, func(f Found) {
					if f.Where.Relation == "" {
						f.Where.Relation = t.QName()
					}
					found = append(found, r.by(rule, f))
				})
			})
		}
	}
	return found
}

// onTexts applies the rules on statement texts, unless another finding has proved
// the same for the statement.
func (r *runner) onTexts(said []Found) []Found {
	type about struct {
		subject   string
		plan      *Plan
		statement *workload.Statement
	}
	known := map[about]bool{}
	for _, f := range said {
		known[about{f.of.subject(), f.Plan, nil}] = true
		known[about{f.of.subject(), nil, f.Statement}] = true
	}
	return r.each(r.with(func(rule *Rule) bool { return rule.Text != nil }), len(r.c.Texts), func(rule *Rule, i int, found func(Found)) {
		t := r.c.Texts[i]
		if t.Plan != nil && known[about{rule.subject(), t.Plan, nil}] || t.Statement != nil && known[about{rule.subject(), nil, t.Statement}] {
			return
		}
		rule.Text(r.c, t, found)
	}, func(f *Found, i int) { r.c.Texts[i].place(f) })
}

// onProposed applies the rules on proposed indexes, once per index.
func (r *runner) onProposed(all []Found) []Found {
	if r.c.Snapshot == nil {
		return nil
	}
	var found []Found
	seen := map[string]bool{}
	for _, f := range all {
		for _, remedy := range f.Remedies {
			if remedy.Create == nil || remedy.Create.Index == nil || seen[indexKey(*remedy.Create.Index)] {
				continue
			}
			ix := *remedy.Create.Index
			seen[indexKey(ix)] = true
			for _, rule := range r.rules {
				if rule.Proposed != nil {
					r.try(rule.ID, func() {
						rule.Proposed(r.c, ix, func(f Found) { found = append(found, r.by(rule, f)) })
					})
				}
			}
		}
	}
	return found
}
