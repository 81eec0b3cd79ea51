package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// What the renderers share: how things are called, which thing belongs to
// which, and in which order the sections stand.

// section is one of the three kinds of findings, in the order of the page.
type section struct {
	letter, title string
	ask           func(FollowUp) string // the text to paste for what is left open
}

var sections = []section{
	{"C", "Critical", func(f FollowUp) string { return f.C }},
	{"A", "Confirmed", func(FollowUp) string { return "" }},
	{"B", "Needs judgment", func(f FollowUp) string { return f.B }},
}

// shown are a section's findings that a page shows: not the nits.
func (r *Report) shown(letter string) []int {
	var list []int
	for i, f := range r.Findings {
		if f.Section == letter && f.Severity > finding.Nit {
			list = append(list, i)
		}
	}
	return list
}

// title is what a finding saw; where there are several plans, with the one it
// saw it in.
func (r *Report) title(f Finding) string {
	if p, ok := f.Where.Plan.Get(); ok && len(r.Plans) > 1 {
		return fmt.Sprintf("plan %d, %s", p+1, f.Title)
	}
	return f.Title
}

// recommended are the ids of the changes that a finding calls for.
func (r *Report) recommended(finding int) []string {
	var ids []string
	for _, rec := range r.Recommendations {
		if slices.Contains(rec.Findings, finding) {
			ids = append(ids, rec.ID)
		}
	}
	return ids
}

// drawnPlans is how many plans a page draws.
const drawnPlans = 5

// drawn are the plans that a page draws: of many those with findings, the
// gravest first.
func (r *Report) drawn() (list []int, more int) {
	seen := map[int]bool{}
	for _, s := range sections {
		for _, i := range r.shown(s.letter) {
			if p, ok := r.Findings[i].Where.Plan.Get(); ok && !seen[p] {
				seen[p] = true
				list = append(list, p)
			}
		}
	}
	for i := range r.Plans {
		if len(r.Plans) <= drawnPlans && !seen[i] {
			list = append(list, i)
		}
	}
	list = list[:min(len(list), drawnPlans)]
	slices.Sort(list)
	return list, len(r.Plans) - len(list)
}

// ofNode are the findings that stand on a node of a plan.
func (r *Report) ofNode(plan, node int) []int {
	var list []int
	for i, f := range r.Findings {
		p, ok1 := f.Where.Plan.Get()
		n, ok2 := f.Where.Node.Get()
		if ok1 && ok2 && p == plan && n == node {
			list = append(list, i)
		}
	}
	return list
}

// first and others are the changes up front, and the rest.
func (r *Report) first() []Recommendation {
	return slices.DeleteFunc(slices.Clone(r.Recommendations), func(x Recommendation) bool { return !slices.Contains(r.Summary.Top, x.ID) })
}

func (r *Report) others() []Recommendation {
	return slices.DeleteFunc(slices.Clone(r.Recommendations), func(x Recommendation) bool { return slices.Contains(r.Summary.Top, x.ID) })
}

// sameCautions is the earlier change that one has its cautions in common
// with; empty if none.
func sameCautions(before []Recommendation, c Recommendation) string {
	for _, b := range before {
		if len(c.Lock.Cautions) > 0 && slices.Equal(b.Lock.Cautions, c.Lock.Cautions) {
			return b.ID
		}
	}
	return ""
}

// noLock is the mode of a change that locks nothing.
const noLock = "none"

// words is a figure of the evidence as people say it.
func (e Evidence) words() string {
	v, ok := e.Value.(float64)
	if !ok {
		return fmt.Sprint(e.Value)
	}
	switch e.Unit {
	case "ms":
		return figures.Ms(v)
	case "bytes":
		return figures.Bytes(v)
	case "kB":
		return figures.KB(v)
	case "share":
		return figures.Share(v)
	case "days":
		return figures.Days(v)
	case "":
		return figures.Count(v)
	}
	if strings.HasSuffix(e.Name, e.Unit) || strings.HasPrefix(e.Name, e.Unit) {
		return figures.Count(v)
	}
	return figures.Count(v) + " " + e.Unit
}

// bySource is a finding's evidence in a line for each source.
func (f Finding) bySource() (sources []string, figures map[string][]string) {
	figures = map[string][]string{}
	for _, e := range f.Evidence {
		if figures[e.Source] == nil {
			sources = append(sources, e.Source)
		}
		figures[e.Source] = append(figures[e.Source], e.Name+" "+oneLine(e.words(), longestValue))
	}
	return sources, figures
}

// longestValue is how much of a condition or a definition a page shows.
const longestValue = 160

// missingTogether puts those that one command gets into one entry.
func (r *Report) missingTogether() []Missing {
	var list []Missing
	for _, m := range r.Missing {
		i := slices.IndexFunc(list, func(x Missing) bool { return x.Export == m.Export })
		if i < 0 {
			list = append(list, m)
			continue
		}
		list[i].Why += "; " + m.Why
	}
	return list
}

// window says of which time the exports speak.
func (w *Workload) window() string {
	var parts []string
	if w.ExportedAt != nil {
		parts = append(parts, "exported "+w.ExportedAt.Format("2006-01-02 15:04 UTC"))
	}
	if days, ok := w.WindowDays.Get(); ok {
		if w.WindowBasis != nil && *w.WindowBasis == betweenTwo {
			parts = append(parts, "rates of the "+figures.Days(days)+" between two exports")
		} else {
			parts = append(parts, "counters of "+figures.Days(days))
		}
	} else {
		parts = append(parts, "age of the counters not known")
	}
	return strings.Join(parts, ", ")
}

// between says what the changes are between.
func (r *Report) between() string {
	if r.Workload == nil || r.Workload.WindowBasis == nil || *r.Workload.WindowBasis != betweenTwo {
		return "two plans of one query"
	}
	return r.Workload.window()
}

// betweenTwo is the basis of a window between two exports.
const betweenTwo = "two snapshots"

// topStatements are those that a page shows: the first few with a share
// that matters.
func (w *Workload) topStatements() []Statement {
	const most, least = 5, 0.01
	var list []Statement
	for _, s := range w.Statements {
		if len(list) == most || s.Share.Or(0) < least && len(list) > 0 {
			break
		}
		list = append(list, s)
	}
	return list
}

// loggedHead names the columns of the queries of a log.
var loggedHead = []string{"", "total", "plans", "worst", "query"}

var loggedRight = map[int]bool{1: true, 2: true, 3: true}

// listedQueries is how many queries of a log a page lists.
const listedQueries = 10

func (r *Report) loggedTitle() string {
	plans := 0
	for _, q := range r.Queries {
		plans += q.Plans
	}
	s := fmt.Sprintf("%s of %s", figures.Plural(plans, "plan"), queries(len(r.Queries)))
	if len(r.Queries) > listedQueries {
		s += fmt.Sprintf(", the %d costliest", listedQueries)
	}
	return s
}

func queries(n int) string {
	if n == 1 {
		return "1 query"
	}
	return figures.Count(float64(n)) + " queries"
}

func (r *Report) loggedRows(width int, dress func(string) string) [][]string {
	var rows [][]string
	for _, q := range r.Queries[:min(len(r.Queries), listedQueries)] {
		text := q.Query
		if text == "" {
			text = "(no text)"
		}
		rows = append(rows, []string{
			fmt.Sprintf("plan %d", q.Worst+1), figures.Ms(q.TotalMs), figures.Count(float64(q.Plans)), figures.Ms(q.WorstMs), dress(oneLine(text, width)),
		})
	}
	return rows
}

// warned are the inputs that were not read as they stand, with what a reader
// of the report has to know of that; a few lines of each.
func (r *Report) warned() []string {
	const most = 3
	var lines []string
	for _, c := range r.Configured {
		how := "has thresholds of its own"
		if c.Off {
			how = "is switched off"
		}
		lines = append(lines, fmt.Sprintf("the rule %s %s: %s", c.Rule, how, c.Reason))
	}
	if r.Workload != nil {
		lines = append(lines, r.Workload.Notes...)
	}
	for _, in := range r.Inputs {
		if in.Note != "" {
			lines = append(lines, in.Path+": "+in.Note)
		}
		if in.Kind == unreadKind {
			continue // it has its line on standard error
		}
		for i, w := range in.Warnings {
			if i == most {
				lines = append(lines, fmt.Sprintf("%s: and %d more lines of the kind", in.Path, len(in.Warnings)-most))
				break
			}
			lines = append(lines, w)
		}
	}
	return lines
}

// unreadKind is the kind of an input that could not be read.
const unreadKind = "unknown"

// clean takes out what a terminal would obey: escape sequences and other
// control characters. Tabs become blanks, newlines stay.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\t':
			return ' '
		case c < ' ' || c >= 0x7f && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
			return -1
		}
		return c
	}, s)
}

// oneLine makes a text one line of at most so many characters.
func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:max(most-1, 1)])) + "…"
	}
	return s
}
