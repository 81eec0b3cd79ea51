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
	missingShare = rule.NewThreshold("share", 0.001, "share", "of total execution time that the index would spare: what the statements really took, not what the model says of them")
	missingAll   = rule.NewThreshold("spared_ms", 1_000, "ms", "of all calls: of less the share says nothing, where it is not known how long the counters run")
	missingCost  = rule.NewThreshold("cost", 50, "planner units", "of a call: a lookup of some pages, on which nothing is to be gained")
)

var missingIndex = rule.Rule{
	ID:     "missing-index",
	Title:  "Statements search a table without an index that serves them",
	Sees:   "By the planner's own arithmetic over the exported statistics: indexes that make statements of the workload cheaper by more than their upkeep, chosen together.",
	Why:    "Each call reads what the index would spare. One index may serve several statements; chosen for each alone there would be too many.",
	Silent: "Tables of less than ten pages; statements that touch few blocks; gains that the writes of the table use up, or that are a thousandth of the workload; statements whose plan was pasted and has a finding with this index; exports without pg_class or pg_stats; tables of which not every index is in the input with its definition, since one may serve already; tables whose column statistics the exporting role may not read.",
	Fix:    "The proposed index. Where a parameter hides what is asked for, EXPLAIN with values that are asked for in practice.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*rule.Threshold{rule.MissingBlocks, missingShare, missingAll, missingCost},
	Rank:       rule.RankTable - 1, // a table that is read from end to end says more, and takes the index over
	Selects:    true,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		for _, r := range rule.SelectionOf.Of(c).Rejected {
			found(notWorthIt(c, r))
		}
		for _, choice := range rule.SelectionOf.Of(c).Choices {
			choice.Serves = slices.DeleteFunc(choice.Serves, func(s indexadvisor.Served) bool {
				return s.Before < missingCost.In(c) && (s.OverValues == nil || s.OverValues.Before < missingCost.In(c))
			})
			if len(choice.Serves) > 0 && spares(choice.Serves) >= missingShare.In(c)*c.TotalMs() {
				found(missing(c, choice))
			}
		}
	},
}

// notWorthIt says of an index that keeping it costs more than it saves, or that
// it saves too little.
func notWorthIt(c *rule.Case, r indexadvisor.Rejected) rule.Found {
	ix := r.Index
	f := rule.OnTable(c.Snapshot.Table(ix.Schema, ix.Table))
	f.Table = nil // it explains nothing, and nothing explains it
	why := fmt.Sprintf("it spares the statements %s of their cost: too little for one index more", figures.Share(r.Share))
	if r.Share <= 0 {
		than := "what it saves"
		if r.Writes < r.Reads {
			than = "half of what it saves"
		}
		why = fmt.Sprintf("its upkeep weighs more than %s (%s against %s planner units over the exported calls", than, figures.Count(r.Writes), figures.Count(r.Reads))
		if wal, ok := r.WALPerInsert.Get(); ok {
			why += fmt.Sprintf("; +%s of WAL an INSERT", figures.Bytes(wal))
		}
		if lost := r.HOTLost.Or(0); lost > 0 {
			why += fmt.Sprintf("; %s of the updates would stop being HOT", figures.Share(lost))
		}
		why += ")"
	}
	var e rule.Evidence
	e.Number("what it would save", opt.Of(r.Reads), "planner units", "model")
	e.Number("what its writes weigh", opt.Of(r.Writes), "planner units", "model")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Nit, e
	f.Title = redact.Sprintf("An index on %s would not pay", ix.String())
	f.Detail = redact.Sprintf("It would make statements cheaper, but %s.", why)
	f.Fix = redact.Plain("No new index.")
	f.Remedies = []rule.Remedy{{Refused: &rule.Refused{Index: ix, Why: why}}}
	return f
}

func missing(c *rule.Case, choice indexadvisor.Choice) rule.Found {
	ix := choice.Index
	t := c.Snapshot.Table(ix.Schema, ix.Table)
	top := choice.Serves[0]
	spared, perDay, all := spares(choice.Serves), 0.0, c.TotalMs()
	weighs := c.Unplanned(choice)
	var e rule.Evidence
	f := rule.OnTable(t)
	f.SparedMs = spared
	f.Short = redact.Sprintf("an index on %s would serve %s", ix.String(), rule.Counted(float64(len(choice.Serves)), "statement"))
	for _, s := range choice.Serves {
		p := &rule.Proposal{Index: &ix, CostBefore: opt.Of(s.Before), CostAfter: opt.Of(s.After), Method: "statistics"}
		f.Remedies = append(f.Remedies, rule.Remedy{Create: p, For: s.Statement})
	}
	e.Text("statement", top.Statement.Query, "pg_stat_statements")
	e.Number("calls", top.Statement.Calls, "calls", "pg_stat_statements")
	e.Number("mean", top.Statement.MeanMs, "ms", "pg_stat_statements")
	e.Number("blocks per call", opt.Both(top.Statement.SharedHit, top.Statement.SharedRead, func(a, b float64) float64 { return (a + b) / max(top.Statement.Calls.Or(0), 1) }), "blocks", "pg_stat_statements")
	e.Number("cost of a call", opt.Of(top.Before), "planner units", "model")
	e.Number("cost with the index", opt.Of(top.After), "planner units", "model")
	e.Number("share of total execution time that it would spare", rule.ShareOfAll(spared, all), "share", "model")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Nit, e
	for _, s := range weighs {
		perDay += c.CallsPerDay(s.Statement).Or(0) * s.Statement.MeanMs.Or(0) * s.SavedShare()
	}
	// Where it is not known how long the counters run, the share alone decides.
	counts := !c.CallsPerDay(top.Statement).Known() && spares(weighs) >= missingAll.In(c)
	for i := len(rule.SeveritySteps) - 1; i >= 0; i-- {
		step := rule.SeveritySteps[i]
		if share, known := rule.ShareOfAll(spares(weighs), all).Get(); known && share < step.OfAll {
			continue
		} else if known && counts || perDay >= step.PerDayMs {
			f.Severity = step.Severity
		}
	}
	f.Statement, f.Share = top.Statement, c.ShareOf(statementsOf(choice.Serves))
	served := rule.Counted(float64(len(choice.Serves)), "statement")
	if share, known := f.Share.Get(); known {
		served += ", " + figures.Share(share) + " of total execution time"
	}
	f.Title = redact.Sprintf("%s has no index that serves %s", t.QName(), served)
	if old := sameKeys(t, ix); old != nil {
		f.Severity = min(f.Severity, finding.Low)
		f.Title = redact.Sprintf("%s serves %s, and reads the table for each row: with %s in the index it would not", old.QName(), served, strings.Join(ix.Include, ", "))
	}
	call := "a call"
	if len(choice.Serves) > 1 {
		call = "a call of the first"
	}
	f.Detail = redact.Sprintf("By the planner's arithmetic %s costs %s, and %s with the index.", call, figures.Count(top.Before), figures.Count(top.After))
	if d := top.OverValues; d != nil && (apart(d.Before, top.Before) || apart(d.After, top.After)) {
		e.Number("cost of a call, over the values of its parameter", opt.Of(d.Before), "planner units", "model")
		e.Number("the same with the index", opt.Of(d.After), "planner units", "model")
		f.Evidence = e
		f.Detail = redact.Sprintf("%s That is of a plan for any value; on average over the values as the column holds them, each planned for itself, it is %s and %s.",
			f.Detail, figures.Count(d.Before), figures.Count(d.After))
	}
	for _, old := range choice.Replaces {
		f.Remedies = append(f.Remedies, rule.Remedy{Drop: old})
	}
	return f
}

// sameKeys is an index that finds the same rows as a proposed one, which only
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

// apart reports whether two costs differ by more than twice.
func apart(a, b float64) bool { return a > 2*b || b > 2*a }

// spares is the time that an index would have spared the statements it serves.
func spares(list []indexadvisor.Served) float64 {
	ms := 0.0
	for _, s := range list {
		ms += s.Statement.TotalMs.Or(0) * s.SavedShare()
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
