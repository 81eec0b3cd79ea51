package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rollout"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// verifySentences warn about an index that is not based on the whole workload, by
// its basis.
var verifySentences = map[string]string{
	"query":  "based on the query alone - verify with workload data before shipping",
	"plan":   "based on the query alone - verify with workload data before shipping",
	"schema": "based on the schema alone - verify with workload data before shipping",
}

// tablesOnly is the warning if table statistics were read beside the schema.
const tablesOnly = "based on the schema and table statistics alone - verify with the statements before shipping"

// advice is the outcome for the changes that findings call for.
type advice struct {
	recommended []report.Recommendation
	created     []created        // the indexes among them
	refused     []report.Refused // over the budget, or maintenance costs too much
}

// recommend decides which changes are recommended and formats them.
func (b *builder) recommend() advice {
	a := advice{recommended: []report.Recommendation{}}
	createdFor := b.c.Advisor.Configure(b.Budget)
	for _, p := range b.c.Plans {
		for n := range p.Nodes() {
			createdFor.Avoid(n.Index)
		}
	}
	over := b.overBudget(createdFor)
	ids := map[*change]string{}
	for _, c := range b.changes {
		if c.after != nil && ids[c.after] == "" {
			continue // the wider index is not proposed after all
		}
		if why := b.notWorthIt(c); why != "" {
			a.refused = append(a.refused, report.Refused{Index: c.create.String(), Why: why})
			continue
		}
		if size, beyond := over[c]; beyond {
			a.refused = append(a.refused, report.Refused{Index: c.create.String(), Why: fmt.Sprintf("its %s exceed the budget of %s, of which %s is kept because sizes are estimates", figures.Bytes(size), figures.Bytes(b.Budget), figures.Share(indexadvisor.SizeMargin))})
			continue
		}
		var r report.Recommendation
		id := fmt.Sprintf("R%d", len(a.recommended)+1)
		switch {
		case c.create != nil:
			ddl := createdFor.Create(b.printable(*c.create))
			r = b.createIndex(c, ddl)
			a.created = append(a.created, created{id, ddl.Name, *c.create})
		case c.drop != nil:
			r = b.dropIndex(c)
			if c.after != nil {
				r.Title += " once " + ids[c.after] + " is built"
				r.Lock.Cautions = append([]string{"run it only after the index of " + ids[c.after] + " is built and valid"}, r.Lock.Cautions...)
			}
		case c.draft != nil:
			r = b.rewriteQuery(c)
		case c.run != nil:
			r = b.runCommand(c)
		case c.byHand:
			r = b.describeRewrite(c)
		default:
			r = b.setMemory(c)
		}
		if s := b.c.Snapshot; s != nil && s.InRecovery.Or(false) && r.Lock.Mode != "none" {
			r.Lock.Cautions = append([]string{"run it on the primary: the export is from a standby, which cannot write"}, r.Lock.Cautions...)
		}
		r.ID, r.Findings = id, c.findings
		r.Runnable = r.NotRunnable == ""
		if r.Steps == nil {
			r.Steps = []report.SafeStep{}
		}
		ids[c] = r.ID
		a.recommended = append(a.recommended, r)
	}
	return a
}

// overBudget takes the indexes into the budget and returns those beyond it, with what they
// would add: first those of severe findings and those that were selected for the workload
// within the budget, then the others, such as those for checks of foreign keys from whose
// tables nothing was deleted.
func (b *builder) overBudget(created *indexadvisor.Configuration) map[*change]float64 {
	over := map[*change]float64{}
	if b.Budget == 0 {
		return over
	}
	for _, first := range [2]bool{true, false} {
		for _, c := range b.changes {
			if c.create == nil || (c.severity >= finding.High || rule.SelectionOf.Of(b.c).Has(*c.create)) != first || b.notWorthIt(c) != "" {
				continue
			}
			var replaced []*workload.Index
			for _, other := range b.changes {
				if other.after == c {
					replaced = append(replaced, other.drop)
				}
			}
			if size, fits := created.Take(*c.create, replaced...); !fits {
				over[c] = size
			}
		}
	}
	return over
}

// printable returns an index without the literals of its predicate, unless they
// may be printed.
func (b *builder) printable(ix indexadvisor.Index) indexadvisor.Index {
	shown := b.show(ix.Where)
	if shown != ix.Where.Raw() {
		shown = redact.Unrunnable(ix.Where.Raw())
	}
	ix.Where = redact.Plain(shown)
	return ix
}

func (b *builder) createIndex(c *change, ddl indexadvisor.DDL) report.Recommendation {
	size, whySize := b.c.Advisor.Size(*c.create)
	write := b.c.Advisor.WriteCost(*c.create)
	ix := b.printable(*c.create)
	r := report.Recommendation{
		Action:    "create_index",
		Title:     "index on " + ix.String(),
		Statement: ddl.Statement, Rollback: ddl.Rollback, Check: ddl.Check,
		Index:     indexSpec(ix),
		SizeBytes: size,
		WriteCost: writeCost(write),
		Lock:      lock(ddl.Lock),
	}
	if strings.Contains(ddl.Statement, "CONCURRENTLY") {
		r.Check = watch + r.Check
		r.Lock.Duration += b.scanWords(c)
	}
	r.Check += b.checkOfPlan(c, ddl.Name)
	for i, s := range ddl.Steps {
		r.Steps = append(r.Steps, report.SafeStep{Step: i + 1, SQL: s.SQL, Transaction: string(txOf(s)), Deploy: string(rollout.AnyTime), Why: s.Why})
	}
	if ix.Where.Raw() != c.create.Where.Raw() {
		r.NotRunnable = b.whyHidden()
	}
	r.Serves = b.serves(c)
	r.Basis, r.Verify = b.basis(r.Serves)
	r.Gain = b.gain(c, r.Serves)
	r.Cost = costWords(size, whySize, write)
	balance := b.balance(c)
	r.Balance = balanceOf(balance)
	r.Gain = listed(r.Gain, savedPerDay(balance))
	r.Cost = listed(r.Cost, maintenance(balance))
	return r
}

func txOf(s indexadvisor.Step) rollout.Tx {
	if s.Alone {
		return rollout.None
	}
	return rollout.Any
}

// watch shows how far the build of an index is.
const watch = "-- while it runs, in another session\nSELECT phase, blocks_done, blocks_total FROM pg_stat_progress_create_index;\n-- afterwards: true\n"

// scanWords says how long one scan of the table took, which the build does twice; empty
// if no plan shows it, or it is short.
func (b *builder) scanWords(c *change) string {
	for _, a := range c.requests {
		if a.plan == nil {
			continue
		}
		if ms, long := longScans.Of(a.plan)[c.create.Table]; long {
			return fmt.Sprintf(". One scan took %s", figures.Ms(ms))
		}
	}
	return ""
}

// longScans are the times of a plan's first long scan of each table.
var longScans = rule.Derive(func(p *rule.Plan) map[string]float64 {
	const worthSaying = 1000 // ms
	long := map[string]float64{}
	if !p.Analyzed {
		return long
	}
	for n := range p.Nodes() {
		// A subquery in its filter runs inside the scan, which the build does not run.
		if ms := n.SelfMs.Or(0); n.Type == "Seq Scan" && ms >= worthSaying && n.Executions() == opt.Of(1.0) && !n.StoppedEarly() {
			if _, known := long[n.Relation]; !known {
				long[n.Relation] = ms
			}
		}
	}
	return long
})

// checkOfPlan is how to see that the query uses an index.
func (b *builder) checkOfPlan(c *change, name string) string {
	for _, a := range c.requests {
		text, q := redact.Text{}, (*sql.Query)(nil)
		switch st := b.statementOf(a); {
		case st != nil:
			text, q = st.Query, b.c.Statements[st]
		case a.plan != nil:
			text, q = a.plan.Plan.Query, a.plan.Query
		}
		if command, ok := b.explain(text, q); ok {
			return "\n-- the plan should show " + name + "\n" + command
		}
	}
	return ""
}

// whyHidden says why a statement is printed without a literal that it needs.
func (b *builder) whyHidden() string {
	if b.ShowLiterals {
		return "its predicate contains a credential, which is never printed"
	}
	return "a literal of its predicate is hidden. --show-literals prints the statement in full"
}

// serves lists the plans and statements that a change helps, each once, with
// its costs where a finding knows them.
func (b *builder) serves(c *change) []report.Serves {
	out := []report.Serves{}
	type what struct {
		plan, pasted opt.Value[int]
		statement    *workload.Statement
	}
	seen := map[what]int{}
	for _, a := range c.requests {
		if a.plan == nil && a.statement == nil && !a.pasted.Known() {
			continue
		}
		s := report.Serves{Method: "defaults", Expected: a.pasted}
		if a.plan != nil {
			s.Plan = opt.Some(a.plan.Position)
		}
		if st := b.statementOf(a); st != nil {
			s.QueryID, s.Calls = queryID(st), st.Calls
		}
		if a.proposal != nil && a.proposal.CostAfter.Known() {
			s.CostBefore, s.CostAfter, s.Method = a.proposal.CostBefore, a.proposal.CostAfter, a.proposal.Method
		}
		key := what{s.Plan, s.Expected, a.statement}
		at, again := seen[key]
		switch {
		case !again:
			seen[key] = len(out)
			out = append(out, s)
		case !out[at].CostAfter.Known():
			out[at] = s
		}
	}
	return out
}

// statementOf is the statement of the workload that a finding speaks for.
func (b *builder) statementOf(a request) *workload.Statement {
	if a.plan != nil {
		return a.plan.Statement
	}
	return a.statement
}

// basis is the best that any of the served rests on.
func (b *builder) basis(serves []report.Serves) (basis, verify string) {
	basis = "schema"
	if len(serves) > 0 {
		basis = "query"
	}
	for _, s := range serves {
		if s.Plan.Known() && b.c.Plans[s.Plan.Or(0)].Analyzed {
			basis = "plan"
		}
	}
	pasted := len(serves) > 0 && !slices.ContainsFunc(serves, func(s report.Serves) bool { return !s.Expected.Known() })
	if !pasted && b.c.Snapshot != nil && len(b.c.Snapshot.Statements) > 0 && b.c.Snapshot.Has(workload.ViewClass) {
		basis = "workload"
	}
	if basis == "schema" && b.hasExports() {
		return basis, tablesOnly
	}
	return basis, verifySentences[basis]
}

func (b *builder) gain(c *change, serves []report.Serves) string {
	var parts []string
	if fast := b.fastRun(c); fast != nil {
		parts = append(parts, fmt.Sprintf("at most the %s that plan %d took: the rest is not the plan's", figures.Ms(fast.ExecMs().Or(0)), fast.Number()))
	} else if c.impact > 0 {
		parts = append(parts, "up to "+figures.Ms(c.impact)+" per execution")
	} else if ms := b.spent(c); ms > 0 {
		parts = append(parts, "some of the "+figures.Ms(ms)+" per execution (see the finding)")
	}
	for _, s := range serves {
		if before, ok := s.CostBefore.Get(); ok && s.CostAfter.Known() {
			was, is := figures.Count(before), figures.Count(s.CostAfter.Or(0))
			if was == is {
				parts = append(parts, fmt.Sprintf("estimated cost unchanged: %s (planner units, %s)", was, methodWords[s.Method]))
				break
			}
			parts = append(parts, fmt.Sprintf("estimated cost %s -> %s (planner units, %s)", was, is, methodWords[s.Method]))
			break
		}
	}
	if s := b.servedShare(c); s != "" {
		parts = append(parts, s)
	}
	if slices.ContainsFunc(c.requests, func(a request) bool { return a.key != nil }) {
		parts = append(parts, "time in deletes from the referenced table")
	}
	if len(parts) == 0 {
		return cmp.Or(b.estimatedGain(c), "unknown, see the finding")
	}
	return strings.Join(parts, "; ")
}

// fastRun returns the run that did the same in a fraction of the time as the only plan that
// a change is for; nil if there is none.
func (b *builder) fastRun(c *change) (fast *rule.Plan) {
	for _, a := range c.requests {
		if a.plan == nil {
			return nil
		}
		if f, _ := b.ofThePlan(a.plan); f != nil {
			fast = f
		} else if a.plan != fast {
			return nil
		}
	}
	return fast
}

// spent returns the time that a change is for, of one execution: what the change leaves of
// it is unknown.
func (b *builder) spent(c *change) float64 {
	most := 0.0
	for _, a := range c.requests {
		if a.plan != nil {
			most = max(most, b.found[a.finding].Cost.Ms.Or(0))
		}
	}
	return most
}

// estimatedGain describes the part of a plan's estimated cost that a change is for, if
// the plan was not executed.
func (b *builder) estimatedGain(c *change) string {
	for _, a := range c.requests {
		if share := b.found[a.finding].EstimatedShare(); share > 0 && a.plan != nil {
			return fmt.Sprintf("up to %s of the estimated cost (%s planner units)", figures.Share(share), figures.Count(a.plan.Root.TotalCost.Or(0)))
		}
	}
	return ""
}

// servedShare describes the part of the workload that an index serves.
func (b *builder) servedShare(c *change) string {
	served := map[*workload.Statement]bool{}
	ms, calls := 0.0, 0.0
	for _, a := range c.requests {
		if a.plan == nil && a.statement == nil {
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
	said := "time in " + figures.Plural(len(served), "statement")
	if share, known := shareOf(opt.Of(ms), b.c.TotalMs()).Get(); known {
		said += fmt.Sprintf(", %s of total execution time (%s)", figures.Share(share), figures.Plural(calls, "call"))
	}
	return said
}

// methodWords describe the basis of a predicted cost.
var methodWords = map[string]string{
	"statistics":      "using the exported statistics",
	"plan-calibrated": "using the plan's row estimate",
	"plan-split":      "using the plan's row estimate",
	"defaults":        "unknown",
}

// listed joins the parts of a gain or a cost that are not empty.
func listed(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

func costWords(size opt.Float, why string, w indexadvisor.WriteCost) string {
	var parts []string
	if !size.Known() && indexcost.WriteCost(w).Sentence() == "" {
		return "size and write cost unknown (" + why + ")"
	}
	if v, ok := size.Get(); ok {
		parts = append(parts, figures.Bytes(v))
	} else {
		parts = append(parts, "size unknown ("+why+")")
	}
	if s := indexcost.WriteCost(w).Sentence(); s != "" {
		parts = append(parts, s)
	} else {
		parts = append(parts, "write cost unknown for the same reason")
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
		Index: indexSpec(*rule.IndexLike(ix)),
		Basis: "workload", Serves: []report.Serves{},
		SizeBytes: ix.SizeBytes,
		WriteCost: writeCost(write),
		Lock:      lock(ddl.Lock),
	}
	r.Gain = dropGain(ix, write)
	if !b.hasExports() {
		r.Basis, r.Verify = "schema", verifySentences["schema"]
	}
	r.Cost = "none visible in this data"
	if b.doubted(c) {
		r.Verify = "open question in the finding - answer it first"
		r.Cost = "a replica or a rare job may still use the index"
	}
	if scans, ok := ix.SinceReset().Scans.Get(); ok && scans > 0 {
		r.Cost = figures.Plural(scans, "scan") + " will use the other index"
	}
	return r
}

// dropGain says what a write and the storage save without an index.
func dropGain(ix *workload.Index, write indexadvisor.WriteCost) string {
	gain := []string{}
	if v, ok := ix.SizeBytes.Get(); ok {
		gain = append(gain, figures.Bytes(v)+" of storage")
	}
	if v, ok := write.WALBytesPerInsert.Get(); ok {
		gain = append(gain, fmt.Sprintf("%s less WAL per INSERT", figures.PerWrite(v)))
	}
	if v, ok := write.WALBytesPerDay.Get(); ok {
		gain = append(gain, fmt.Sprintf("%s less WAL per day", figures.Bytes(v)))
	}
	if v, ok := write.HOTUpdatesLostShare.Get(); ok && v > 0 {
		gain = append(gain, figures.Share(v)+" of the table's updates become HOT")
	}
	if len(gain) == 0 {
		return "one index less to maintain on every write"
	}
	return strings.Join(gain, "; ")
}

func indexSpec(ix indexadvisor.Index) *report.IndexSpec {
	return &report.IndexSpec{
		Schema: ix.Schema, Table: ix.Table, Method: ix.Method, Keys: ix.KeyList(),
		Include: orEmpty(ix.Include), Where: ix.Where.Raw(), Unique: ix.Unique,
	}
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
