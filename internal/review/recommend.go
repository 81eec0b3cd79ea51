package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/workload"
)

// verifySentence stands on every index that rests on less than the workload.
const verifySentence = "based on the query alone - verify with workload data before shipping"

// change is one thing to do, gathered from the findings that call for it.
type change struct {
	create *indexadvisor.Index
	drop   *workload.Index
	after  *change     // the wider index that has to be there before the drop
	memory float64     // work_mem in bytes
	plan   *rules.Plan // the plan that memory is for

	asked    []asked
	severity finding.Severity
	impact   float64
	spared   float64 // ms of the exported time, by the costs before and after
	findings []int
}

// asked is one finding's call for a change.
type asked struct {
	finding  int
	proposal *indexadvisor.Proposal
	plan     *rules.Plan
	queryID  string
}

// changes gathers the remedies of all findings: one change an index, the
// wider of two that begin alike, one setting a plan.
func (b *builder) changes() []*change {
	var all []*change
	for i, f := range b.found {
		var wider *change // what the finding creates
		for _, r := range f.Remedies {
			c := b.changeFor(&all, r)
			switch {
			case c == nil:
				continue
			case c.create != nil:
				wider = c
			case c.drop != nil && c.asked == nil:
				c.after = wider
			case c.drop != nil && wider == nil:
				c.after = nil // it goes whatever is created
			}
			c.asked = append(c.asked, asked{i, r.Create, r.ForPlan, r.ForQuery})
			c.severity = max(c.severity, f.Severity)
			c.spared += b.spared(f, r)
			c.impact = max(c.impact, f.ImpactMs.Or(0))
			if !slices.Contains(c.findings, i) {
				c.findings = append(c.findings, i)
			}
		}
	}
	all = b.withoutCovered(all)
	slices.SortStableFunc(all, func(x, y *change) int {
		return cmp.Or(
			cmp.Compare(y.severity, x.severity),
			cmp.Compare(x.kind(), y.kind()),
			cmp.Compare(y.spared, x.spared),
			cmp.Compare(y.impact, x.impact),
			cmp.Compare(x.name(), y.name()),
		)
	})
	// A drop comes behind what it waits for.
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		if at := slices.Index(all, c.after); c.after != nil && at > i {
			all = slices.Insert(slices.Delete(all, i, i+1), at, c)
		}
	}
	return all
}

// spared is the time that an index spares, of the exported statements where
// that is known: by a plan's own figures, else by the costs.
func (b *builder) spared(f rules.Found, r rules.Remedy) float64 {
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
	if r.ForQuery == "" || before <= 0 {
		return 0
	}
	if st := b.c.Snapshot.Statement(r.ForQuery); st != nil {
		return st.TotalMs.Or(0) * (1 - after/before)
	}
	return 0
}

// withoutCovered leaves out an index for a foreign key of which nothing is
// deleted where another new index begins with the same columns and serves all
// the statements that it would: the finding stays, and points to that one.
func (b *builder) withoutCovered(all []*change) []*change {
	covered := map[*change]bool{}
	for _, c := range all {
		if c.create == nil || !b.forLookupsOnly(c) {
			continue
		}
		for _, other := range all {
			if other != c && other.create != nil && !covered[other] && beginsWith(other.create, c.create) && b.servesAll(other, c) {
				other.findings = append(other.findings, c.findings...)
				covered[c] = true
				break
			}
		}
	}
	return slices.DeleteFunc(all, func(c *change) bool { return covered[c] })
}

// forLookupsOnly reports whether a change is for a foreign key that only
// statements of the workload have a use for.
func (b *builder) forLookupsOnly(c *change) bool {
	for _, a := range c.asked {
		if a.plan != nil || b.found[a.finding].Rule != "missing-fk-index" {
			return false
		}
	}
	return !b.deletesSearch(c)
}

// deletesSearch reports whether rows are deleted whose references a new index
// finds.
func (b *builder) deletesSearch(c *change) bool {
	for _, a := range c.asked {
		for _, e := range b.found[a.finding].Evidence {
			if v, ok := e.Value.(float64); ok && e.Name == rules.DeletedRows && v > 0 {
				return true
			}
		}
	}
	return false
}

func beginsWith(long, short *indexadvisor.Index) bool {
	return long.Schema == short.Schema && long.Table == short.Table && long.Method == short.Method &&
		len(long.Keys) >= len(short.Keys) && slices.Equal(long.Keys[:len(short.Keys)], short.Keys)
}

func (b *builder) servesAll(wide, narrow *change) bool {
	served := map[*workload.Statement]bool{}
	for _, a := range wide.asked {
		served[b.statementOf(a)] = true
	}
	for _, a := range narrow.asked {
		if st := b.statementOf(a); st != nil && !served[st] {
			return false
		}
	}
	return true
}

func (b *builder) changeFor(all *[]*change, r rules.Remedy) *change {
	switch {
	case r.Create != nil && r.Create.Index != nil:
		for _, c := range *all {
			if c.create != nil && merge(c.create, r.Create.Index) {
				return c
			}
		}
		ix := *r.Create.Index
		ix.Where = redact.Plain(b.show(ix.Where)) // it may be of a statement's literals
		*all = append(*all, &change{create: &ix})
	case r.Drop != nil:
		for _, c := range *all {
			if c.drop == r.Drop {
				return c
			}
		}
		*all = append(*all, &change{drop: r.Drop})
	case r.WorkMem != nil:
		for _, c := range *all {
			if c.memory > 0 && c.plan == r.ForPlan {
				c.memory = max(c.memory, r.WorkMem.Bytes)
				return c
			}
		}
		*all = append(*all, &change{memory: r.WorkMem.Bytes, plan: r.ForPlan})
	default:
		return nil
	}
	return (*all)[len(*all)-1]
}

// merge widens one index to serve as another too, if one begins as the other
// does.
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

// kind orders changes of one weight: what makes reads fast first.
func (c *change) kind() int {
	switch {
	case c.create != nil:
		return 0
	case c.memory > 0:
		return 1
	}
	return 2
}

func (c *change) name() string {
	switch {
	case c.create != nil:
		return c.create.Schema + "." + c.create.String()
	case c.drop != nil:
		return c.drop.QName()
	}
	return fmt.Sprint(c.plan.Position)
}

// recommendations writes the changes out.
func (b *builder) recommendations() []report.Recommendation {
	out := []report.Recommendation{}
	names := indexadvisor.Names{}
	spent := 0.0
	ids := map[*change]string{}
	all := b.changes()
	for _, c := range all {
		if c.after != nil && ids[c.after] == "" {
			continue // the wider index is not proposed after all
		}
		if why := b.notWorthIt(c); why != "" {
			b.beyond = append(b.beyond, report.Refused{Index: c.create.String(), Why: why})
			continue
		}
		if c.create != nil && b.Budget > 0 {
			size := b.c.Advisor.SizeBytes(*c.create).Or(0)
			for _, other := range all {
				if other.after == c {
					size -= other.drop.SizeBytes.Or(0)
				}
			}
			if spent+size > b.Budget {
				b.beyond = append(b.beyond, report.Refused{Index: c.create.String(), Why: fmt.Sprintf("%s more than the budget of %s allows", figures.Bytes(size), figures.Bytes(b.Budget))})
				continue
			}
			spent += size
		}
		var r report.Recommendation
		switch {
		case c.create != nil:
			r = b.createIndex(c, names)
		case c.drop != nil:
			r = b.dropIndex(c)
			if c.after != nil {
				r.Title += " once " + ids[c.after] + " is built"
				r.Lock.Cautions = append([]string{"only after the index of " + ids[c.after] + " is built and valid: it takes over"}, r.Lock.Cautions...)
			}
		default:
			r = b.setMemory(c)
		}
		r.ID, r.Findings = fmt.Sprintf("R%d", len(out)+1), c.findings
		ids[c] = r.ID
		out = append(out, r)
	}
	return out
}

func (b *builder) createIndex(c *change, names indexadvisor.Names) report.Recommendation {
	ix := *c.create
	ddl := b.c.Advisor.Create(ix, names)
	size, whySize := b.c.Advisor.Size(ix)
	write := b.c.Advisor.WriteCost(ix)
	r := report.Recommendation{
		Action:    "create_index",
		Title:     "index on " + ix.String(),
		Statement: ddl.Statement, Rollback: ddl.Rollback, Check: ddl.Check,
		Index: &report.IndexSpec{
			Schema: ix.Schema, Table: ix.Table, Method: ix.Method, Keys: ix.KeyList(),
			Include: orEmpty(ix.Include), Where: ix.Where.Raw(), Unique: ix.Unique,
		},
		SizeBytes: size,
		WriteCost: writeCost(write),
		Lock:      lock(ddl.Lock),
	}
	r.Serves = b.serves(c)
	r.Basis, r.Verify = b.basis(r.Serves)
	r.Gain = b.gain(c, r.Serves)
	r.Cost = costWords(size, whySize, write)
	balance := b.balance(c)
	r.Balance = balanceOf(balance)
	if words := balanceWords(balance); words != "" {
		r.Gain += "; " + words
	}
	return r
}

// serves lists the plans and statements that a change helps, each once.
func (b *builder) serves(c *change) []report.Serves {
	out := []report.Serves{}
	seen := map[string]bool{}
	for _, a := range c.asked {
		if a.plan == nil && a.queryID == "" {
			continue
		}
		s := report.Serves{Method: "defaults"}
		if a.plan != nil {
			s.Plan = opt.Of(a.plan.Position)
		}
		if st := b.statementOf(a); st != nil {
			id := st.QueryID
			s.QueryID, s.Calls = &id, st.Calls
		}
		if a.proposal != nil && a.proposal.CostAfter.Known() {
			s.CostBefore, s.CostAfter, s.Method = a.proposal.CostBefore, a.proposal.CostAfter, a.proposal.Method
		}
		key := fmt.Sprint(s.Plan, s.QueryID)
		if !seen[key] {
			seen[key] = true
			out = append(out, s)
		}
	}
	return out
}

// statementOf is the statement of the workload that a finding speaks for.
func (b *builder) statementOf(a asked) *workload.Statement {
	if a.plan != nil {
		return a.plan.Statement
	}
	if a.queryID == "" {
		return nil
	}
	return b.c.Snapshot.Statement(a.queryID)
}

// basis is the best that any of the served rests on.
func (b *builder) basis(serves []report.Serves) (basis, verify string) {
	basis = "query"
	for _, s := range serves {
		if s.Plan.Known() && b.c.Plans[s.Plan.Or(0)].Analyzed {
			basis = "plan"
		}
	}
	if b.c.Snapshot != nil && len(b.c.Snapshot.Statements) > 0 && b.c.Snapshot.Has(workload.ViewClass) {
		basis = "workload"
	}
	if basis != "workload" {
		verify = verifySentence
	}
	return basis, verify
}

func (b *builder) gain(c *change, serves []report.Serves) string {
	var parts []string
	for _, s := range serves {
		if before, ok := s.CostBefore.Get(); ok && s.CostAfter.Known() {
			parts = append(parts, fmt.Sprintf("plan cost %s -> %s (planner's units, %s)",
				figures.Count(before), figures.Count(s.CostAfter.Or(0)), methodWords[s.Method]))
			break
		}
	}
	if c.impact > 0 {
		parts = append(parts, "up to "+figures.Ms(c.impact)+" of one execution")
	}
	if s := b.servedShare(c); s != "" {
		parts = append(parts, s)
	}
	for _, a := range c.asked {
		if b.found[a.finding].Rule == "missing-fk-index" {
			parts = append(parts, "lets deletes on the referenced table find its rows")
			break
		}
	}
	if len(parts) == 0 {
		return "not known in time: " + b.show(b.found[c.findings[0]].Title)
	}
	return strings.Join(parts, "; ")
}

// servedShare says which part of the workload the served statements are.
func (b *builder) servedShare(c *change) string {
	served := map[*workload.Statement]bool{}
	ms, calls := 0.0, 0.0
	for _, a := range c.asked {
		if a.plan == nil && a.queryID == "" {
			continue
		}
		if st := b.statementOf(a); st != nil && !served[st] {
			served[st] = true
			ms, calls = ms+st.TotalMs.Or(0), calls+st.Calls.Or(0)
		}
	}
	if len(served) == 0 {
		return ""
	}
	return fmt.Sprintf("serves %s, %s of the exported time in %s calls", figures.Plural(len(served), "statement"),
		figures.Share(ms/max(b.c.TotalMs(), ms, 1e-9)), figures.Count(calls))
}

// methodWords says what a predicted cost rests on.
var methodWords = map[string]string{
	"statistics":      "from the exported statistics",
	"plan-calibrated": "from the plan's own row estimate",
	"plan-split":      "from the plan's own row estimate",
	"defaults":        "not known",
}

func costWords(size opt.Float, why string, w indexadvisor.WriteCost) string {
	var parts []string
	if v, ok := size.Get(); ok {
		parts = append(parts, figures.Bytes(v))
	} else {
		parts = append(parts, "size not known ("+why+")")
	}
	if s := w.Sentence(); s != "" {
		parts = append(parts, s)
	} else {
		parts = append(parts, "write cost not known for the same reason")
	}
	return strings.Join(parts, "; ")
}

func (b *builder) dropIndex(c *change) report.Recommendation {
	ix := c.drop
	ddl := b.c.Advisor.Drop(ix)
	write := b.c.Advisor.IndexCost(ix)
	r := report.Recommendation{
		Action:    "drop_index",
		Title:     "drop " + ix.QName(),
		Statement: ddl.Statement, Rollback: ddl.Rollback, Check: ddl.Check,
		Index: &report.IndexSpec{
			Schema: ix.Table.Schema, Table: ix.Table.Name, Method: ix.Def.Method,
			Keys: indexadvisor.Index{IndexDef: ix.Def}.KeyList(), Include: orEmpty(ix.Def.Include), Where: ix.Def.Where.Raw(), Unique: ix.Def.Unique,
		},
		Basis: "workload", Serves: []report.Serves{},
		SizeBytes: ix.SizeBytes,
		WriteCost: writeCost(write),
		Lock:      lock(ddl.Lock),
	}
	gain := []string{}
	if v, ok := ix.SizeBytes.Get(); ok {
		gain = append(gain, figures.Bytes(v)+" of storage")
	}
	if v, ok := write.WALBytesPerInsert.Get(); ok {
		gain = append(gain, fmt.Sprintf("%s of WAL per INSERT", figures.Bytes(v)))
	}
	if v, ok := write.WALBytesPerDay.Get(); ok {
		gain = append(gain, fmt.Sprintf("%s of WAL a day", figures.Bytes(v)))
	}
	if v, ok := write.HOTUpdatesLostShare.Get(); ok && v > 0 {
		gain = append(gain, figures.Share(v)+" of the table's updates become HOT")
	}
	r.Gain = "every write is spared one index"
	if len(gain) > 0 {
		r.Gain = "saves " + strings.Join(gain, "; ")
	}
	r.Cost = "none that the input shows"
	if scans, ok := ix.Scans.Get(); ok && scans > 0 {
		r.Cost = figures.Count(scans) + " scans move to the other index"
	}
	if b.found[c.findings[0]].Tag == finding.Concern {
		r.Verify = "settle the question of the finding before shipping"
		r.Cost += "; a replica or a rare job may read by it"
	}
	return r
}

func writeCost(w indexadvisor.WriteCost) *report.WriteCost {
	return &report.WriteCost{
		EntriesPerInsert: w.EntriesPerInsert, WALBytesPerInsert: w.WALBytesPerInsert, WALBytesPerNonHOTUpdate: w.WALBytesPerNonHOTUpdate,
		HOTUpdatesLostShare: w.HOTUpdatesLostShare, WALBytesPerLostHOT: w.WALBytesPerLostHOT, Amplification: w.Amplification,
		WALBytesPerDay: w.WALBytesPerDay, FPIBytesPerDay: w.FullPageBytesPerDay, EntriesPerDay: w.EntriesPerDay,
		GrowthBytesPerDay: w.GrowthBytesPerDay, PagesPerCheckpoint: w.PagesDirtiedPerCheckpoint,
		Pattern: w.Pattern, Basis: w.Basis, Notes: orEmpty(w.Notes),
	}
}

func lock(l indexadvisor.Lock) report.Lock {
	return report.Lock{Mode: l.Mode, Blocks: l.Blocks, Duration: l.Duration, Cautions: orEmpty(l.Cautions)}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
