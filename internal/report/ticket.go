package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// markup is the syntax of a ticket: Markdown, Jira. Its texts are escaped by prose,
// code, cell and codeCell; the other functions take marked-up text.
type markup struct {
	limit    int                 // characters that a comment can have
	prose    func(string) string // a text within a line
	code     func(string) string
	cell     func(string) string // prose in a table
	codeCell func(string) string
	bold     func(string) string
	heading  func(level int, title string) string
	item     func(string) string // of a list
	step     func(n int, text string) string
	block    func(language, text string) string
	table    func(head []string, right map[int]bool, rows [][]string) string
	fold     func(title, body string) string // a part that is collapsed at first
}

// ticket lays out a report for a ticket or a comment: in the order of reading, and
// never longer than a comment can be.
type ticket struct {
	markup
	strings.Builder // the part being written
	parts           []part
	lists, full     bool
}

// part is a part of a ticket. If there is no room, the parts that matter least are left
// out, and named.
type part struct {
	matters matter
	name    string // of its kind: "finding"
	under   string // the title of the collapsed part that it belongs to
	text    string
}

// matter orders the parts of a ticket by what a reader can do without, last.
type matter int

const (
	verdictPart matter = iota
	firstPart          // the changes to try first, and the plan of the verdict
	findingPart
	listPart // plans, missing data, warnings
	laterPart
	otherPlan
	workloadPart
	evidencePart
)

func writeTicket(m markup) func(io.Writer, *Report, Options) error {
	return func(w io.Writer, r *Report, o Options) error {
		t := &ticket{markup: m, lists: o.Lists, full: o.Full}
		t.head(r)
		t.comparison(r)
		t.planList(r)
		t.changes(r)
		t.migrations(r)
		t.verdictPlan(r)
		t.changed(r)
		t.findings(r)
		t.missing(r)
		t.warned(r)
		t.laterChanges(r)
		t.conventions(r)
		t.otherPlans(r)
		t.expected(r)
		t.workload(r)
		t.refused(r)
		t.evidence(r)
		t.followUp(r)
		_, err := io.WriteString(w, t.fit())
		return err
	}
}

// add ends the part being written.
func (t *ticket) add(matters matter, name, under string) {
	if t.Len() > 0 {
		t.parts = append(t.parts, part{matters, name, under, t.String()})
	}
	t.Reset()
}

// line writes a paragraph of marked-up text.
func (t *ticket) line(text string) { t.WriteString("\n" + text + "\n") }

func (t *ticket) sql(statements ...string) {
	t.WriteString(t.block("sql", strings.Join(statements, "\n")))
}

// folded writes a collapsed part within the part being written.
func (t *ticket) folded(title string, body func()) {
	before := t.String()
	t.Reset()
	body()
	inside := t.String()
	t.Reset()
	t.WriteString(before + t.fold(t.prose(title), inside))
}

// apart returns a text that begins with a blank line.
func apart(s string) string { return "\n" + strings.TrimLeft(s, "\n") }

// fit joins the parts that there is room for.
func (t *ticket) fit() string {
	const reserve = 600 // for the names of what is left out
	order := make([]int, len(t.parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.parts[a].matters, t.parts[b].matters) })
	room, kept := t.limit-reserve, make([]bool, len(t.parts))
	folds := map[string]bool{}
	for _, i := range order {
		p := t.parts[i]
		need := utf8.RuneCountInString(p.text)
		if p.under != "" && !folds[p.under] {
			need += utf8.RuneCountInString(t.fold(t.prose(p.under), ""))
		}
		if kept[i] = need <= room; kept[i] {
			room -= need
			folds[p.under] = true
		}
	}
	var out strings.Builder
	var gone []string
	for i := 0; i < len(t.parts); {
		p, end := t.parts[i], i
		var inside strings.Builder
		for ; end < len(t.parts) && (end == i || p.under != "" && t.parts[end].under == p.under); end++ {
			if kept[end] {
				inside.WriteString(t.parts[end].text)
			} else {
				gone = append(gone, t.parts[end].name)
			}
		}
		i = end
		switch {
		case inside.Len() == 0:
		case p.under != "":
			out.WriteString(t.fold(t.prose(p.under), inside.String()))
		default:
			out.WriteString(inside.String())
		}
	}
	if len(gone) > 0 {
		out.WriteString("\n" + t.prose(leftOut(gone, t.limit)) + " " + t.code("--format html") + " " + t.prose("shows all.") + "\n")
	}
	return strings.TrimLeft(out.String(), "\n")
}

// leftOut names the parts that there is no room for: "388 findings, 12 plans and
// evidence".
func leftOut(gone []string, limit int) string {
	count := map[string]int{}
	for _, name := range gone {
		count[name]++
	}
	var names []string
	for _, name := range unique(gone) {
		if n := count[name]; n > 1 && name != evidenceName {
			name = figures.Plural(n, name)
		}
		names = append(names, name)
	}
	return fmt.Sprintf("Left out, because a comment has at most %s characters: %s.", figures.Count(float64(limit)), figures.List(names))
}

// evidenceName is the name of a part that is not counted.
const evidenceName = "evidence"

// head writes the verdict and what is known of the symptom.
func (t *ticket) head(r *Report) {
	const longestVerdict, longestSubject, longestFact = 8000, 200, 400
	first, rest := firstSentence(oneLine(r.Summary.Verdict, longestVerdict))
	t.WriteString(t.heading(2, t.prose("pgverdict: "+oneLine(r.Summary.Subject, longestSubject))))
	if first != "" {
		t.line(strings.TrimSpace(t.bold(t.prose(first)) + " " + t.prose(rest)))
	}
	var items strings.Builder
	s := r.Symptom
	if s.Query != "" {
		items.WriteString(t.item(t.prose("query:") + " " + t.code(oneLine(s.Query, longestFact))))
	}
	labels, texts := s.answersBeside(r)
	for i, text := range texts {
		items.WriteString(t.item(t.prose(labels[i] + ": " + oneLine(text, longestFact))))
	}
	if open := s.notGiven(); open != "" && t.full {
		items.WriteString(t.item(t.prose("not given: " + open)))
	}
	if items.Len() > 0 {
		t.WriteString("\n" + items.String())
	}
	t.add(verdictPart, "verdict", "")
}

func (t *ticket) changed(r *Report) {
	if len(r.Changes) == 0 || r.Comparison != nil {
		return
	}
	t.WriteString(t.heading(3, t.prose("Changed: "+r.between())) + "\n")
	for _, c := range r.Changes {
		t.WriteString(t.item(t.prose(c.Kind + ": " + c.Title)))
	}
	t.add(findingPart, "comparison", "")
}

// missing writes what data is missing, and collapsed below it the commands that get it.
func (t *ticket) missing(r *Report) {
	if len(r.Missing) == 0 {
		return
	}
	list := r.missingTogether(t.full)
	if !t.full {
		list = list[:min(len(list), listedMissing)]
	}
	t.WriteString(t.heading(3, t.prose("Missing data")) + "\n")
	for _, m := range list {
		why := sentence(upperFirst(m.Why))
		if silent := m.silent(); silent != "" && t.full {
			why += " " + silent
		}
		if m.How != "" {
			why += " " + sentence(upperFirst(m.How))
		}
		t.WriteString(t.item(t.prose(why)))
	}
	var commands []string
	for _, m := range list {
		commands = append(commands, m.Commands...)
	}
	if commands = unique(commands); len(commands) > 0 {
		t.folded("Commands that get it", func() {
			for _, c := range commands {
				t.WriteString(t.block("", c))
			}
			if to := connects(list); to != "" {
				t.line(t.prose(to))
			}
		})
	}
	t.add(listPart, "list of missing data", "")
}

func (t *ticket) refused(r *Report) {
	if len(r.Refused) == 0 {
		return
	}
	list := r.Refused
	if !t.full {
		list = list[:min(len(list), listedFindings)]
	}
	t.WriteString("\n")
	for _, x := range list {
		t.WriteString(t.item(t.code(x.Index) + ": " + t.prose(x.Why)))
	}
	if more := len(r.Refused) - len(list); more > 0 {
		t.WriteString(t.item(t.prose(fmt.Sprintf("and %d more:", more)) + " " + t.code("--detail full")))
	}
	t.add(evidencePart, "list of what is not proposed", "Not proposed")
}

func (t *ticket) warned(r *Report) {
	lines := r.warned(t.full)
	if len(lines) == 0 {
		return
	}
	t.WriteString(t.heading(3, t.prose("Warnings")) + "\n")
	for i, line := range lines {
		if i == listedWarnings && !t.full {
			t.WriteString(t.item(t.prose(fmt.Sprintf("and %d more:", len(lines)-i)) + " " + t.code("--detail full")))
			break
		}
		t.WriteString(t.item(t.prose(line)))
	}
	t.add(listPart, "list of warnings", "")
}

// conventions writes how most names and types of a schema are made.
func (t *ticket) conventions(r *Report) {
	if r.Schema == nil || len(r.Schema.Conventions) == 0 {
		return
	}
	t.WriteString("\n")
	for _, c := range r.Schema.Conventions {
		t.WriteString(t.item(t.prose(c.Kind + ": " + c.words(t.full))))
	}
	t.add(evidencePart, "list of conventions", "Conventions")
}

func (t *ticket) followUp(r *Report) {
	for _, s := range sections {
		if ask := s.ask(r.FollowUp); ask != "" {
			t.WriteString(t.block("text", ask))
			t.add(evidencePart, "follow-up text", "Follow-up: "+strings.ToLower(s.title))
		}
	}
}
