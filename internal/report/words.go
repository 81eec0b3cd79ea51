package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// What the renderers share: how things are called, and which thing belongs to
// which.

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

// drawnPlans is how many plans a page draws, in short and in full.
var drawnPlans = map[bool]int{false: 2, true: 5}

// drawn are the plans that a page draws: of many those with findings, the
// gravest first.
func (r *Report) drawn(full bool) (list []int, more int) {
	most := drawnPlans[full]
	seen := map[int]bool{}
	for _, i := range r.inOrder(false) {
		if p, ok := r.Findings[i].Where.Plan.Get(); ok && !seen[p] {
			seen[p] = true
			list = append(list, p)
		}
	}
	for i := range r.Plans {
		if len(r.Plans) <= most && !seen[i] {
			list = append(list, i)
		}
	}
	list = list[:min(len(list), most)]
	slices.Sort(list)
	return list, len(r.Plans) - len(list)
}

// sectionsOf says what the letters of the findings stand for.
func (r *Report) sectionsOf(findings []int) string {
	var said []string
	for _, s := range sections {
		if slices.ContainsFunc(findings, func(i int) bool { return r.Findings[i].Section == s.letter }) {
			said = append(said, s.letter+" "+strings.ToLower(s.title))
		}
	}
	return strings.Join(said, ", ")
}

// first and others are the changes up front, and the rest.
func (r *Report) first() []Recommendation {
	return slices.DeleteFunc(slices.Clone(r.Recommendations), func(x Recommendation) bool { return !slices.Contains(r.Summary.Top, x.ID) })
}

func (r *Report) others() []Recommendation {
	return slices.DeleteFunc(slices.Clone(r.Recommendations), func(x Recommendation) bool { return slices.Contains(r.Summary.Top, x.ID) })
}

// thenTitle says how many changes stand folded below the first.
func thenTitle(first, others []Recommendation) string {
	if len(first) == 0 {
		return "Not urgent: " + figures.Plural(len(others), "change")
	}
	return "Then: " + figures.Plural(len(others), "more change")
}

// notRunnable is the sentence beside a statement that is not to be run as
// printed.
func notRunnable(c Recommendation) string {
	return "this statement cannot be run as printed: " + sentence(c.NotRunnable)
}

// sameCautions is the earlier change that one has its cautions in common
// with; empty if none.
func sameCautions(before []Recommendation, c Recommendation) string {
	return earlier(before, func(b Recommendation) bool {
		return len(c.Lock.Cautions) > 0 && slices.Equal(b.Lock.Cautions, c.Lock.Cautions)
	})
}

// sameLock is the earlier change that takes the same lock; empty if none.
func sameLock(before []Recommendation, c Recommendation) string {
	return earlier(before, func(b Recommendation) bool {
		return b.Lock.Mode == c.Lock.Mode && b.Lock.Blocks == c.Lock.Blocks
	})
}

func earlier(list []Recommendation, same func(Recommendation) bool) string {
	for _, c := range list {
		if same(c) {
			return c.ID
		}
	}
	return ""
}

// joinWords is a list in a sentence: "R1, R2 and R3".
func joinWords(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// lockWords is the lock that a change takes, what it blocks and for how long.
// What is the same for an earlier change is not repeated.
func lockWords(before []Recommendation, c Recommendation) string {
	lock := c.Lock.Mode + ": " + c.Lock.Blocks
	if same := sameLock(before, c); same != "" {
		lock = "same as " + same
	}
	if c.Lock.Duration == "" {
		return sentence(lock)
	}
	return sentence(lock) + " " + sentence(upperFirst(c.Lock.Duration))
}

// beforeRun is the label of the cautions.
const beforeRun = "Before you run it"

// cautions are those of a change, a sentence each.
func cautions(c Recommendation) string {
	said := make([]string, len(c.Lock.Cautions))
	for i, x := range c.Lock.Cautions {
		said[i] = sentence(upperFirst(x))
	}
	return strings.Join(said, " ")
}

// noLock is the mode of a change that locks nothing.
const noLock = "none"

// connects says whom psql and pg_dump ask, where a command runs one of them;
// empty if none does.
func connects(list []Missing) string {
	for _, m := range list {
		for _, c := range m.Commands {
			if strings.Contains(c, "psql ") || strings.HasPrefix(c, "pg_dump ") {
				return "Connection: set PGDATABASE, PGHOST and PGUSER, or add -d, -h and -U."
			}
		}
	}
	return ""
}

// missingTogether puts those that are got in one way into one entry.
func (r *Report) missingTogether() []Missing {
	var list []Missing
	for _, m := range r.Missing {
		i := slices.IndexFunc(list, func(x Missing) bool { return x.Export == m.Export && x.How == m.How })
		if i < 0 {
			list = append(list, m)
			continue
		}
		list[i].Why += "; " + m.Why
		for _, id := range m.Rules {
			if !slices.Contains(list[i].Rules, id) {
				list[i].Rules = append(list[i].Rules[:len(list[i].Rules):len(list[i].Rules)], id)
			}
		}
	}
	return list
}

// silent names the rules that have nothing to go by without the data.
func (m Missing) silent() string {
	if len(m.Rules) == 0 {
		return ""
	}
	return "Rules that need this data: " + strings.Join(m.Rules, ", ") + "."
}

// window says of which time the exports speak.
func (w *Workload) window() string {
	var parts []string
	if w.ExportedAt != nil {
		parts = append(parts, "exported "+w.ExportedAt.Format("2006-01-02 15:04 UTC"))
	}
	if days, ok := w.WindowDays.Get(); ok {
		if w.WindowBasis != nil && *w.WindowBasis == betweenTwo {
			parts = append(parts, figures.Days(days)+" between two exports")
		} else {
			parts = append(parts, "statistics cover "+figures.Days(days))
		}
	} else {
		parts = append(parts, "time since the last statistics reset unknown")
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
		s += fmt.Sprintf(", the %d most expensive", listedQueries)
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
		how := "has custom thresholds"
		if c.Off {
			how = "is disabled"
		}
		lines = append(lines, fmt.Sprintf("rule %s %s: %s", c.Rule, how, c.Reason))
	}
	lines = append(lines, r.Warnings...)
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
				lines = append(lines, fmt.Sprintf("%s: %d more warnings of this kind", in.Path, len(in.Warnings)-most))
				break
			}
			lines = append(lines, w)
		}
	}
	return lines
}

// unreadKind is the kind of an input that could not be read.
const unreadKind = "unknown"

// clean takes out what a terminal or a page would obey. Tabs become blanks,
// newlines stay.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\t':
			return ' '
		case obeyed(c):
			return -1
		}
		return c
	}, s)
}

// flat is a text without what a terminal would obey, and without newlines:
// nothing in it begins a line of the page.
func flat(s string) string { return strings.ReplaceAll(clean(s), "\n", " ") }

// obeyed are the characters that stand for nothing to be read: the C0 and C1
// controls, by which escape sequences begin, the marks that turn the direction
// of writing round or have no width, and separators of lines.
func obeyed(c rune) bool {
	return c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x61c || c >= 0x200b && c <= 0x200f || c >= 0x2028 && c <= 0x202e ||
		c >= 0x2060 && c <= 0x206f || c == 0xfeff || c >= 0xe0000 && c <= 0xe007f
}

// Line is a message as one line that a terminal can be given: names of files
// are anybody's.
func Line(s string) string { return oneLine(s, 1<<20) }

// noBreak is a blank at which no line ends.
const noBreak = '\u00a0'

var inFigure = regexp.MustCompile(`(\d) ((?:ms|s|min|h|B|kB|MB|GB|TB|M|bn)\b)|([<>]) (\d[\d.]*%)`)

// glued is a text in which no line ends within a figure, such as before its unit.
func glued(s string) string { return inFigure.ReplaceAllString(s, "$1$3"+string(noBreak)+"$2$4") }

// oneLine makes a text one line of at most so many columns.
func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if len(s) <= most || displaywidth.String(s) <= most {
		return s
	}
	filled, end := 0, 0
	for i, c := range s {
		w := displaywidth.Rune(c)
		if filled+w > most-1 {
			end = i
			break
		}
		filled += w
	}
	return strings.TrimSpace(s[:end]) + "…"
}
