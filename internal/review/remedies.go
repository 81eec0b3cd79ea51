package review

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// change is one change, merged from the findings that call for it.
type change struct {
	create *indexadvisor.Index
	drop   *workload.Index
	after  *change      // the wider index that must exist before the drop
	memory float64      // work_mem in bytes, enough for all plans
	saves  string       // what memory saves
	plans  []*rule.Plan // the plans that memory is for, one per query
	draft  *rewrite.Draft
	run    *rule.Command
	byHand bool // another query, of which there is no draft

	requests []request
	severity finding.Severity
	impact   float64
	savedMs  float64 // ms of total execution time, by the costs before and after
	findings []int
}

// request is one finding's call for a change.
type request struct {
	finding   int
	proposal  *indexadvisor.Proposal
	plan      *rule.Plan
	statement *workload.Statement
	pasted    opt.Value[int] // position among the pasted queries
	key       *rule.KeyCheck // the foreign key that it is for
}

// gather merges the remedies of all findings into changes: one per index, the wider
// of two with the same leading columns, and one setting per query.
func (b *builder) gather() []*change {
	var all []*change
	for i, f := range b.found {
		var wider *change // what the finding creates
		for _, r := range f.Remedies {
			c := b.changeFor(&all, f.Severity, r)
			switch {
			case c == nil:
				continue
			case c.create != nil:
				wider = c
			case c.drop != nil && c.requests == nil:
				c.after = wider
			case c.drop != nil && wider == nil:
				c.after = nil // its drop does not depend on a new index
			}
			c.requests = append(c.requests, request{i, r.Create, r.ForPlan, r.For, r.ForPaste, r.ForKey})
			c.severity = max(c.severity, f.Severity)
			c.savedMs += b.savedMs(f, r)
			c.impact = max(c.impact, f.ImpactMs.Or(0))
			if !slices.Contains(c.findings, i) {
				c.findings = append(c.findings, i)
			}
		}
	}
	all = b.withoutCovered(all)
	asked := b.planTopic().finding
	if c := b.rewriteByHand(all, asked); c != nil {
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(x, y *change) int {
		return cmp.Or(
			cmp.Compare(b.nearness(y, asked), b.nearness(x, asked)),
			cmp.Compare(y.severity, x.severity),
			compareBool(b.doubted(x), b.doubted(y)),
			cmp.Compare(x.kind(), y.kind()),
			cmp.Compare(b.place(x), b.place(y)),
			cmp.Compare(y.savedMs, x.savedMs),
			cmp.Compare(y.impact, x.impact),
			cmp.Compare(x.name(), y.name()),
		)
	})
	// A drop follows the change that it depends on.
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		if at := slices.Index(all, c.after); c.after != nil && at > i {
			all = slices.Insert(slices.Delete(all, i, i+1), at, c)
		}
	}
	return all
}

// place is the position of a new index in the order of what each gains for its cost;
// behind all others if it is not selected for the workload. With pasted plans, their
// figures decide.
func (b *builder) place(c *change) int {
	if c.create == nil || len(b.c.Plans) > 0 {
		return 0
	}
	choices := rule.SelectionOf.Of(b.c).Choices
	at := slices.IndexFunc(choices, func(choice indexadvisor.Choice) bool {
		return beginsWith(c.create, &choice.Index) && c.create.Where.Raw() == choice.Index.Where.Raw()
	})
	if at < 0 {
		return len(choices)
	}
	return at
}

// nearness is how near a change is to what the user asks about: it is for the finding
// that explains the pasted plan, or else for a pasted plan or query, or else for the
// workload.
func (b *builder) nearness(c *change, asked int) int {
	near := 0
	for _, i := range c.findings {
		switch {
		case i == asked:
			return 2
		case b.found[i].Severity > finding.Nit && b.found[i].AboutPasted():
			near = 1
		}
	}
	return near
}

// doubted reports whether the most severe finding that calls for a change is a question.
func (b *builder) doubted(c *change) bool {
	lead := slices.MaxFunc(c.findings, func(i, j int) int { return cmp.Compare(b.found[i].Severity, b.found[j].Severity) })
	return b.found[lead].Tag == finding.Concern
}

// savedMs returns the time that an index saves, of the exported statements if known:
// from the figures of a plan, or else from the estimated costs.
func (b *builder) savedMs(f rule.Found, r rule.Remedy) float64 {
	if r.Create == nil {
		return 0
	}
	if p := r.ForPlan; p != nil {
		if exec := p.ExecMs().Or(0); p.Statement != nil && exec > 0 {
			return p.Statement.TotalMs.Or(0) * min(f.ImpactMs.Or(0)/exec, 1)
		}
		return f.ImpactMs.Or(0)
	}
	before, after := r.Create.CostBefore.Or(0), r.Create.CostAfter.Or(0)
	if r.For == nil || before <= 0 {
		return 0
	}
	return r.For.TotalMs.Or(0) * (1 - after/before)
}

// withoutCovered removes an index for a foreign key without deletes if another new
// index finds the same rows and serves the same statements. Its findings then refer to
// that index.
func (b *builder) withoutCovered(all []*change) []*change {
	covered := map[*change]bool{}
	for _, c := range all {
		if c.create == nil || !b.forLookupsOnly(c) {
			continue
		}
		for _, other := range all {
			if other != c && other.create != nil && !covered[other] && b.findsRowsOf(other.create, c.create) && b.servesAll(other, c) {
				other.findings = append(other.findings, c.findings...)
				covered[c] = true
				break
			}
		}
	}
	return slices.DeleteFunc(all, func(c *change) bool { return covered[c] })
}

// forLookupsOnly reports whether an index for a foreign key serves only statements,
// because no rows are deleted.
func (b *builder) forLookupsOnly(c *change) bool {
	for _, a := range c.requests {
		if a.plan != nil || a.key == nil {
			return false
		}
	}
	return !deletesSearch(c)
}

// deletesSearch reports whether foreign key checks of actual deletes use a new index.
func deletesSearch(c *change) bool {
	return slices.ContainsFunc(c.requests, func(a request) bool { return a.key != nil && a.key.Deleted > 0 })
}

func beginsWith(long, short *indexadvisor.Index) bool {
	return long.Schema == short.Schema && long.Table == short.Table && long.Method == short.Method &&
		len(long.Keys) >= len(short.Keys) && slices.Equal(long.Keys[:len(short.Keys)], short.Keys)
}

// findsRowsOf reports whether an index finds the rows of a foreign key as the index on its
// columns would: it begins with them, or with the one of several that has the most values.
func (b *builder) findsRowsOf(ix, key *indexadvisor.Index) bool {
	if beginsWith(ix, key) {
		return true
	}
	t := b.c.Snapshot.Table(key.Schema, key.Table)
	if t == nil || ix.Schema != key.Schema || ix.Table != key.Table || ix.Method != "btree" || !ix.Where.Empty() || len(key.Keys) < 2 {
		return false
	}
	first := slices.MaxFunc(key.Keys, func(x, y workload.IndexKey) int {
		return cmp.Compare(selectivity.Distinct(t, x.Column), selectivity.Distinct(t, y.Column))
	})
	return ix.Keys[0].Column == first.Column && selectivity.StatsOf(t, first.Column) != nil
}

func (b *builder) servesAll(wide, narrow *change) bool {
	served := map[*workload.Statement]bool{}
	for _, a := range wide.requests {
		served[b.statementOf(a)] = true
	}
	for _, a := range narrow.requests {
		if st := b.statementOf(a); st != nil && !served[st] {
			return false
		}
	}
	return true
}

func (b *builder) changeFor(all *[]*change, severity finding.Severity, r rule.Remedy) *change {
	switch {
	case r.Create != nil && r.Create.Index != nil:
		for _, c := range *all {
			if c.create != nil && merge(c.create, r.Create.Index) {
				return c
			}
		}
		ix := *r.Create.Index
		*all = append(*all, &change{create: &ix})
	case r.Drop != nil:
		if r.Drop.Definition == "" {
			return nil // there would be no rollback
		}
		for _, c := range *all {
			if c.drop == r.Drop {
				return c
			}
		}
		*all = append(*all, &change{drop: r.Drop})
	case r.WorkMem != nil:
		for _, c := range *all {
			if c.memory == 0 {
				continue
			}
			same := slices.ContainsFunc(c.plans, r.ForPlan.SameQuery)
			if severity < c.severity && r.WorkMem.Bytes > c.memory && (same || severity == finding.Nit) {
				return nil // a lesser spill does not set the size
			}
			c.memory = max(c.memory, r.WorkMem.Bytes)
			if !same {
				c.plans = append(c.plans, r.ForPlan)
			}
			return c
		}
		*all = append(*all, &change{memory: r.WorkMem.Bytes, saves: r.WorkMem.Gain, plans: []*rule.Plan{r.ForPlan}})
	case r.Rewrite != nil:
		for _, c := range *all {
			if c.draft != nil && lex.Normalize(c.draft.Query.Raw()) == lex.Normalize(r.Rewrite.Query.Raw()) {
				return c
			}
		}
		*all = append(*all, &change{draft: r.Rewrite})
	case r.Command != nil:
		for _, c := range *all {
			if c.run != nil && c.run.Merge(*r.Command) {
				return c
			}
		}
		run := *r.Command
		*all = append(*all, &change{run: &run})
	default:
		return nil
	}
	return (*all)[len(*all)-1]
}

// merge widens a so that it also serves as b, if the keys of one are a prefix of the
// other's.
func merge(a, b *indexadvisor.Index) bool {
	if a.Schema != b.Schema || a.Table != b.Table || a.Method != b.Method || a.Where.Raw() != b.Where.Raw() {
		return false
	}
	short, long := a, b
	if len(short.Keys) > len(long.Keys) {
		short, long = b, a
	}
	if !slices.Equal(short.Keys, long.Keys[:len(short.Keys)]) {
		return false
	}
	for _, name := range append(slices.Clip(short.Include), long.Include...) {
		if !slices.Contains(a.Include, name) {
			a.Include = append(slices.Clip(a.Include), name)
		}
	}
	a.Keys = long.Keys
	a.Include = slices.DeleteFunc(slices.Clone(a.Include), func(name string) bool {
		return slices.ContainsFunc(a.Keys, func(k workload.IndexKey) bool { return k.Column == name })
	})
	return true
}

// kind orders changes of equal severity: new indexes first.
func (c *change) kind() int {
	switch {
	case c.create != nil:
		return 0
	case c.run != nil:
		return 1
	case c.memory > 0:
		return 2
	case c.draft != nil, c.byHand:
		return 3
	}
	return 4
}

func (c *change) name() string {
	switch {
	case c.create != nil:
		return c.create.Schema + "." + c.create.String()
	case c.drop != nil:
		return c.drop.QName()
	case c.draft != nil:
		return c.draft.Query.Raw()
	case c.run != nil:
		return c.run.Statement
	case c.byHand:
		return ""
	}
	return fmt.Sprint(c.plans[0].Position)
}
