package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// ticket writes Markdown for GitHub and GitLab. It is also readable where
// <details> is not supported.
type ticket struct {
	strings.Builder
	lists bool
	full  bool
}

func writeMarkdown(w io.Writer, r *Report, o Options) error {
	t := &ticket{lists: o.Lists, full: o.Full}
	fmt.Fprintf(t, "## pgverdict: %s\n\n**%s**\n", prose(r.Summary.Subject), prose(r.Summary.Verdict))
	t.symptom(r.Symptom)
	t.comparison(r)
	t.changes(r)
	t.migrations(r)
	if len(r.Changes) > 0 && r.Comparison == nil {
		fmt.Fprintf(t, "\n### Changed (%s)\n\n", prose(r.between()))
		for _, c := range r.Changes {
			fmt.Fprintf(t, "- %s: %s\n", prose(c.Kind), prose(c.Title))
		}
	}
	t.findings(r)
	t.conventions(r)
	t.notKnown(r)
	t.warned(r)
	t.logged(r)
	drawn, more := r.drawn(t.full)
	for _, i := range drawn {
		t.plan(r, i)
	}
	if more > 0 {
		fmt.Fprintf(t, "\n%s not shown: `--format json` has all of them.\n", figures.Plural(more, "more plan"))
	}
	if i, _, ok := r.asPair(); ok {
		t.plan(r.Comparison.before(), i)
	}
	t.expected(r)
	t.workload(r)
	_, err := io.WriteString(w, t.String())
	return err
}

func (t *ticket) sql(statements ...string) {
	t.WriteString(fenced("sql", strings.Join(statements, "\n")))
}

// table writes rows under a header.
func (t *ticket) table(head []string, right map[int]bool, rows [][]string) {
	t.WriteString("\n" + tableHead(head, right))
	for _, row := range rows {
		t.WriteString(tableRow(row))
	}
}

// folded writes a collapsed part. Markdown inside needs the blank lines.
func (t *ticket) folded(summary string, body func()) {
	fmt.Fprintf(t, "\n<details><summary>%s</summary>\n", prose(summary))
	body()
	t.WriteString("\n</details>\n")
}

// symptom writes the known facts of the symptom, one per line.
func (t *ticket) symptom(s Symptom) {
	const longest = 400 // of a query, which is complete with its plan
	t.WriteString("\n")
	if s.Query != "" {
		fmt.Fprintf(t, "- query: %s\n", code(oneLine(s.Query, longest)))
	}
	labels, texts := s.answers()
	for i, text := range texts {
		fmt.Fprintf(t, "- %s: %s\n", labels[i], prose(text))
	}
	if open := s.notGiven(); open != "" {
		fmt.Fprintf(t, "- not given: %s\n", open)
	}
}

// changes writes the changes to try first side by side with their SQL, and the
// others collapsed.
func (t *ticket) changes(r *Report) {
	first, others := r.first(), r.others()
	if len(first) > 0 {
		t.WriteString("\n### Try first\n")
		t.sideBySide(r, first)
	}
	if len(others) > 0 {
		t.folded(thenTitle(first, others), func() {
			if r.Schema != nil && !t.full { // each can be many steps
				t.inShort(r, others)
				return
			}
			for some := range slices.Chunk(others, columnsOfChanges) {
				t.sideBySide(r, some)
			}
		})
	}
}

// inShort writes changes in a line each.
func (t *ticket) inShort(r *Report, list []Recommendation) {
	t.WriteString("\n")
	for _, c := range list[:min(len(list), listedChanges)] {
		fmt.Fprintf(t, "- %s: %s. %s: %s. Costs: %s\n", c.ID, code(c.Title), r.GainLabel(), prose(c.Gain), prose(sentence(c.Cost)))
	}
	if more := len(list) - listedChanges; more > 0 {
		fmt.Fprintf(t, "- and %d more\n", more)
	}
	t.WriteString("\nStatements, locks and rollbacks of all: `--detail full`.\n")
}

// listedChanges is the number of further changes of a schema in a short ticket.
const listedChanges = 20

// columnsOfChanges is the number of changes side by side.
const columnsOfChanges = 3

// sideBySide writes up to three changes with all details, one column per change.
func (t *ticket) sideBySide(r *Report, list []Recommendation) {
	head := []string{""}
	rows := [][]string{{"Change"}, {r.GainLabel()}, {"Costs"}, {"Lock"}, {"Deploy"}, {"Rollback"}}
	var checks []string
	for i, c := range list {
		lock := "none"
		if c.Lock.Mode != noLock {
			lock = lockWords(list[:i], c)
		}
		head = append(head, c.ID)
		for k, text := range []string{prose(c.Title), prose(c.Gain), prose(c.Cost), prose(lock), prose(c.deploys())} {
			rows[k] = append(rows[k], inCell(text))
		}
		rollback := codeCell(c.Rollback)
		if strings.Contains(c.Rollback, "\n") {
			rollback = "see below"
		}
		rows[5] = append(rows[5], rollback)
		if c.Check != "" {
			checks = append(checks, "-- "+c.ID, c.Check)
		}
	}
	t.table(head, nil, slices.DeleteFunc(rows, func(row []string) bool { return strings.Join(row[1:], "") == "" }))
	for _, c := range list {
		head := "-- " + c.ID
		if !c.Runnable {
			head += ": " + notRunnable(c)
		}
		if n := strings.Count(c.script(t.full), "\n") + 1; n > tooLongSQL && !t.full {
			fmt.Fprintf(t, "\n%s is %s: `--detail full`.\n", c.ID, c.cut())
		} else if n > longSQL {
			t.folded(fmt.Sprintf("%s: %d lines of SQL", c.ID, n), func() { t.sql(head, c.script(t.full)) })
		} else {
			t.sql(head, c.script(t.full))
		}
	}
	for _, c := range list {
		if strings.Contains(c.Rollback, "\n") {
			t.folded("Rollback of "+c.ID, func() { t.sql(c.Rollback) })
		}
	}
	t.WriteString("\n")
	for i, c := range list {
		if len(c.Lock.Cautions) > 0 && sameCautions(list[:i], c) == "" {
			fmt.Fprintf(t, "- %s (%s): %s\n", beforeRun, figures.List(withCautions(list, c)), prose(cautions(c)))
		}
	}
	for _, c := range list {
		if c.Rewrite != nil {
			fmt.Fprintf(t, "- %s (%s): %s\n", rowsLabel, c.ID, prose(strings.TrimSpace(c.rowsWords()+" "+c.notesWords())))
		}
		if c.Verify != "" {
			fmt.Fprintf(t, "- %s: %s.\n", c.ID, prose(c.Verify))
		}
		if c.WriteCost != nil && t.full {
			for _, n := range c.WriteCost.Notes {
				fmt.Fprintf(t, "- %s: %s.\n", c.ID, prose(n))
			}
		}
	}
	if len(checks) > 0 {
		t.folded("Check that it worked", func() { t.sql(checks...) })
	}
}

// tooLongSQL is the number of lines of SQL from which a short ticket has none of a
// change: a comment has a limit.
const tooLongSQL = 200

// withCautions returns the ids of the changes with the same cautions as c.
func withCautions(list []Recommendation, c Recommendation) []string {
	var ids []string
	for _, x := range list {
		if slices.Equal(x.Lock.Cautions, c.Lock.Cautions) {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// findings writes one table per section, with the evidence collapsed below it.
func (t *ticket) findings(r *Report) {
	listed, counted := r.listed(t.full)
	for _, s := range sections {
		of := slices.DeleteFunc(slices.Clone(listed), func(i int) bool { return r.Findings[i].Section != s.letter })
		if len(of) == 0 {
			continue
		}
		rows, evidence := [][]string{}, [][]string{}
		for _, i := range of {
			f := r.Findings[i]
			rows = append(rows, []string{inCell(prose(f.ID)), f.Severity.String(), inCell(prose(f.Rule)) + spotCell(r.spot(f)), inCell(prose(r.said(i, t.full) + f.atPlaces())), strings.Join(r.recommended(i), ", ")})
			sources, values := f.bySource()
			for k, source := range sources {
				name := ""
				if k == 0 {
					name = inCell(prose(f.ID))
				}
				evidence = append(evidence, []string{name, inCell(prose(source)), codeCell(strings.Join(values[source], "; "))})
			}
		}
		fmt.Fprintf(t, "\n### %s: %s\n", s.letter, strings.ToLower(s.title))
		t.table([]string{"", "severity", "rule", "finding", "change"}, nil, rows)
		for _, i := range of {
			t.places(r, r.Findings[i])
		}
		if len(evidence) > 0 {
			t.folded("Evidence", func() { t.table([]string{"", "source", "figures"}, nil, evidence) })
		}
	}
	if len(counted) > 0 {
		t.WriteString("\n")
		for _, line := range r.countedWords(counted) {
			t.WriteString("- " + prose(line) + "\n")
		}
	}
	for _, s := range sections {
		if ask := s.ask(r.FollowUp); ask != "" {
			t.folded("Follow-up: "+strings.ToLower(s.title), func() { t.WriteString(fenced("text", ask)) })
		}
	}
}

// places lists where a finding is, if it tells the same of many places.
func (t *ticket) places(r *Report, f Finding) {
	if len(f.Places) == 0 {
		return
	}
	list := f.Places
	if !t.full {
		list = list[:min(len(list), ticketPlaces)]
	}
	t.folded("Places of "+f.ID, func() {
		t.WriteString("\n")
		for _, p := range list {
			t.WriteString("- " + prose(r.placeLine(p)) + "\n")
		}
		if more := len(f.Places) - len(list); more > 0 {
			fmt.Fprintf(t, "- and %s more: `--detail full`\n", figures.Count(float64(more)))
		}
	})
}

// ticketPlaces is the number of places of a finding in a short ticket: a comment has a
// limit.
const ticketPlaces = 30

// conventions writes how most names and types of a schema are made.
func (t *ticket) conventions(r *Report) {
	if r.Schema == nil || len(r.Schema.Conventions) == 0 {
		return
	}
	t.folded("Conventions", func() {
		t.WriteString("\n")
		for _, c := range r.Schema.Conventions {
			t.WriteString("- " + prose(c.Kind+": "+c.words(t.full)) + "\n")
		}
	})
}

func (t *ticket) notKnown(r *Report) {
	if len(r.Missing) > 0 {
		t.WriteString("\n### Missing data\n")
		list := r.missingTogether()
		if !t.full {
			list = list[:min(len(list), listedMissing)]
		}
		for _, m := range list {
			why := upperFirst(m.Why)
			if silent := m.silent(); silent != "" && t.full {
				why += ". " + silent
			}
			t.get(why, m.How, m.Commands...)
		}
		if to := connects(list); to != "" {
			t.WriteString("\n" + prose(to) + "\n")
		}
	}
	if len(r.Refused) > 0 {
		t.folded("Not proposed", func() {
			t.WriteString("\n")
			list := r.Refused
			if !t.full {
				list = list[:min(len(list), listedFindings)]
			}
			for _, x := range list {
				fmt.Fprintf(t, "- %s: %s\n", code(x.Index), prose(x.Why))
			}
			if more := len(r.Refused) - len(list); more > 0 {
				fmt.Fprintf(t, "- and %d more: `--detail full`\n", more)
			}
		})
	}
}

// get writes what data is needed and how to get it, one block per command.
func (t *ticket) get(what, say string, commands ...string) {
	if say != "" {
		what += ". " + upperFirst(say)
	}
	t.WriteString("\n" + prose(sentence(what)) + "\n")
	for _, c := range commands {
		if c != "" {
			t.WriteString(fenced("", c))
		}
	}
}

func (t *ticket) warned(r *Report) {
	lines := r.warned()
	if len(lines) == 0 {
		return
	}
	t.WriteString("\n### Warnings\n\n")
	for i, line := range lines {
		if i == listedWarnings && !t.full {
			fmt.Fprintf(t, "- and %d more: `--detail full`\n", len(lines)-i)
			break
		}
		t.WriteString("- " + prose(line) + "\n")
	}
}

func (t *ticket) plan(r *Report, position int) {
	p := &r.Plans[position]
	title := "Plan"
	if len(r.Plans) > 1 {
		title = fmt.Sprintf("Plan %d: %s", position+1, r.Inputs[p.Input].Path)
	}
	if p.Side != "" {
		title += " " + p.Side
	}
	if ms, ok := p.ExecutionMs.Get(); ok {
		title += ", " + figures.Ms(ms)
	}
	t.folded(title, func() {
		if p.Query != "" {
			t.sql(p.Query)
		}
		d := r.tree(position, t.full, markdownColumns)
		var b strings.Builder
		d.write(&b, func(_, s string) string { return s })
		t.WriteString(fenced("text", b.String()))
	})
}

// markdownColumns is what a ticket shows of a line without scrolling.
const markdownColumns = 110

func (t *ticket) expected(r *Report) {
	for i := range r.Expected {
		e := &r.Expected[i]
		t.folded("Expected plan, "+e.title(r), func() {
			t.sql(e.Query)
			if e.Today != nil {
				t.WriteString(fenced("text", strings.Join(e.lines(), "\n")))
			}
			if basis := e.basis(); basis != "" {
				t.WriteString("\n" + prose(basis) + "\n")
			}
			t.get("To get the real plan", e.How, e.Ask)
		})
	}
}

func (t *ticket) logged(r *Report) {
	if len(r.Queries) == 0 {
		return
	}
	fmt.Fprintf(t, "\n### Queries: %s\n", r.loggedTitle())
	t.table(loggedHead, loggedRight, r.loggedRows(120, codeCell))
}

func (t *ticket) workload(r *Report) {
	switch {
	case r.Workload == nil:
	case t.lists:
		for _, l := range r.Workload.lists(160) {
			fmt.Fprintf(t, "\n### %s\n\n%s\n", upperFirst(l.title), prose(l.note))
			t.table(l.plain(codeCell))
		}
		return
	case len(r.Workload.Statements) > 0:
		var rows [][]string
		top := r.Workload.topStatements()
		for i, s := range top {
			rows = append(rows, append(statementCells(i, s), codeCell(oneLine(s.Query, 200))))
		}
		t.folded(fmt.Sprintf("The %s with the most time (%s)", figures.Plural(len(top), "statement"), r.Workload.window()), func() {
			t.table(append(statementHead(), "query"), columns(1, 2, 3), rows)
		})
	}
	if r.Workload != nil && r.Workload.Log != nil {
		l := r.Workload.logList(160)
		t.folded("The server log ("+l.note+")", func() { t.table(l.plain(codeCell)) })
	}
}
