package report

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// changes writes the changes to try first, one block per change.
func (t *ticket) changes(r *Report) {
	first := r.first()
	for i, c := range first {
		if i == 0 {
			t.WriteString(t.heading(3, t.prose("Try first")))
		}
		t.change(r, first[:i], c)
		t.add(firstPart, "change", "")
	}
}

// laterChanges writes the other changes, collapsed.
func (t *ticket) laterChanges(r *Report) {
	first, others := r.first(), r.others()
	if len(others) == 0 {
		return
	}
	under := thenTitle(first, others)
	if (r.Schema != nil || len(others) > listedOthers) && !t.full { // those of a schema can be many steps
		t.inShort(r, others)
		t.add(laterPart, "list of further changes", under)
		return
	}
	for i, c := range others {
		t.change(r, others[:i], c)
		t.add(laterPart, "change", under)
	}
}

// inShort writes changes in a line each.
func (t *ticket) inShort(r *Report, list []Recommendation) {
	t.WriteString("\n")
	for i, c := range list[:min(len(list), listedChanges)] {
		t.WriteString(t.item(t.prose(c.ID+":") + " " + t.code(c.Title) + ". " + t.prose(r.GainLabel()+": "+c.Gain+". Costs: "+sentence(costWords(list[:i], c)))))
	}
	if more := len(list) - listedChanges; more > 0 {
		t.WriteString(t.item(t.prose(fmt.Sprintf("and %d more", more))))
	}
	t.line(t.prose("Statements, locks and rollbacks of all:") + " " + t.code("--detail full"))
}

// listedChanges is the number of further changes in a short ticket.
const listedChanges = 20

// tooLongSQL is the number of lines of SQL from which a short ticket has none of a
// change: a comment has a limit.
const tooLongSQL = 200

// change writes a change with its SQL and all details. before are the changes in front
// of it: what they say too is not repeated.
func (t *ticket) change(r *Report, before []Recommendation, c Recommendation) {
	t.WriteString(t.heading(4, t.prose(c.ID+": "+c.Title)))
	if c.byHand() {
		t.line(t.prose(c.asProse()))
	}
	if !c.Runnable {
		t.line(t.prose(upperFirst(notRunnable(c))))
	}
	script := c.script(t.full)
	switch n := strings.Count(script, "\n") + 1; {
	case c.byHand():
	case n > tooLongSQL && !t.full:
		t.line(t.prose(c.cut()+":") + " " + t.code("--detail full"))
	case n > longSQL:
		t.folded(fmt.Sprintf("%d lines of SQL", n), func() { t.sql(script) })
	default:
		t.sql(script)
	}
	t.WriteString("\n")
	t.labelled(r.GainLabel(), c.Gain)
	t.labelled("Costs", costWords(before, c))
	if c.Lock.Mode != noLock {
		t.labelled("Lock", lockWords(before, c))
	}
	t.labelled("Deploy", c.deploys())
	if same := sameCautions(before, c); same != "" {
		t.labelled(beforeRun, "same as "+same)
	} else {
		t.labelled(beforeRun, cautions(c))
	}
	rollback, long := c.Rollback, strings.Contains(c.Rollback, "\n")
	if rollback != "" && !long {
		t.WriteString(t.item(t.bold("Rollback:") + " " + t.code(rollback)))
	}
	if c.Rewrite != nil {
		t.labelled("Note", c.notesWords())
		t.labelled(rowsLabel, c.rowsWords())
	}
	if c.Verify != "" && earlier(before, func(b Recommendation) bool { return b.Verify == c.Verify }) == "" {
		t.labelled("Basis", sentence(c.Verify))
	}
	if c.WriteCost != nil && t.full {
		for _, n := range c.WriteCost.Notes {
			t.labelled("Note", sentence(n))
		}
	}
	if long {
		t.folded("Rollback of "+c.ID, func() { t.sql(rollback) })
	}
	if c.Check != "" {
		t.folded("Check that "+c.ID+" works", func() { t.sql(c.Check) })
	}
}

// labelled writes a text with its label as an item of a list.
func (t *ticket) labelled(label, text string) {
	if text != "" {
		t.WriteString(t.item(t.bold(label+":") + " " + t.prose(text)))
	}
}

// queries of a log, statements of an export and the lists of a workload.
func (t *ticket) workload(r *Report) {
	switch {
	case r.Workload == nil:
	case t.lists:
		for _, l := range r.Workload.lists(160) {
			t.WriteString(t.heading(3, t.prose(upperFirst(l.title))))
			t.line(t.prose(l.note))
			t.WriteString(t.table(l.plain(t.codeCell)))
			t.add(workloadPart, "list of "+l.title, "")
		}
		return
	case len(r.Workload.Statements) > 0:
		var rows [][]string
		top := r.Workload.topStatements()
		for i, s := range top {
			rows = append(rows, append(statementCells(i, s), t.codeCell(oneLine(s.label(), 200))))
		}
		t.WriteString(t.table(append(statementHead(), "query"), columns(1, 2, 3), rows))
		t.add(workloadPart, "list of statements", fmt.Sprintf("The %s with the most time (%s)", figures.Plural(len(top), "statement"), r.Workload.window()))
	}
	if r.Workload != nil && r.Workload.Log != nil {
		l := r.Workload.logList(160)
		t.WriteString(t.table(l.plain(t.codeCell)))
		t.add(workloadPart, "server log", "The server log ("+l.note+")")
	}
}
