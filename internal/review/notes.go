package review

import (
	"strings"

	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules/plans"
	"github.com/pgverdict/pgverdict/plan"
)

// vagueShare is how far apart the bounds of a share may lie before their
// middle is no figure any more: averages over many loops are rounded.
const vagueShare = 0.1

// ioWorthNoting is the part of a node's own time from which on its I/O is a note,
// walWorthNoting the bytes of WAL.
const ioWorthNoting, walWorthNoting = 0.05, 100 << 10

// notes are what the eye needs beside a node: what it dropped, what it wrote
// to disk, and why something that looks wrong is right.
func notes(p *rule.Plan, n *plan.Node) []string {
	out := []string{}
	if n.Lacking() {
		out = append(out, "its input is missing from the plan")
	}
	if !n.Executed() {
		return append(out, "never executed")
	}
	if !p.Analyzed {
		return out
	}
	if low, high, ok := n.Discard(); ok && n.RemovedTotal().Or(0) > 0 {
		switch {
		case n.Type == "Seq Scan" && high <= 0.5 && n.Executions().Or(1) <= 1:
			out = append(out, "returns "+figures.Share(1-(low+high)/2)+" of "+figures.Count(n.ScannedTotal().Or(0))+" rows; a sequential scan is the right plan")
		case high-low <= vagueShare:
			out = append(out, rule.RemovedBy(n)+" "+figures.Share((low+high)/2)+" of "+figures.Count(n.ScannedTotal().Or(0))+" rows")
		case low > 0:
			out = append(out, rule.RemovedBy(n)+" at least "+figures.Share(low)+" of about "+figures.Count(n.ScannedTotal().Or(0))+" rows")
		}
	}
	if shown, all := tasksShown(n); shown != all {
		out = append(out, shown+" of "+all+" tasks shown")
	}
	if why, _ := plans.WhyNoIndex(p, n); why != "" {
		out = append(out, why)
	}
	if n.StoppedEarly() && n.Relation != "" && expectedMore(n) {
		by := ""
		if p.Account().Use(n).Limit != nil {
			by = " by LIMIT"
		}
		out = append(out, "stopped early"+by+"; the row count is partial")
	}
	if space := n.Number("Sort Space Used"); space.Known() {
		out = append(out, sorted(n.Text("Sort Method").Raw(), space.Or(0), n.Text("Sort Space Type").Raw()))
	}
	if batches := n.Number("Hash Batches").Or(1); batches > 1 {
		out = append(out, figures.Count(batches)+" batches on disk")
	}
	if batches := n.Number("HashAgg Batches").Or(1); batches > 1 {
		out = append(out, figures.Count(batches)+" batches on disk")
	}
	if lossy := n.Number("Lossy Heap Blocks").Or(0); lossy > 0 {
		out = append(out, figures.Count(lossy)+" lossy pages")
	}
	if fetches := n.Number("Heap Fetches").Or(0); fetches >= 1000 && fetches >= 0.1*n.RowsTotal.Or(0) {
		out = append(out, figures.Count(fetches)+" heap fetches")
	}
	if ms := n.SelfIO().Sum().Or(0); ms >= 1 && ms >= ioWorthNoting*n.SelfMs.Or(0) {
		in := ""
		if n.Processes > 1 {
			in = " in all processes"
		}
		out = append(out, "I/O "+figures.Ms(ms)+in)
	}
	if bytes := n.Number("WAL Bytes").Or(0) - walBelow(n); bytes >= walWorthNoting {
		out = append(out, "WAL "+figures.Bytes(bytes))
	}
	if planned, ok := n.Number("Workers Planned").Get(); ok && n.Number("Workers Launched").Or(planned) < planned {
		out = append(out, figures.Count(n.Number("Workers Launched").Or(0))+" of "+figures.Count(planned)+" workers launched")
	}
	return out
}

// walBelow returns the WAL bytes of the nodes below a node, which its own include.
func walBelow(n *plan.Node) float64 {
	sum := 0.0
	for _, c := range n.Children {
		sum += c.Number("WAL Bytes").Or(0)
	}
	return sum
}

// conditionNames are the properties that say by what a node finds, joins, sorts
// and groups its rows, in the order in which it applies them.
var conditionNames = []string{
	"Index Cond", "Recheck Cond", "TID Cond", "Order By", "Hash Cond", "Merge Cond", "Join Filter", "One-Time Filter", "Filter",
	"Cache Key", "Group Key", "Hash Key", "Sort Key", "Presorted Key", "Conflict Filter",
}

func (b *builder) conditions(n *plan.Node) []report.Condition {
	out := []report.Condition{}
	for _, name := range conditionNames {
		text := n.Text(name)
		if list := n.List(name); len(list) > 0 {
			text = redact.Join(list, ", ")
		}
		if !text.Empty() {
			out = append(out, report.Condition{Name: name, Text: b.show(text)})
		}
	}
	return out
}

func expectedMore(n *plan.Node) bool {
	expected := n.ExpectedTotal.Or(0)
	return expected > 2*math.Max(n.RowsNear(expected).Or(0), 1)
}

// tasksShown returns how many tasks of a Citus query the plan shows, and of how many; equal, or
// both empty, where all are shown.
func tasksShown(n *plan.Node) (shown, all string) {
	words := strings.Fields(n.Text("Tasks Shown").Raw()) // One of 32
	if len(words) != 3 || words[1] != "of" {
		return "", ""
	}
	if shown = words[0]; strings.EqualFold(shown, "One") {
		shown = "1"
	}
	return shown, words[2]
}
