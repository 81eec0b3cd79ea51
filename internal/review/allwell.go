package review

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules/plans"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

const (
	// quick is the time in ms below which a plan is fast enough whatever it does.
	quickMs = 10
	// longRun is the time in ms from which a plan without findings is not an
	// all-clear, unless the plan shows that the work is necessary.
	slowMs = 1_000
	// noticeableMs is the time from which on a plan without findings gets a first step.
	noticeableMs = 100
	// rowsWorthSaying is the lowest number of rows that explains the time of a scan.
	rowsWorthSaying = 1_000
	// dropsMost is the share of removed rows from which a scan that takes most of
	// the time is not called fine, whatever its condition.
	dropsMost, dropsRows = 0.9, 10_000
	// summedUp is the highest share of the rows read that an aggregate returns if the
	// rows were read to be aggregated.
	summedUp = 0.1
	// reachesIt is the share of a scan's rows that must pass a join or reach an
	// aggregate for an index to save hardly any reads.
	reachesIt = 0.2
)

// allWell returns the verdict if no rule fired and no statement has a large share. It
// is an all-clear only if nothing vital is missing.
func (b *builder) allWell() string {
	switch {
	case len(b.c.Queries) == 1 && b.c.Queries[0].Expected != nil:
		cost := b.c.Queries[0].Expected.Today().TotalCost.Or(0)
		return fmt.Sprintf("No index makes the query much cheaper than the estimated %s planner units. This is an estimate: check it with the real plan.", figures.Count(cost))
	case len(b.c.Queries) > 0 && !b.hasExports():
		return "Not judged: the plan of the query is missing. " + b.lookedAt()
	case !b.hasExports():
		return "Not judged: only definitions were read (" + b.lookedAt() + "), which do not show what is slow."
	}
	unseen, minor := b.unseen(), slices.ContainsFunc(b.found, func(f rule.Found) bool { return f.Severity > finding.Nit })
	said := "No problem found in " + b.lookedAt() + "."
	switch {
	case minor:
		said = "Nothing urgent found in " + b.lookedAt() + "."
	case len(unseen) > 0:
		said = "No rule matched in " + b.lookedAt() + "."
	}
	if len(unseen) > 0 {
		said += " This is not an all-clear: " + b.areNot(unseen) + " not in the input."
	}
	if l := b.c.Snapshot.Log; l != nil {
		said += b.troubles()
		if len(l.Messages) > 0 && l.Executions+l.Bare == 0 {
			said += " The log has no durations. Set log_min_duration_statement to log slow statements."
		}
	}
	if st, share := b.largest(); st != nil && b.c.TakesTime(st) && !b.c.Snapshot.Single() {
		said += fmt.Sprintf(" The largest statement, %s, is %s of total execution time (%s).", b.nameOf(st), figures.Share(share), callsOf(st))
	}
	return said
}

// vital lists the views that an all-clear requires.
var vital = []struct {
	view workload.View
	what string
}{
	{workload.ViewStatements, "the statements"},
	{workload.ViewTables, "the table statistics"},
	{workload.ViewIndexes, "the index statistics"},
	{workload.ViewActivity, "the sessions"},
}

// unseen lists the vital views that were not read and the views that were cut off.
func (b *builder) unseen() []string {
	var list []string
	for _, v := range vital {
		switch {
		case b.has(v.view) || b.c.Snapshot.IsCut(v.view):
		case v.view == workload.ViewStatements && b.c.Snapshot.Logged():
			list = append(list, "statements that were not logged")
		default:
			list = append(list, v.what)
		}
	}
	for _, v := range b.c.Snapshot.CutViews() {
		list = append(list, "some rows of "+string(v))
	}
	if b.seenInPart() != "" {
		list = append(list, "the text of some statements")
	}
	return list
}

func (b *builder) areNot(list []string) string {
	return figures.List(list) + " are"
}

// lookedAt describes the contents of the exports.
func (b *builder) lookedAt() string {
	s := b.c.Snapshot
	if s == nil {
		return "nothing"
	}
	indexes := len(s.WithoutTable())
	for _, t := range s.Tables {
		indexes += len(t.Indexes)
	}
	archivers, checkpoints, counted := 0, 0, 0.0
	if s.Archiver != nil {
		archivers = 1
	}
	if s.Checkpoints != nil {
		checkpoints = int(s.Checkpoints.Timed.Or(0) + s.Checkpoints.Requested.Or(0))
	}
	walRecords := 0
	if s.WAL != nil {
		walRecords = int(s.WAL.Records.Or(0))
	}
	for _, w := range s.WaitCounts {
		counted += w.Sessions
	}
	states, all := 0.0, 0.0
	for _, n := range s.SessionCounts {
		if n.State == "" {
			all = max(all, n.Sessions)
		} else {
			states += n.Sessions
		}
	}
	counted += max(states, all)
	var parts []string
	for _, c := range []struct {
		n    int
		what string
		many string
	}{
		{len(s.Statements), "statement", "statements"}, {len(s.Tables), "table", "tables"}, {indexes, "index", "indexes"},
		{len(s.Sessions), "session" + byState(s), "sessions" + byState(s)}, {int(counted), "counted session", "counted sessions"}, {len(s.Settings), "setting", "settings"},
		{checkpoints, "checkpoint", "checkpoints"}, {len(s.IO), "row of pg_stat_io", "rows of pg_stat_io"}, {walRecords, "WAL record", "WAL records"}, {len(s.Vacuuming), "VACUUM that runs", "VACUUMs that run"}, {len(s.Building), "index build", "index builds"},
		{len(s.Slots), "replication slot", "replication slots"}, {len(s.Replicas), "replica" + farthest(s), "replicas" + farthest(s)}, {len(s.Members), "member of the cluster", "members of the cluster"}, {len(s.Pools), "pool of the connection pooler", "pools of the connection pooler"}, {archivers, "archiver", "archivers"}, {len(s.Sequences), "sequence", "sequences"},
	} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.what)
		case c.n > 1:
			parts = append(parts, figures.Count(float64(c.n))+" "+c.many)
		}
	}
	if len(parts) == 0 && s.Log != nil {
		return "the server log"
	}
	return cmp.Or(figures.List(parts), "the exports")
}

// farthest says in brackets by how much WAL the farthest replica is behind; empty if unknown.
func farthest(s *workload.Snapshot) string {
	most, whole := opt.Float{}, true
	for _, r := range s.Replicas {
		behind, ok := r.Behind.Get()
		if ok && behind >= most.Or(0) {
			most = r.Behind
		}
		whole = whole && (!ok || r.Unsent.Known() || !r.Unreplayed.Known())
	}
	behind, ok := most.Get()
	switch {
	case !ok:
		return ""
	case whole:
		return " (at most " + figures.Bytes(behind) + " behind)"
	}
	return " (at most " + figures.Bytes(behind) + " of the WAL sent is not replayed; how much is not sent is unknown)"
}

// byState says in brackets what the sessions of an export do; empty if it does not tell.
func byState(s *workload.Snapshot) string {
	counts := map[string]int{}
	for _, x := range s.Sessions {
		counts[x.State]++
	}
	var list []string
	for _, state := range [...]string{"active", "idle in transaction", "idle in transaction (aborted)", "idle"} {
		if n := counts[state]; n > 0 {
			list = append(list, figures.Count(float64(n))+" "+state)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + figures.List(list) + ")"
}

// nothingIn returns the verdict on plans without findings, about the slowest one. For
// a plan that is incomplete or was not executed it names the costliest node and is
// never an all-clear.
func (b *builder) nothingIn(slowest *rule.Plan, cut bool) string {
	reason, hasToBe, notWorth := timeReason(slowest)
	which, in := "this plan", "it "
	if n := len(b.c.Plans); n > 1 {
		which, in = fmt.Sprintf("these %d plans", n), fmt.Sprintf("the slowest, plan %d, ", slowest.Number())
		inOther := slices.ContainsFunc(b.found, func(f rule.Found) bool { return f.Plan != nil && f.Severity > finding.Nit })
		if b.notWhole(slowest) != "" || inOther { // of these nothing is said
			which, in = fmt.Sprintf("plan %d", slowest.Number()), "it "
		}
	}
	exec, timed := slowest.ExecMs().Get()
	slow := ""
	for _, p := range b.c.Plans {
		slow = cmp.Or(slow, b.slower(p))
	}
	switch {
	case cut:
		if inside, ok := slowest.Root.TotalMs.Get(); ok && exec < quickMs && slowest.Root.Loops.Or(1) == 1 && len(slowest.Lacking()) == 0 && !slowest.ExecutionMs.Known() {
			return fmt.Sprintf("Its nodes took %s. If the statement is slow, the time is in the planning, in triggers or in the client: the lines Planning Time and Execution Time tell.", figures.Ms(inside))
		}
		if exec < quickMs {
			return ""
		}
		return b.nodeSentence(slowest, costliestNode(slowest))
	case slowest.Gaps > 0:
		s := fmt.Sprintf("The result is uncertain: %s of the plan could not be read completely. Paste the plan as it was printed.", figures.Plural(slowest.Gaps, "line"))
		if timed && slowest.Analyzed {
			s += fmt.Sprintf(" From the readable part: %s%s.", in, reason)
		}
		return s
	case !slowest.Analyzed:
		return joined("Not judged: "+b.estimatesOnly(slowest)+".", b.costSentence(slowest))
	case slow != "":
		return "This plan is not the slow execution: " + slow + ". No problem found in it. Take the plan of a slow execution (auto_explain)."
	case !timed && !slowest.Root.Executed():
		return "Not judged: no node of the plan was executed."
	case !timed:
		return "Not judged: the plan was executed without timing."
	case exec < quickMs:
	case b.fasterElsewhere(slowest):
		if fast, by := b.indexElsewhere(slowest); by != nil {
			return fmt.Sprintf("%s explains the difference: plan %d reads %s with it (#%d). %s%s. If the slow plan is the current one, check why that index is missing, invalid or not used.",
				by.Index, fast.Number(), costliestNode(slowest).Relation, by.ID, upperFirst(in), reason)
		}
		if better := b.estimatedElsewhere(slowest); better != "" {
			return fmt.Sprintf("%s %s%s.", better, upperFirst(in), reason)
		}
		return fmt.Sprintf("No rule explains the difference: %s%s.", in, reason)
	case hasToBe:
		return fmt.Sprintf("No problem found in %s, and no index would avoid the work: %s%s.", which, in, reason)
	case notWorth:
		return fmt.Sprintf("No index is proposed for %s: %s%s.", which, in, reason)
	case exec >= slowMs || dropsNearlyAll(slowest):
		return joined(fmt.Sprintf("No rule explains the time of %s: %s%s.", which, in, reason), firstStep(slowest))
	}
	return joined(fmt.Sprintf("No problem found in %s: %s%s.", which, in, reason), firstStep(slowest), b.notExecuted())
}

// notExecuted names the plans that were not executed beside others that were: nothing is
// known of their time.
func (b *builder) notExecuted() string {
	var list []string
	for _, p := range b.c.Plans {
		if !p.Analyzed {
			list = append(list, fmt.Sprintf("plan %d", p.Number()))
		}
	}
	if len(list) == 0 {
		return ""
	}
	were := "was"
	if len(list) > 1 {
		were = "were"
	}
	return fmt.Sprintf("%s %s not executed: run EXPLAIN (ANALYZE, BUFFERS) with a statement_timeout.", upperFirst(figures.List(rule.FirstFew(list))), were)
}

// firstStep says what to do first about a plan of some time that no rule explains; empty
// if no node is known to take much of it, or if more plans were read.
func firstStep(p *rule.Plan) string {
	exec, top := p.ExecMs().Or(0), costliestNode(p)
	part, ok := p.Account().Part(top).Get()
	if !ok || exec < noticeableMs || p.Account().Unit != account.Milliseconds || part < p.Account().Untold() || part < worthTrying*exec {
		return ""
	}
	return plans.FirstStep(p.Node(top))
}

// fasterElsewhere reports whether another plan of the same query returned as many
// rows in a fraction of the time.
func (b *builder) fasterElsewhere(slowest *rule.Plan) bool {
	for _, p := range b.c.Pairs {
		fast := p.Faster()
		if p.Slower() == slowest && fast.ExecMs().Or(0) <= slowest.ExecMs().Or(0)/rowsTimes && fast.Root.RowsTotal.Or(0) >= slowest.Root.RowsTotal.Or(0)/rowsTimes {
			return true
		}
	}
	return false
}

// estimatedElsewhere tells of a faster plan of the same query that was planned otherwise
// by an estimate that was right, when that of the slow one was far off: of the rows that
// both plans return, or that both read from a table.
func (b *builder) estimatedElsewhere(slowest *rule.Plan) string {
	for _, p := range b.c.Pairs {
		fast := p.Faster()
		if p.Slower() != slowest || !p.OneQuery() || fast.Shape() == slowest.Shape() {
			continue
		}
		for was := range slowest.Nodes() {
			for now := range fast.Nodes() {
				both := was.Relation != "" && was.Relation == now.Relation && was.Alias == now.Alias || was.Parent == nil && now.Parent == nil
				if both && now.RowsTotal == was.RowsTotal && timesOff(was) >= farOff && timesOff(now) > 0 && timesOff(now) <= rowsTimes {
					return fmt.Sprintf("The plans differ by their estimates: plan %d expected %s and got %s (#%d %s), plan %d expected %s. If the query was not changed, the statistics were out of date: run ANALYZE after a load or a large change.",
						slowest.Number(), figures.Plural(was.ExpectedTotal.Or(0), "row"), figures.Count(was.RowsTotal.Or(0)), was.ID, was.Label(), fast.Number(), figures.Count(now.ExpectedTotal.Or(0)))
				}
			}
		}
	}
	return ""
}

// farOff is how far an estimate of rowsChanged or more rows has to be off to explain
// another plan.
const farOff = 10

// timesOff is how many times more rows a node returned than were expected, or fewer;
// 0 if it ran more than once, or returned or expected few.
func timesOff(n *plan.Node) float64 {
	rows, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal)
	if !ok || n.Executions().Or(0) != 1 || n.StoppedEarly() || max(rows, expected) < rowsChanged {
		return 0
	}
	return max(rows, expected) / max(min(rows, expected), 1)
}

// indexElsewhere returns a faster plan of the same query, and its node that reads by an
// index the table on which the slow one spends most of its time.
func (b *builder) indexElsewhere(slowest *rule.Plan) (*rule.Plan, *plan.Node) {
	for _, p := range b.c.Pairs {
		if p.Slower() == slowest {
			if by := p.Instead(costliestNode(slowest).Relation); by != nil {
				return p.Faster(), by
			}
		}
	}
	return nil, nil
}

// fetchingReason describes a distributed plan that spends most of its time between the
// coordinator and the workers: its tasks, which run beside each other, took far less. It is
// empty for any other plan.
func fetchingReason(p *rule.Plan, exec float64) string {
	for n := range p.Nodes() {
		whole, slowest, bytes := n.TotalMs.Or(0), opt.Float{}, n.Text("Tuple data received from nodes")
		for _, task := range n.Children {
			if ms, ok := task.Number("Execution Time").Get(); ok && task.Type == "Task" {
				slowest = opt.Of(max(slowest.Or(0), ms))
			}
		}
		if n.Type != "Custom Scan" || !slowest.Known() || whole-slowest.Or(0) < explainsIt*exec || n.Loops.Or(1) != 1 {
			continue
		}
		what, waits := "its rows", ""
		if n.Number("Task Count").Or(1) > 1 {
			waits = " and waiting for the other tasks"
		}
		if !bytes.Empty() {
			what += " (" + bytes.Raw() + ")"
		}
		return fmt.Sprintf("took %s: %s in #%d %s, whose slowest shown task took %s on its worker. The other %s go into connecting to the workers%s, and into fetching and storing %s. Run it again in the same session, whose connections are open then, and return fewer rows or columns if it is as slow",
			figures.Ms(exec), figures.Ms(whole), n.ID, n.Label(), figures.Ms(slowest.Or(0)), figures.Ms(whole-slowest.Or(0)), waits, what)
	}
	return ""
}

// timeReason describes what a plan spends its time on, and reports whether the work
// is necessary, and whether an index was considered and would not be worth it.
func timeReason(p *rule.Plan) (reason string, hasToBe, notWorth bool) {
	exec, ok := p.ExecMs().Get()
	if !p.Analyzed || !ok {
		return "", false, false
	}
	if exec < quickMs {
		return "took " + figures.Ms(exec), false, false
	}
	if p.Account().Unit != account.Milliseconds {
		return "took " + figures.Ms(exec) + ", and the plan has no times per node", false, false
	}
	if fetched := fetchingReason(p, exec); fetched != "" {
		return fetched, false, false
	}
	top := costliestNode(p)
	if part, ok := p.Account().Part(top).Get(); !ok || part < p.Account().Untold() {
		return "took " + figures.Ms(exec) + ", and it is unknown which node took it", false, false
	}
	ofTop := min(p.Account().Part(top).Or(0)/exec, 1)
	reason = fmt.Sprintf("took %s, the largest part in #%d %s (%s)", figures.Ms(exec), top.ID, top.Label(), figures.Share(ofTop))
	for n := range p.Nodes() {
		share := p.Account().Part(n).Or(0) / exec
		if !n.Is("Gather", "Gather Merge") || share <= ofTop {
			continue
		}
		waits := fmt.Sprintf("took %s, the largest part in #%d %s (%s), which starts the workers and waits for them", figures.Ms(exec), n.ID, n.Label(), figures.Share(share))
		if share > explainsIt {
			return waits, false, false
		}
		reason = waits + fmt.Sprintf("; then #%d %s (%s)", top.ID, top.Label(), figures.Share(ofTop))
	}
	read, groups := aggregated(p)
	low, _, known := top.Discard()
	switch scanned := top.ScannedTotal().Or(0); {
	case known && top.Type == "Seq Scan" && scanned >= rowsWorthSaying:
		reason += fmt.Sprintf(", which returns %s of the %s rows that it reads", figures.Share(1-low), figures.Count(scanned))
		if top.Has("Rows Removed by Filter") && !top.Has("Filter") {
			reason += " (the line with its condition, Filter, is missing)"
		}
		if hasToBe = low <= 0.5 && needsAll(top); hasToBe {
			reason += ", so a sequential scan is the right plan"
		} else if why, unless := plans.WhyNoIndex(p, top); why != "" {
			reason += ". By the planner cost model, " + why
			if unless != "" {
				reason += ", " + unless
			}
			notWorth = true
		}
	case read > 0:
		reason += fmt.Sprintf(". It aggregates %s rows into %s", figures.Count(read), figures.Count(groups))
		if made := p.Root.RowsTotal.Or(groups); made < groups {
			reason += fmt.Sprintf(" and returns %s", figures.Count(made))
		}
		reason += ". If it runs often, store the result (materialized view or summary table) or query fewer rows"
		hasToBe = !top.Is("Index Scan", "Bitmap Heap Scan") // which an index with more columns would avoid
	case top.SelfBuffers().SharedRead.Or(0) > 0 && top.Relation != "" && scanned > 0:
		hit, cold := top.SelfBuffers().SharedHit.Or(0), top.SelfBuffers().SharedRead.Or(0)
		reason += fmt.Sprintf(", which accesses %s blocks for %s, %s of them not in shared_buffers",
			figures.Count(hit+cold), plans.RowsSaid(opt.Of(scanned)), figures.Share(cold/(hit+cold)))
	}
	return reason, hasToBe, notWorth
}

// costliestNode returns the node with the largest part of the plan's account.
func costliestNode(p *rule.Plan) *plan.Node {
	if n := p.Account().Largest(); n != nil {
		return n
	}
	return p.Root
}

// dropsNearlyAll reports whether most of a plan's time is a scan that removes nearly
// all rows that it reads.
func dropsNearlyAll(p *rule.Plan) bool {
	top := costliestNode(p)
	low, _, ok := top.Discard()
	return ok && low >= dropsMost && top.ScannedTotal().Or(0) >= dropsRows && top.SelfMs.Or(0) >= p.ExecMs().Or(0)/2
}

// needsAll reports whether the rows of a node are used: no join or LIMIT above
// removes nearly all of them.
func needsAll(n *plan.Node) bool {
	rows := n.RowsTotal.Or(0)
	for up := range n.Ancestors() {
		switch {
		case up.Is("Aggregate", "Group", "Unique"):
			return !endsEarly(up)
		case up.Is("Hash Join", "Nested Loop", "Merge Join") && up.RowsTotal.Or(0) < reachesIt*rows,
			up.Type == "Limit" && up.RowsTotal.Or(0) < rows/rowsTimes:
			return false
		}
	}
	return true
}

// endsEarly reports whether a LIMIT ended an aggregate that takes its rows in order: an
// index in that order, or fewer rows from the start, would avoid the rest.
func endsEarly(n *plan.Node) bool { return n.Strategy != "Hashed" && n.StoppedEarly() }

// aggregated returns the rows that the largest scan reads for the aggregates above it, and
// those that the last of them makes. Both are 0 if the query returns many, if filters or joins between remove most
// rows, so that an index might help, if the scan runs more than once, or if the
// aggregate only makes one side of a join unique.
func aggregated(p *rule.Plan) (read, groups float64) {
	var largest *plan.Node
	for n := range p.Nodes() {
		if n.Relation != "" && n.Executed() && n.Type != "ModifyTable" && (largest == nil || scannedOnce(n) > scannedOnce(largest)) {
			largest = n
		}
	}
	if largest == nil || scannedOnce(largest) < rowsWorthSaying || largest.StoppedEarly() || largest.Executions().Or(1) > 1 {
		return 0, 0
	}
	for up := range largest.Ancestors() {
		switch {
		case up.Is("Hash Join", "Merge Join", "Nested Loop") && read > 0:
			return 0, 0
		case up.Is("Aggregate", "Group", "Unique") && endsEarly(up):
			return 0, 0
		case up.Is("Aggregate", "Group", "Unique"):
			if read == 0 {
				read = up.Children[0].RowsOnce().Or(0)
				if read < reachesIt*scannedOnce(largest) || p.Root.RowsTotal.Or(0) > summedUp*read {
					return 0, 0
				}
			}
			groups = up.RowsTotal.Or(0)
		}
	}
	return read, groups
}

// scannedOnce returns the rows that a scan read, those of one process if each read all.
func scannedOnce(n *plan.Node) float64 {
	if n.ParallelDivisor() == 1 {
		return n.ScannedTotal().Or(0) / n.Processes
	}
	return n.ScannedTotal().Or(0)
}
