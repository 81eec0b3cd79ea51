package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// page writes plain lines of a terminal's width.
type page struct {
	bytes.Buffer
	width int
	color bool
	lists bool
}

// What is coloured: eight codes, no more.
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

func (p *page) paint(code, s string) string {
	if !p.color || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

const defaultWidth, maxWidth = 80, 110

func writeText(w io.Writer, r *Report, o Options) error {
	p := &page{width: defaultWidth, color: o.Color, lists: o.Lists}
	if o.Width > 0 {
		p.width = max(min(o.Width, maxWidth), 40)
	}
	p.hang(p.paint(bold, "VERDICT  "), 9, r.Summary.Verdict)
	p.changes(r)
	if err := p.logged(r); err != nil {
		return err
	}
	drawn, more := r.drawn()
	for _, i := range drawn {
		p.plan(r, i)
	}
	if more > 0 {
		fmt.Fprintf(p, "\nand %s, not drawn here: --format json has them all\n", figures.Plural(more, "more plan"))
	}
	if err := p.workload(r); err != nil {
		return err
	}
	p.differences(r)
	for _, s := range sections {
		p.findings(r, s)
	}
	p.refused(r)
	p.missing(r)
	if lines := r.warned(); len(lines) > 0 {
		p.heading("READ WITH CARE", "")
		for _, line := range lines {
			p.hang("   ", 3, line)
		}
	}
	_, err := p.WriteTo(w)
	return err
}

// hang writes a text with its lines under each other, beside a head of that
// many columns.
func (p *page) hang(head string, indent int, text string) {
	p.WriteString(head)
	for i, line := range Wrap(clean(text), p.width-indent) {
		if i > 0 {
			p.WriteString(strings.Repeat(" ", indent))
		}
		p.WriteString(line + "\n")
	}
}

func (p *page) heading(s, more string) {
	p.WriteString("\n" + p.paint(bold, s))
	if more != "" {
		p.WriteString("  " + p.paint(dim, clean(more)))
	}
	p.WriteString("\n")
}

// changes writes what to do: the first few in full, the rest in a line each.
func (p *page) changes(r *Report) {
	if first := r.first(); len(first) > 0 {
		p.heading("TRY FIRST", "")
		for i, c := range first {
			if i > 0 {
				p.WriteString("\n")
			}
			p.change(c, sameCautions(first[:i], c))
		}
	}
	others := r.others()
	if len(others) == 0 {
		return
	}
	p.heading("THEN", "")
	for _, c := range others {
		p.hang(fmt.Sprintf("%-4s", c.ID), 4, c.Title+": "+c.Gain)
		p.sql("    ", c.Statement)
		if c.Rollback != "" {
			p.WriteString("    " + p.paint(dim, "undo") + "   ")
			p.sql("", strings.ReplaceAll(c.Rollback, "\n", "\n           "))
		}
	}
}

func (p *page) change(c Recommendation, cautionsOf string) {
	p.WriteString(p.paint(bold, fmt.Sprintf("%-4s", c.ID)))
	p.sql("", strings.ReplaceAll(c.Statement, "\n", "\n    "))
	p.labelled("gain", c.Gain)
	p.labelled("cost", c.Cost)
	if c.Lock.Mode != noLock {
		p.labelled("lock", c.Lock.Mode+": "+c.Lock.Blocks+". "+upperFirst(c.Lock.Duration)+".")
	}
	switch {
	case cautionsOf != "":
		p.labelled("mind", "as for "+cautionsOf)
	case len(c.Lock.Cautions) > 0:
		p.labelled("mind", strings.Join(c.Lock.Cautions, "; "))
	}
	if c.Rollback != "" {
		p.WriteString("    " + p.paint(dim, "undo") + "   ")
		p.sql("", strings.ReplaceAll(c.Rollback, "\n", "\n           "))
	}
	if c.Verify != "" {
		p.labelled("basis", c.Verify)
	}
}

func (p *page) labelled(label, text string) {
	if text != "" {
		p.hang("    "+p.paint(dim, fmt.Sprintf("%-7s", label)), 11, text)
	}
}

// sql writes a statement as it is: it is there to be copied.
func (p *page) sql(indent, statement string) {
	for line := range strings.Lines(clean(statement)) {
		p.WriteString(indent + strings.TrimRight(line, "\n") + "\n")
	}
}

func (p *page) plan(r *Report, position int) {
	pl := &r.Plans[position]
	more := ""
	if len(r.Plans) > 1 {
		more = fmt.Sprintf("%d: %s", position+1, r.Inputs[pl.Input].Path)
	}
	if v, ok := pl.ExecutionMs.Get(); ok {
		more = strings.TrimPrefix(more+", "+figures.Ms(v), ", ")
	}
	p.heading("PLAN", more)
	p.WriteString(p.paint(dim, pl.treeHead()) + "\n")
	for _, l := range r.tree(position) {
		label := l.branch + l.label
		switch {
		case l.folded:
			label = p.paint(dim, label)
		case l.culprit:
			label = l.branch + p.paint("1;"+red, l.label)
		}
		line := l.head + "  " + label
		if l.mark != "" {
			line += "  " + p.paint(bold, l.mark)
		}
		p.WriteString(strings.TrimRight(line, " ") + "\n")
		if len(l.notes) > 0 {
			indent := len(l.head) + 2 + utf8.RuneCountInString(l.branch) + 2
			p.WriteString(strings.Repeat(" ", indent) + p.paint(dim, clean(strings.Join(l.notes, "; "))) + "\n")
		}
	}
}

func (p *page) workload(r *Report) error {
	if r.Workload == nil || len(r.Workload.Statements) == 0 && !p.lists {
		return nil
	}
	if p.lists {
		return p.workloadLists(r.Workload)
	}
	p.heading("STATEMENTS", r.Workload.window())
	return p.statements(r.Workload)
}

func (p *page) workloadLists(w *Workload) error {
	for _, l := range w.lists(max(p.width-56, 20), func(s string) string { return s }) {
		p.heading(strings.ToUpper(l.title), l.note)
		if err := table(p, false, l.head, l.right, l.rows); err != nil {
			return err
		}
	}
	return nil
}

func (p *page) logged(r *Report) error {
	if len(r.Queries) == 0 {
		return nil
	}
	p.heading("QUERIES", r.loggedTitle())
	return table(p, false, loggedHead, loggedRight, r.loggedRows(max(p.width-38, 20), func(s string) string { return s }))
}

func (p *page) statements(w *Workload) error {
	var rows [][]string
	for i, s := range w.topStatements() {
		rows = append(rows, append(statementCells(i, s), oneLine(s.Query, max(p.width-34, 20))))
	}
	return table(p, false, append(statementHead(), "query"), map[int]bool{1: true, 2: true, 3: true}, rows)
}

func statementHead() []string { return []string{"", "time", "calls", "mean"} }

func statementCells(i int, s Statement) []string {
	mean := "not known"
	if v, ok := s.MeanMs.Get(); ok {
		mean = figures.Ms(v)
	}
	return []string{fmt.Sprintf("Q%d", i+1), figures.Share(s.Share.Or(0)), figures.Count(s.Calls.Or(0)), mean}
}

func (p *page) differences(r *Report) {
	if len(r.Changes) == 0 {
		return
	}
	p.heading("CHANGED", r.between())
	for _, c := range r.Changes {
		p.hang(fmt.Sprintf("%-20s ", c.Kind), 21, c.Title)
	}
}

// Findings of a section: so many in full, then so many in a line each.
const fullFindings, listedFindings = 8, 20

func (p *page) findings(r *Report, s section) {
	list := r.shown(s.letter)
	if len(list) == 0 {
		return
	}
	p.heading(strings.ToUpper(s.title), "section "+s.letter)
	for n, i := range list {
		f := r.Findings[i]
		if n == listedFindings {
			fmt.Fprintf(p, "and %d more: --format json has them all\n", len(list)-n)
			break
		}
		head := fmt.Sprintf("%s  %s", p.paint(severityColor[f.Severity], fmt.Sprintf("%-8s", f.Severity)), f.Rule)
		if ids := r.recommended(i); len(ids) > 0 {
			head += "  -> " + strings.Join(ids, ", ")
		}
		if n >= fullFindings {
			p.hang(head+"  ", 10, r.title(f))
			continue
		}
		p.WriteString(head + "\n")
		p.hang("          ", 10, sentence(r.title(f))+" "+f.Detail)
		if len(r.recommended(i)) == 0 {
			p.hang("          ", 10, f.Fix)
		}
		p.evidence(f)
	}
	if ask := s.ask(r.FollowUp); ask != "" {
		p.WriteString("\n" + p.paint(dim, "To paste for the next step:") + "\n")
		for line := range strings.Lines(ask) {
			p.hang("  ", 4, strings.TrimSuffix(line, "\n"))
		}
	}
}

func (p *page) evidence(f Finding) {
	sources, figures := f.bySource()
	for _, s := range sources {
		for _, line := range Wrap(clean(s+": "+strings.Join(figures[s], "; ")), p.width-10) {
			p.WriteString("          " + p.paint(dim, line) + "\n")
		}
	}
}

func (p *page) refused(r *Report) {
	if len(r.Refused) == 0 {
		return
	}
	p.heading("NOT PROPOSED", "")
	for _, x := range r.Refused {
		p.hang("   ", 3, x.Index+": "+x.Why)
	}
}

func (p *page) missing(r *Report) {
	if len(r.Missing) == 0 {
		return
	}
	p.heading("NOT KNOWN", "")
	for _, m := range r.missingTogether() {
		p.hang("   ", 3, upperFirst(m.Why)+".")
		p.hang("     "+p.paint(dim, "get it: "), 13, m.Export)
	}
}

func sentence(s string) string { return strings.TrimSuffix(s, ".") + "." }

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Wrap breaks a text at blanks into lines of so many characters; a longer
// word keeps its line.
func Wrap(text string, width int) []string {
	var lines []string
	line, n := "", 0
	for _, word := range strings.Fields(text) {
		w := utf8.RuneCountInString(word)
		if n > 0 && n+1+w > width {
			lines = append(lines, line)
			line, n = "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+w
	}
	return append(lines, line)
}
