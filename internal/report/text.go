package report

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// page writes lines of text for a terminal. They are printed as they are made, some at a
// time: those of a large plan are several times as large as its file.
type page struct {
	bytes.Buffer // of lines that are not printed yet
	to           io.Writer
	err          error // of printing
	width        int   // of text: lines longer than maxWidth are hard to read
	columns      int   // of the terminal, for trees and tables
	color        bool
	lists        bool
	full         bool
}

// ANSI color codes.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	yellow = "33"
	cyan   = "36"
)

var severityColor = map[finding.Severity]string{
	finding.Severe: "1;31", finding.High: red, finding.Medium: yellow, finding.Low: cyan, finding.Nit: dim,
}

// printedAtOnce is how many bytes of lines are printed at a time.
const printedAtOnce = 64 << 10

// WriteString appends a text, which ends a line if its last character does.
func (p *page) WriteString(s string) (int, error) {
	n, err := p.Buffer.WriteString(s)
	if p.Len() >= printedAtOnce && strings.HasSuffix(s, "\n") {
		p.print()
	}
	return n, err
}

// print prints what there is. After an error nothing is.
func (p *page) print() {
	if p.err == nil {
		_, p.err = p.to.Write(p.Bytes())
	}
	p.Reset()
}

func (p *page) paint(code, s string) string {
	if !p.color || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// MinWidth is the number of columns below which no text is laid out.
const MinWidth = 40

const defaultWidth, maxWidth = 80, 110

func writeText(w io.Writer, r *Report, o Options) error {
	p := &page{to: w, columns: defaultWidth, color: o.Color, lists: o.Lists, full: o.Full}
	if o.Width > 0 {
		p.columns = max(o.Width, MinWidth)
	}
	p.width = min(p.columns, maxWidth)
	p.verdict(r.Summary.Verdict)
	p.symptom(r.Symptom)
	if err := p.comparison(r); err != nil {
		return err
	}
	if err := p.planList(r); err != nil {
		return err
	}
	p.changes(r)
	p.migrations(r)
	p.plans(r)
	p.planBefore(r)
	p.expected(r)
	if err := p.workload(r); err != nil {
		return err
	}
	p.differences(r)
	p.findings(r)
	p.conventions(r)
	p.refused(r)
	p.missing(r)
	p.warned(r)
	p.drafts(r)
	p.print()
	return p.err
}

// hang writes a head and a text. Further lines of the text are indented.
func (p *page) hang(code, head string, indent int, text string) {
	head = flat(head)
	p.WriteString(p.paint(code, head))
	p.goOn(displaywidth.String(head), indent, text)
}

// goOn writes a text on a line whose first columns are filled.
func (p *page) goOn(filled, indent int, text string) {
	for i, line := range wrap(clean(text), p.width-filled, p.width-indent) {
		if i > 0 {
			p.WriteString(strings.Repeat(" ", indent))
		} else if line == "" {
			p.Truncate(len(bytes.TrimRight(p.Bytes(), " ")))
		}
		p.WriteString(line + "\n")
	}
}

// verdict writes the verdict. Its first sentence is bold.
func (p *page) verdict(text string) {
	const head = "VERDICT  "
	text = clean(text)
	first, _, _ := strings.Cut(text, ". ")
	strong := len(strings.Join(strings.Fields(first), " ")) + 1
	for i, line := range Wrap(text, p.width-len(head)) {
		if i == 0 {
			p.WriteString(p.paint(bold, head))
		} else {
			p.WriteString(strings.Repeat(" ", len(head)))
		}
		end := min(max(strong, 0), len(line))
		p.WriteString(p.paint(bold, line[:end]) + line[end:] + "\n")
		strong -= len(line) + 1
	}
}

func (p *page) heading(s, more string) {
	p.WriteString("\n" + p.paint(bold, s))
	if more != "" {
		filled := displaywidth.String(s) + 2
		for i, line := range wrap(flat(more), p.width-filled, p.width-filled) {
			p.WriteString([]string{"  ", "\n" + strings.Repeat(" ", filled)}[min(i, 1)] + p.paint(dim, line))
		}
	}
	p.WriteString("\n")
}

// more says what a short report omits, and how to see it.
func (p *page) more(what string) {
	indent := len(what) - len(strings.TrimLeft(what, " "))
	p.hang("", strings.Repeat(" ", indent), indent, p.paint(dim, flat(strings.TrimLeft(what, " "))+": --detail"+string(noBreak)+"full"))
}

// symptom writes the query of the verdict and its facts, without those that are
// printed with the plan.
func (p *page) symptom(s Symptom) {
	const indent = 9
	s.Facts = slices.DeleteFunc(slices.Clone(s.Facts), func(f Fact) bool { return f.Source == "plan" })
	labels, texts := s.answers()
	for i := range texts {
		texts[i] = labels[i] + ": " + texts[i]
	}
	if s.Query == "" && len(texts) == 0 {
		return
	}
	p.WriteString("\n")
	head := "SYMPTOM  "
	if s.Query != "" {
		p.hang(bold, head, indent, oneLine(s.Query, p.width-indent))
		head = strings.Repeat(" ", indent)
	}
	if len(texts) > 0 {
		p.hang(bold, head, indent, strings.Join(texts, "; "))
	}
}

// changes writes the changes: the first few in full, the rest in short.
func (p *page) changes(r *Report) {
	first, others := r.first(), r.others()
	if len(first) > 0 {
		p.heading("TRY FIRST", "")
		p.inFull(r, nil, first)
	}
	if len(others) == 0 {
		return
	}
	then := "THEN"
	if len(first) == 0 {
		then = "NOT URGENT"
	}
	p.heading(then, "")
	if p.full {
		p.inFull(r, first, others)
		return
	}
	for i, c := range others[:min(len(others), listedOthers)] {
		p.hang(bold, fmt.Sprintf("%-4s", c.ID), 4, c.Title+". "+r.GainLabel()+": "+c.Gain+". Costs: "+costWords(others[:i], c))
	}
	what := "statements, costs, locks and rollbacks"
	if len(others) > listedOthers {
		what = figures.Plural(len(others)-listedOthers, "more change") + "; statements, costs, locks and rollbacks of all"
	}
	p.more(what)
}

// listedOthers is the number of further changes in a short report.
const listedOthers = 5

// inFull writes changes with all details. Locks and cautions that an earlier
// change has too are not repeated.
func (p *page) inFull(r *Report, before, list []Recommendation) {
	for i, c := range list {
		if i > 0 {
			p.WriteString("\n")
		}
		p.change(r, append(before[:len(before):len(before)], list[:i]...), c)
	}
}

func (p *page) change(r *Report, before []Recommendation, c Recommendation) {
	p.WriteString(p.paint(bold, fmt.Sprintf("%-4s", flat(c.ID))))
	if c.byHand() {
		p.goOn(4, 4, c.asProse())
	} else if cut := c.cut(); cut != "" && !p.full {
		p.goOn(4, 4, c.Title)
		p.more("    " + cut)
	} else {
		p.sql(bold, 4, c.script(p.full))
	}
	if !c.Runnable {
		p.labelled("Note", notRunnable(c))
	}
	p.labelled("Note", c.notesWords())
	p.labelled(rowsLabel, c.rowsWords())
	p.labelled(r.GainLabel(), c.Gain)
	p.labelled("Costs", costWords(before, c))
	if c.Lock.Mode != noLock {
		p.labelled("Lock", lockWords(before, c))
	}
	p.labelled("Deploy", c.deploys())
	if same := sameCautions(before, c); same != "" {
		p.before("same as " + same)
	} else if len(c.Lock.Cautions) > 0 {
		p.before(cautions(c))
	}
	if c.Rollback != "" {
		p.WriteString("    " + p.paint(dim, "Rollback") + "  ")
		p.sql("", labelIndent, c.Rollback)
	}
	p.labelled("Basis", c.Verify)
	if c.Check != "" && p.full {
		p.WriteString("    " + p.paint(dim, "Check") + "     ")
		p.sql("", labelIndent, c.Check)
	}
}

// labelIndent is the column at which the text beside a label begins.
const labelIndent = 14

func (p *page) labelled(label, text string) {
	if text != "" {
		p.hang(dim, fmt.Sprintf("    %-10s", label), labelIndent, text)
	}
}

func (p *page) before(text string) { p.hang(dim, "    "+beforeRun+": ", labelIndent, text) }

// sql writes a statement, ready to be copied. A short report cuts a long one, such
// as an index on each of many partitions.
func (p *page) sql(code string, indent int, statement string) {
	margin := strings.Repeat(" ", indent)
	lines := strings.Split(strings.TrimRight(clean(statement), "\n"), "\n")
	if len(lines) > longSQL && !p.full && !strings.HasPrefix(statement, "-- Draft") {
		fmt.Fprintf(p, "%s\n%s%s\n", lines[0], margin, p.paint(dim, fmt.Sprintf("... %d lines of SQL: --detail full prints them, --emit DIR writes them", len(lines))))
		return
	}
	fitting := p.fitted(lines, p.columns-indent)
	for i := range fitting {
		fitting[i] = p.paint(code, fitting[i])
	}
	p.WriteString(strings.Join(fitting, "\n"+margin) + "\n")
}

// fitted breaks the lines of a script that are too long. What stands between two comments
// is broken only if that does not change it.
func (p *page) fitted(lines []string, width int) []string {
	var fitting []string
	quotes := 0 // of the statements so far: an odd number of them is within a string
	for from := 0; from < len(lines); {
		if comment, ok := strings.CutPrefix(lines[from], "-- "); ok && quotes%2 == 0 {
			for _, line := range Wrap(comment, width-3) {
				fitting = append(fitting, "-- "+line)
			}
			from++
			continue
		}
		to := from + 1
		for to < len(lines) && !strings.HasPrefix(lines[to], "-- ") {
			to++
		}
		part := lines[from:to]
		quotes += strings.Count(strings.Join(part, ""), "'")
		if from = to; unbreakable(strings.Join(part, "\n")) {
			fitting = append(fitting, part...)
			continue
		}
		for _, line := range part {
			fitting = append(fitting, breakSQL(line, width)...)
		}
	}
	return fitting
}

// unbreakable reports whether a statement has text that a line break would change: a
// string over several lines, a function body, a comment.
func unbreakable(statement string) bool {
	for line := range strings.Lines(statement) {
		if strings.Count(line, "'")%2 == 1 || strings.Count(line, `"`)%2 == 1 {
			return true
		}
	}
	return strings.Contains(statement, "--") || strings.Contains(statement, "/*") || dollarQuote.MatchString(statement)
}

var dollarQuote = regexp.MustCompile(`\$\w*\$`)

// breakSQL breaks a line that is too long at blanks outside of quotes, before a clause if
// one begins in the second half of the line.
func breakSQL(line string, width int) []string {
	margin := line[:len(line)-len(strings.TrimLeft(line, " "))] + "  "
	var list []string
	for displaywidth.String(line) > width {
		at, clause, filled, quote := 0, 0, 0, rune(0)
		for i, c := range line {
			switch {
			case c == quote:
				quote = 0
			case quote == 0 && (c == '\'' || c == '"'):
				quote = c
			case quote == 0 && c == ' ' && strings.TrimSpace(line[:i]) != "" && (filled <= width || at == 0):
				at = i
				if word, _, _ := strings.Cut(line[i+1:], " "); clauses[word] && filled >= width/2 {
					clause = i
				}
			}
			filled += displaywidth.Rune(c)
		}
		if clause > 0 {
			at = clause
		}
		if at == 0 {
			break
		}
		list, line = append(list, line[:at]), margin+strings.TrimLeft(line[at:], " ")
	}
	return append(list, line)
}

// clauses are the words that begin a part of a statement.
var clauses = map[string]bool{
	"ON": true, "USING": true, "WHERE": true, "INCLUDE": true, "FROM": true, "SET": true, "ADD": true, "FOREIGN": true,
	"REFERENCES": true, "CHECK": true, "AND": true, "OR": true, "ORDER": true, "GROUP": true, "JOIN": true,
}

// longSQL is the number of lines of SQL that a short report prints.
const longSQL = 12

func (p *page) expected(r *Report) {
	for i := range r.Expected {
		e := &r.Expected[i]
		p.heading("EXPECTED PLAN", e.title(r))
		for _, line := range e.lines() {
			p.WriteString(line + "\n")
		}
		if basis := e.basis(); basis != "" {
			p.hang("", "   ", 3, basis)
		}
		p.WriteString("   " + p.paint(dim, "To get the real plan:") + "\n")
		p.get(e.How, e.Ask)
	}
}

func (p *page) workload(r *Report) error {
	switch {
	case r.Workload == nil:
		return nil
	case p.lists:
		return p.workloadLists(r.Workload.lists(p.columns))
	}
	if len(r.Workload.Statements) > 0 {
		if err := p.statements(r.Workload); err != nil {
			return err
		}
	}
	if r.Workload.Log == nil {
		return nil
	}
	return p.workloadLists([]list{r.Workload.logList(p.columns)})
}

func (p *page) statements(w *Workload) error {
	p.heading("STATEMENTS", w.window())
	var rows [][]string
	for i, s := range w.topStatements() {
		rows = append(rows, append(statementCells(i, s), oneLine(s.label(), p.columns)))
	}
	return textTable(p, append(statementHead(), "query"), columns(1, 2, 3), rows, p.columns)
}

func (p *page) workloadLists(lists []list) error {
	for _, l := range lists {
		p.heading(strings.ToUpper(l.title), l.note)
		head, right, rows := l.plain(func(s string) string { return s })
		if err := textTable(p, head, right, rows, p.columns, "table", amplified, lostHOT); err != nil {
			return err
		}
	}
	return nil
}

// planList lists the plans, if there are several, before any is drawn.
func (p *page) planList(r *Report) error {
	l, ok := r.planList(p.columns)
	if !ok {
		return nil
	}
	p.heading(strings.ToUpper(l.title), l.note)
	head, right, rows := l.plain(func(s string) string { return s })
	return textTable(p, head, right, rows, p.columns)
}

func statementHead() []string { return []string{"", "time", "calls", "mean"} }

func statementCells(i int, s Statement) []string {
	return []string{fmt.Sprintf("Q%d", i+1), words(s.Share, figures.Share), words(s.Calls, figures.Count), words(s.MeanMs, figures.Ms)}
}

func (p *page) differences(r *Report) {
	if len(r.Changes) == 0 || r.Comparison != nil {
		return // the comparison has a table of them
	}
	p.heading("CHANGED", r.between())
	for _, c := range r.Changes {
		p.hang("", fmt.Sprintf("%-20s ", c.Kind), 21, c.Title)
	}
}

func (p *page) findings(r *Report) {
	listed, counted := r.listed(p.full)
	if len(listed)+len(counted) == 0 {
		return
	}
	p.heading("FINDINGS", r.sectionsOf(listed))
	for n, i := range listed {
		if p.full && n > 0 {
			p.WriteString("\n")
		}
		f := r.Findings[i]
		p.WriteString(p.paint(bold, fmt.Sprintf("%-4s", flat(f.ID))) + p.paint(severityColor[f.Severity], fmt.Sprintf("%-9s", f.Severity)))
		head := flat(f.Rule)
		if at := r.spot(f); at != "" {
			head += "  " + flat(at)
		}
		if ids := r.recommended(i); len(ids) > 0 {
			head += " -> " + strings.Join(ids, ", ")
		}
		const indent = 13
		p.WriteString(p.paint(bold, head) + "  ")
		said := r.said(i, p.full)
		if !p.full {
			said += f.atPlaces()
		}
		p.goOn(indent+len(head)+2, indent, said)
		if p.full {
			p.places(r, f, indent)
			p.evidence(f, indent)
		}
	}
	for _, line := range r.countedWords(counted) {
		p.hang(dim, "    ", 4, line)
	}
	if len(listed) > 0 && !p.full {
		p.more("    all figures with their sources")
	}
	if p.full {
		p.ask(r)
	}
}

// ask writes the follow-up texts.
func (p *page) ask(r *Report) {
	for _, s := range sections {
		text := s.ask(r.FollowUp)
		if text == "" {
			continue
		}
		p.heading("FOLLOW-UP", strings.ToLower(s.title))
		for line := range strings.Lines(text) {
			p.hang("", "  ", 4, line)
		}
	}
}

// places writes where a finding is, if it tells the same of many places.
func (p *page) places(r *Report, f Finding, indent int) {
	for _, place := range f.Places {
		p.hang(dim, strings.Repeat(" ", indent), indent+2, r.placeLine(place))
	}
}

func (p *page) evidence(f Finding, indent int) {
	sources, figures := f.bySource()
	for _, s := range sources {
		for _, line := range Wrap(clean(s+": "+strings.Join(figures[s], "; ")), p.width-indent) {
			p.WriteString(strings.Repeat(" ", indent) + p.paint(dim, line) + "\n")
		}
	}
}

// conventions writes how most names and types of a schema are made, in a full report:
// findings name the exceptions.
func (p *page) conventions(r *Report) {
	if r.Schema == nil || len(r.Schema.Conventions) == 0 || !p.full {
		return
	}
	p.heading("CONVENTIONS", "")
	for _, c := range r.Schema.Conventions {
		p.hang("", fmt.Sprintf("   %s: ", c.Kind), 5, c.words(true))
	}
}

// drafts says what can be written into files.
func (p *page) drafts(r *Report) {
	if r.Schema != nil && r.Schema.Tables > 0 && r.Draft != nil {
		p.WriteString("\n")
		p.hang(dim, "", 0, "--emit DIR writes schema.md, a draft of the conventions, decisions and exceptions of the schema, and new indexes as migrations.")
	}
}

// refused writes the candidates that are not proposed, and why.
func (p *page) refused(r *Report) {
	if len(r.Refused) == 0 {
		return
	}
	p.heading("NOT PROPOSED", "")
	list := r.Refused
	if !p.full {
		list = list[:min(len(list), listedRefused)]
	}
	for _, x := range list {
		p.hang("", "   ", 3, x.Index+": "+x.Why)
	}
	if more := len(r.Refused) - len(list); more > 0 {
		p.more(fmt.Sprintf("   and %d more", more))
	}
}

// listedRefused is the number of refused candidates in a short report.
const listedRefused = 3

func (p *page) missing(r *Report) {
	if len(r.Missing) == 0 {
		return
	}
	p.heading("MISSING DATA", "")
	list := r.missingTogether(p.full)
	if !p.full {
		list = list[:min(len(list), listedMissing)]
	}
	for _, m := range list {
		p.hang("", "   ", 3, upperFirst(m.Why)+".")
		p.get(m.How, m.Commands...)
		if silent := m.silent(); silent != "" && p.full {
			p.hang(dim, "     ", 5, silent)
		}
	}
	if more := len(r.missingTogether(p.full)) - len(list); more > 0 {
		p.more(fmt.Sprintf("   and %d more", more))
	}
	if to := connects(list); to != "" {
		p.hang("", "   ", 3, to)
	}
	if open := r.Symptom.notGiven(); open != "" && p.full {
		p.hang("", "   ", 3, "Not given: "+open+" (--context).")
	}
}

// get writes how to get data. Lines of commands are not wrapped, so that they can
// be copied: a command with a long line stands below its label.
func (p *page) get(say string, commands ...string) {
	label := "     run:  "
	for _, c := range commands {
		lines := strings.Split(strings.TrimRight(clean(c), "\n"), "\n")
		head, margin := label, strings.Repeat(" ", len(label))
		if slices.ContainsFunc(lines, func(line string) bool { return displaywidth.String(label+line) > p.columns }) {
			p.WriteString(p.paint(dim, strings.TrimRight(label, " ")) + "\n")
			head, margin = "  ", "  "
		}
		for _, line := range lines {
			p.WriteString(p.paint(dim, head) + line + "\n")
			head = margin
		}
		label = "     then: "
	}
	if say != "" {
		p.hang(dim, "     ", 5, upperFirst(say)+".")
	}
}

// listedMissing is the number of missing inputs in a short report: those that
// would change the result most.
const listedMissing = 4

func (p *page) warned(r *Report) {
	lines := r.warned(p.full)
	if len(lines) == 0 {
		return
	}
	p.heading("WARNINGS", "")
	shown := lines
	if !p.full {
		shown = lines[:min(len(lines), listedWarnings)]
	}
	for _, line := range shown {
		p.hang("", "   ", 3, line)
	}
	if more := len(lines) - len(shown); more > 0 {
		p.more(fmt.Sprintf("   and %d more", more))
	}
}

// listedWarnings is the number of warnings in a short report.
const listedWarnings = 6

func sentence(s string) string { return strings.TrimSuffix(s, ".") + "." }

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Wrap breaks a text at blanks into lines of at most width columns. A longer word
// has its own line. A figure and its unit stay on one line.
func Wrap(text string, width int) []string { return wrap(text, width, width) }

// wrap is Wrap with a different width for the first line.
func wrap(text string, first, rest int) []string {
	var lines []string
	line, n, width := "", 0, first
	for _, word := range strings.FieldsFunc(glued(text), func(c rune) bool { return c != noBreak && unicode.IsSpace(c) }) {
		word = strings.ReplaceAll(word, string(noBreak), " ")
		w := displaywidth.String(word)
		if n > 0 && n+1+w > width || n == 0 && w > width && width < rest {
			lines = append(lines, line)
			line, n, width = "", 0, rest
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+w
	}
	return append(lines, line)
}
