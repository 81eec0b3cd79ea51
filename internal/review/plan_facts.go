package review

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

// plan returns the facts of a plan for the report.
func (b *builder) plan(p *rule.Plan) report.Plan {
	cut := p.Cut()
	out := report.Plan{
		Input: p.Input, Query: b.show(p.Plan.Query), QueryID: orNil(p.QueryID),
		PlanningMs: p.PlanningMs, ExecutionMs: p.ExecutionMs, RootCost: p.Root.TotalCost,
		Analyzed: p.Analyzed, Complete: cut == "" && p.Gaps == 0,
		Settings: []report.Setting{}, Triggers: []report.Trigger{},
		JITMs:             summaryNumber(p, "JIT", "Timing", "Total"),
		PlanningSharedHit: summaryNumber(p, "Planning", "Shared Hit Blocks"), PlanningSharedRead: summaryNumber(p, "Planning", "Shared Read Blocks"),
		SerializationMs: summaryNumber(p, "Serialization", "Time"),
	}
	for _, s := range p.Settings {
		out.Settings = append(out.Settings, report.Setting{Name: s.Name, Value: b.setting(s.Value.Text)})
	}
	for _, t := range p.Triggers {
		out.Triggers = append(out.Triggers, report.Trigger{Name: t.Name, Constraint: t.Constraint, Relation: t.Relation, Calls: t.Calls, Ms: t.Ms})
	}
	if _, ok := rule.Group(p.Summary, "JIT"); ok {
		out.JIT = &report.JIT{
			Functions:    summaryNumber(p, "JIT", "Functions"),
			GenerationMs: generation(p), InliningMs: summaryNumber(p, "JIT", "Timing", "Inlining"),
			OptimizationMs: summaryNumber(p, "JIT", "Timing", "Optimization"), EmissionMs: summaryNumber(p, "JIT", "Timing", "Emission"),
		}
	}
	exec := p.ExecMs()
	out.Size, out.Node = p.Len(), func(i int) report.Node { return b.node(p, p.At(i), exec) }
	out.Sum = func(made *report.Plan) {
		made.ByType, made.ByRelation = sums(made.Nodes, relationOfEach(p.Plan))
		redact.MaskEverywhere(&made.ByRelation)
	}
	out.Describe = func(n *report.Node) {
		b.texts(p, p.At(n.ID), n)
		redact.MaskEverywhere(n)
	}
	out.Text = sync.OnceValue(func() []report.TextLine {
		var lines []report.TextLine
		for _, l := range p.Explain(b.show) {
			lines = append(lines, report.TextLine{Node: l.Node, Text: redact.MaskSecrets(l.Text)})
		}
		return lines
	})
	return out
}

// ownWords matches the values of planner settings that are the server's own: figures, and
// the words of enumerations. Others, such as search_path, may be the user's.
var ownWords = regexp.MustCompile(`^(-?[0-9.]+ ?(B|kB|MB|GB|TB|us|ms|s|min|h|d)?|on|off|auto|true|false|partition|buffered|immediate|regress|force_(generic|custom)_plan)$`)

func (b *builder) setting(value redact.Text) string {
	if s := value.Raw(); ownWords.MatchString(s) {
		return s
	}
	return b.show(redact.SQL("'" + value.Raw() + "'"))
}

// summaryNumber returns a figure of the lines after the tree.
func summaryNumber(p *rule.Plan, path ...string) opt.Float {
	v, _ := rule.Group(p.Summary, path...)
	return v.Number
}

// generation returns the time that JIT took to generate code. Since 17, JSON has it with
// the part for deforming rows beside it.
func generation(p *rule.Plan) opt.Float {
	v, _ := rule.Group(p.Summary, "JIT", "Timing", "Generation")
	if total, ok := rule.Group(v.Group(), "Total"); ok {
		return total.Number
	}
	return v.Number
}

func (b *builder) node(p *rule.Plan, n *plan.Node, exec opt.Float) report.Node {
	own := n.SelfBuffers()
	out := report.Node{
		ID: n.ID, Type: redact.MaskSecrets(n.Type), // its only text; see texts for the others
		Loops: n.Loops, Executions: n.Executions(), RowsTotal: n.RowsTotal, Removed: discarded(n), Processed: opt.Sum(n.RowsTotal, discarded(n)), StoppedEarly: n.Executed() && n.StoppedEarly(),
		PlanRowsTotal: n.PlanRowsTotal, ExpectedTotal: n.ExpectedTotal,
		Cost: n.TotalCost, TotalMs: n.TotalMs, SelfMs: n.SelfMs,
		SelfShare: opt.Both(n.SelfMs, exec, func(self, all float64) float64 {
			if all <= 0 {
				return 0
			}
			return min(self/all, 1)
		}),
		SharedHit: n.Buffers.SharedHit, SharedRead: n.Buffers.SharedRead, SharedDirtied: n.Buffers.SharedDirtied, SharedWritten: n.Buffers.SharedWritten,
		LocalHit: n.Buffers.LocalHit, LocalRead: n.Buffers.LocalRead, TempRead: n.Buffers.TempRead, TempWritten: n.Buffers.TempWritten,
		SelfSharedHit: own.SharedHit, SelfSharedRead: own.SharedRead, SelfLocalHit: own.LocalHit, SelfLocalRead: own.LocalRead,
		SelfTempRead: own.TempRead, SelfTempWrite: own.TempWritten,
		IOReadMs: n.IO.Read, IOWriteMs: n.IO.Write, TempIOReadMs: n.IO.TempRead, TempIOWriteMs: n.IO.TempWrite, SelfIOMs: n.SelfIO().Sum(),
		WALRecords: n.Number("WAL Records"), WALBytes: n.Number("WAL Bytes"), WALFPI: n.Number("WAL FPI"),
		WorkersPlanned: n.Number("Workers Planned"), WorkersLaunched: n.Number("Workers Launched"),
	}
	if a := p.Account(); a.Unit == account.Cost && !p.Analyzed {
		out.SelfCost = a.Use(n).Own
		out.CostShare = opt.Map(out.SelfCost, a.Share)
	}
	if n.Parent != nil {
		out.Parent = &n.Parent.ID
	}
	if n.Line > 0 {
		out.Line = &n.Line
	}
	return out
}

// texts sets what a node of the report has besides its figures.
func (b *builder) texts(p *rule.Plan, n *plan.Node, out *report.Node) {
	out.Label, out.Subplan = n.Label(), orNil(n.Subplan())
	out.Relation, out.Alias, out.Index = orNil(n.Name()), orNil(n.Alias), orNil(n.Index)
	out.Workers, out.Output, out.Conditions, out.Notes = []report.PlanWorker{}, []string{}, b.conditions(n), notes(p, n)
	for _, column := range n.List("Output") {
		out.Output = append(out.Output, b.show(column))
	}
	for _, w := range n.Workers {
		out.Workers = append(out.Workers, worker(w))
	}
}

// discarded returns the rows that the filters of a node removed, over all loops.
func discarded(n *plan.Node) opt.Float {
	by := opt.Of(n.Number("Rows Removed by Join Filter").Or(0) + n.Number("Rows Removed by Conflict Filter").Or(0))
	return opt.Sum(n.RemovedTotal(), opt.Both(by, n.Loops, func(rows, loops float64) float64 { return rows * loops }))
}

func worker(w plan.Worker) report.PlanWorker {
	times := func(a, b float64) float64 { return a * b }
	jit, _ := rule.Group(w.Properties, "JIT", "Timing", "Total")
	out := report.PlanWorker{
		ID: w.ID, Loops: w.Loops, RowsTotal: opt.Both(w.Rows, w.Loops, times), TotalMs: opt.Both(w.Ms, w.Loops, times),
		SharedHit: w.Number("Shared Hit Blocks"), SharedRead: w.Number("Shared Read Blocks"), TempWritten: w.Number("Temp Written Blocks"),
		IOReadMs: w.Number("Shared I/O Read Time"), JITMs: jit.Number,
	}
	if !out.IOReadMs.Known() {
		out.IOReadMs = w.Number("I/O Read Time")
	}
	if blocks := []*opt.Float{&out.SharedHit, &out.SharedRead, &out.TempWritten}; slices.ContainsFunc(blocks, func(v *opt.Float) bool { return v.Known() }) {
		for _, v := range blocks {
			*v = opt.Of(v.Or(0)) // the text format omits zeros
		}
	}
	if space := w.Number("Sort Space Used"); space.Known() {
		out.Sort = sorted(w.Text("Sort Method").Raw(), space.Or(0), w.Text("Sort Space Type").Raw())
	}
	return out
}

// sorted says how rows were sorted: "external merge, 568 kB of disk".
func sorted(method string, kb float64, space string) string {
	return strings.TrimSuffix(method, " heapsort") + ", " + figures.KB(kb) + " of " + strings.ToLower(space)
}
