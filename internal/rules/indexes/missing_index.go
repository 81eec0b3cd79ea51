package indexes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	missingShare = rule.NewThreshold("share", 0.001, "share", "of the execution time that is left with all proposed indexes, which the index has to save, by measured times")
	missingAll   = rule.NewThreshold("saved_ms", 1_000, "ms", "saved over all calls: below that a share says nothing, if the last statistics reset is unknown")
	missingCost  = rule.NewThreshold("cost", 50, "planner units", "estimated cost per call: a lookup of a few pages, with nothing to gain")
	missingOver  = rule.NewThreshold("blocks_per_unit", 10, "blocks", "touched per unit of the estimated cost: from there on the estimate is refuted, and the cost no reason to be silent")
)

var missingIndex = rule.Rule{
	ID:    "missing-index",
	Title: "Statements without a suitable index",
	Sees: "Indexes that lower the estimated cost of exported statements by more than their maintenance costs. The cost model of the planner and the exported statistics decide, " +
		"and the indexes are chosen together. The blocks and the rows per call show how wide a range was whose bounds pg_stat_statements hides.",
	Why: "Each call reads what the index would avoid. One index may serve several statements. One index per statement would be too many.",
	Silent: "Tables of fewer than ten pages. Statements that touch few blocks, or whose estimated cost is low and not refuted by their blocks. Savings that the writes of the table use up, or below 0.1% of the time that is left with all proposed indexes. Statements whose plan " +
		"was pasted and already has a finding with this index, or shows another cause. Exports without pg_class or pg_stats. Tables without all index definitions in the input, because one index may " +
		"serve already. Tables whose column statistics the exporting role cannot read.",
	Fix: "Create the proposed index. If a parameter hides the value, run EXPLAIN with values that are common in practice.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*rule.Threshold{rule.MissingBlocks, missingShare, missingAll, missingCost, missingOver},
	Designs:    true,
	Rank:       rule.RankTable - 1, // a table that is read from end to end says more, and takes the index over
	Selects:    true,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		for _, r := range rule.SelectionOf.Of(c).Rejected {
			found(notWorthIt(c, r))
		}
		left := c.TotalMs() - savedByAll(rule.SelectionOf.Of(c).Choices)
		for _, choice := range rule.SelectionOf.Of(c).Choices {
			t := c.Snapshot.Table(choice.Index.Schema, choice.Index.Table)
			choice.Serves = slices.DeleteFunc(choice.Serves, func(s indexadvisor.Served) bool {
				return c.OtherCause(t, s.Statement) || c.PlanProposes(t, s.Statement) || s.Before < missingCost.In(c) && (s.OverValues == nil || s.OverValues.Before < missingCost.In(c)) && !underestimated(c, t, s)
			})
			if len(choice.Serves) > 0 && savedMs(choice.Serves) >= missingShare.In(c)*left {
				found(missing(c, choice))
			}
		}
	},
}

// notWorthIt says of an index that maintaining it costs more than it saves, or that
// it saves too little.
func notWorthIt(c *rule.Case, r indexadvisor.Rejected) rule.Found {
	ix := r.Index
	f := rule.OnTable(c.Snapshot.Table(ix.Schema, ix.Table))
	f.Table = nil // it explains nothing, and nothing explains it
	why := fmt.Sprintf("it would save only %s of the statements' estimated cost", figures.Share(r.Share))
	if r.Extension != "" {
		why = fmt.Sprintf("it needs the extension %s, which is not installed (CREATE EXTENSION %s; needs CREATE on the database). With it, the index would save %s of the statements' estimated cost",
			r.Extension, r.Extension, figures.Share(r.Share))
	} else if r.NotWorthIt() {
		than := "it saves"
		if r.Writes < r.Reads {
			than = "half of what it saves"
		}
		why = fmt.Sprintf("maintenance would cost more than %s (%s vs %s planner units over the recorded calls", than, figures.Count(r.Writes), figures.Count(r.Reads))
		if wal, ok := r.WALPerInsert.Get(); ok {
			why += fmt.Sprintf("; %s more WAL per INSERT", figures.PerWrite(wal))
		}
		if lost := r.HOTLost.Or(0); lost > 0 {
			why += fmt.Sprintf("; %s of updates no longer HOT", figures.Share(lost))
		}
		why += ")"
	}
	var e rule.Evidence
	e.Number("read cost saved", opt.Of(r.Reads), "planner units", "model")
	e.Number("write cost", opt.Of(r.Writes), "planner units", "model")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Nit, e
	f.Title = redact.Sprintf("An index on %s is not worth its cost", ix.String())
	f.Detail = redact.Sprintf("The index would make statements cheaper, but %s.", why)
	f.Fix = redact.Plain("Do not create the index.")
	if r.Extension != "" {
		f.Title = redact.Sprintf("An index on %s needs the extension %s", ix.String(), r.Extension)
		f.Fix = redact.Plain("If the saving matters, create the extension and then the index.")
	}
	f.Remedies = []rule.Remedy{{Refused: &rule.Refused{Index: ix, Why: why}}}
	return f
}

func missing(c *rule.Case, choice indexadvisor.Choice) rule.Found {
	ix := choice.Index
	t := c.Snapshot.Table(ix.Schema, ix.Table)
	top := choice.Serves[0]
	saved, perDay, all := savedMs(choice.Serves), 0.0, c.TotalMs()
	weighs := c.ServedWithoutPlan(choice)
	var e rule.Evidence
	f := rule.OnTable(t)
	f.SavedMs = saved
	f.Short = redact.Sprintf("an index on %s would serve %s", ix.String(), rule.Counted(float64(len(choice.Serves)), "statement"))
	for _, s := range choice.Serves {
		p := &rule.Proposal{Index: &ix, CostBefore: opt.Of(s.Before), CostAfter: opt.Of(s.After), Method: "statistics"}
		f.Remedies = append(f.Remedies, rule.Remedy{Create: p, For: s.Statement})
	}
	e.Text("statement", top.Statement.Query, "pg_stat_statements")
	e.Number("calls", top.Statement.Calls, "calls", "pg_stat_statements")
	e.Number("mean", top.Statement.MeanMs, "ms", "pg_stat_statements")
	e.Number("blocks per call", opt.Both(top.Statement.SharedHit, top.Statement.SharedRead, func(a, b float64) float64 { return (a + b) / max(top.Statement.Calls.Or(0), 1) }), "blocks", "pg_stat_statements")
	e.Number("estimated cost per call", opt.Of(top.Before), "planner units", "model")
	e.Number("estimated cost with the index", opt.Of(top.After), "planner units", "model")
	e.Number("share of total execution time saved", rule.ShareOfAll(saved, all), "share", "model")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Nit, e
	for _, s := range weighs {
		perDay += c.CallsPerDay(s.Statement).Or(0) * s.Statement.MeanMs.Or(0) * s.SavedShare()
	}
	// If the last statistics reset is unknown, the share alone decides.
	counts := !c.CallsPerDay(top.Statement).Known() && savedMs(weighs) >= missingAll.In(c)
	for i := len(rule.SeveritySteps) - 1; i >= 0; i-- {
		step := rule.SeveritySteps[i]
		if share, known := rule.ShareOfAll(savedMs(weighs), all).Get(); known && share < step.OfAll {
			continue
		} else if known && counts || perDay >= step.PerDayMs {
			f.Severity = step.Severity
		}
	}
	f.Statement, f.Share, f.SaysShare = top.Statement, c.ShareOf(statementsOf(choice.Serves)...), true
	served := rule.Counted(float64(len(choice.Serves)), "statement") + rule.TimeOf(f.Share)
	f.Title = redact.Sprintf("Missing index on %s for %s", t.QName(), served)
	if old := sameKeys(t, ix); old != nil {
		f.Severity = min(f.Severity, finding.Low)
		f.Title = redact.Sprintf("%s serves %s, but the table is still read for %s", old.QName(), served, strings.Join(ix.Include, ", "))
	}
	call := "per call"
	if len(choice.Serves) > 1 {
		call = "per call of the first statement"
	}
	f.Detail = redact.Sprintf("The estimated cost %s is %s planner units, and %s with the index.", call, figures.Count(top.Before), figures.Count(top.After))
	if underestimated(c, t, top) {
		f.Detail = redact.Sprintf("%s The estimate is too low: each call touches %s blocks.", f.Detail, figures.Count(rule.BlocksPerCall(top.Statement)))
	}
	if d := top.OverValues; d != nil && (farApart(d.Before, top.Before) || farApart(d.After, top.After)) {
		e.Number("estimated cost per call, averaged over likely values", opt.Of(d.Before), "planner units", "model")
		e.Number("the same with the index", opt.Of(d.After), "planner units", "model")
		f.Evidence = e
		f.More = redact.Sprintf("These costs are for a generic plan. Over likely values of its parameters (common and rare values, narrow and wide ranges), the average is %s, and %s with the index.", figures.Count(d.Before), figures.Count(d.After))
	}
	for _, old := range choice.Replaces {
		f.Remedies = append(f.Remedies, rule.Remedy{Drop: old})
	}
	return f
}

// underestimated reports whether a statement that reads a table by an index touches far more
// blocks than its estimated cost says: a scan that is to end early reads on, for example,
// when the rows that it looks for lie at the end. If the table was scanned sequentially as
// often as the statement ran, the blocks may be from before the index existed.
func underestimated(c *rule.Case, t *workload.Table, s indexadvisor.Served) bool {
	seq, known := t.SeqScan.Get()
	return known && seq < s.Statement.Calls.Or(0) && rule.BlocksPerCall(s.Statement) >= missingOver.In(c)*max(s.Before, 1)
}

// sameKeys returns an index that finds the same rows as a proposed one, which only
// holds more columns; nil if there is none.
func sameKeys(t *workload.Table, ix indexadvisor.Index) *workload.Index {
	if len(ix.Include) == 0 || !ix.Where.Empty() {
		return nil
	}
	for _, old := range t.Indexes {
		if rule.Usable(old) && old.Def.Method == ix.Method && old.Def.Where.Empty() && rule.PrefixOf(ix.Keys, old.Def.Keys) {
			return old
		}
	}
	return nil
}

// farApart reports whether one cost is more than twice the other.
func farApart(a, b float64) bool { return a > 2*b || b > 2*a }

// savedMs is the time that an index would have saved the statements it serves.
func savedMs(list []indexadvisor.Served) float64 {
	ms := 0.0
	for _, s := range list {
		ms += s.Statement.TotalMs.Or(0) * s.SavedShare()
	}
	return ms
}

// savedByAll is the time that all selected indexes would have saved together.
func savedByAll(choices []indexadvisor.Choice) float64 {
	ms, seen := 0.0, map[*workload.Statement]bool{}
	for _, c := range choices {
		for _, s := range c.Serves {
			if !seen[s.Statement] {
				seen[s.Statement] = true
				ms += s.Statement.TotalMs.Or(0) * s.SavedShare()
			}
		}
	}
	return ms
}

func statementsOf(list []indexadvisor.Served) []*workload.Statement {
	var out []*workload.Statement
	for _, s := range list {
		if !slices.Contains(out, s.Statement) {
			out = append(out, s.Statement)
		}
	}
	return out
}
