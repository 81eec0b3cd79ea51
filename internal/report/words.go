package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// This file has what the renderers share: phrases, and which parts of a report
// belong together.

// recommended returns the ids of the changes for a finding.
func (r *Report) recommended(finding int) []string {
	var ids []string
	for _, rec := range r.Recommendations {
		if slices.Contains(rec.Findings, finding) {
			ids = append(ids, rec.ID)
		}
	}
	return ids
}

// drawnPlans is the number of plans that a report draws, by --detail full.
var drawnPlans = map[bool]int{false: 2, true: 5}

// drawn returns the plans that a report draws. If there are many, it draws the one of
// the verdict and those with the most severe findings. Of several runs of one plan, it
// draws the slowest.
func (r *Report) drawn(full bool) (list []int, more int) {
	most := drawnPlans[full]
	draw := func(i int) {
		if i < len(r.Plans) && r.Plans[i].SlowestRun == nil && !slices.Contains(list, i) {
			list = append(list, i)
		}
	}
	if asked, ok := r.asked(); ok {
		draw(asked)
	}
	for _, i := range r.inOrder(false) {
		if p, ok := r.Findings[i].Where.Plan.Get(); ok {
			draw(p)
		}
	}
	if len(r.Plans) <= most {
		for i := range r.Plans {
			draw(i)
		}
	}
	list = list[:min(len(list), most)]
	slices.Sort(list)
	return list, len(r.Plans) - len(list)
}

// firstDrawn returns, of the plans that a report draws, the one to show first.
func (r *Report) firstDrawn(drawn []int) int {
	if i, ok := r.asked(); ok && slices.Contains(drawn, i) {
		return i
	}
	return drawn[0]
}

// planTitle names a plan, with its time.
func (r *Report) planTitle(position int) string {
	p, title := &r.Plans[position], "Plan"
	if len(r.Plans) > 1 {
		title = fmt.Sprintf("Plan %d: %s", position+1, r.Inputs[p.Input].Path)
	}
	if p.Side != "" {
		title += " " + p.Side
	}
	if ms, ok := p.ExecutionMs.Get(); ok {
		title += ", " + figures.Ms(ms)
	}
	return title
}

// asked returns the plan that the verdict is about.
func (r *Report) asked() (plan int, ok bool) {
	if r.Summary.Node != nil {
		return r.Summary.Node.Plan, true
	}
	if lead, ok := r.Summary.Lead.Get(); ok && lead < len(r.Findings) {
		return r.Findings[lead].Where.Plan.Get()
	}
	return 0, false
}

// sectionsOf explains the section letters of the findings.
func (r *Report) sectionsOf(findings []int) string {
	var said []string
	for _, s := range sections {
		if slices.ContainsFunc(findings, func(i int) bool { return r.Findings[i].Section == s.letter }) {
			said = append(said, s.letter+" "+strings.ToLower(s.title))
		}
	}
	return strings.Join(said, ", ")
}

// first and others return the changes to try first, and the rest.
func (r *Report) first() []Recommendation {
	return slices.DeleteFunc(slices.Clone(r.Recommendations), func(x Recommendation) bool { return !slices.Contains(r.Summary.Top, x.ID) })
}

func (r *Report) others() []Recommendation {
	return slices.DeleteFunc(slices.Clone(r.Recommendations), func(x Recommendation) bool { return slices.Contains(r.Summary.Top, x.ID) })
}

// thenTitle is the title of the changes after the first.
func thenTitle(first, others []Recommendation) string {
	if len(first) == 0 {
		return "Not urgent: " + figures.Plural(len(others), "change")
	}
	return "Then: " + figures.Plural(len(others), "more change")
}

// byHand reports whether a change is a query to rewrite of which there is no draft.
func (c Recommendation) byHand() bool { return c.Action == "rewrite_query" && c.Rewrite == nil }

// asProse returns what to do by hand as a text instead of comments.
func (c Recommendation) asProse() string {
	return strings.ReplaceAll(strings.TrimPrefix(c.Statement, "-- "), "\n-- ", " ")
}

// notRunnable says why a statement cannot be run as printed.
func notRunnable(c Recommendation) string {
	if c.byHand() {
		return sentence(c.NotRunnable)
	}
	return "this statement cannot be run as printed: " + sentence(c.NotRunnable)
}

// costWords returns the cost of a change. A long one that an earlier change has too is
// not repeated.
func costWords(before []Recommendation, c Recommendation) string {
	const long = 60
	if same := earlier(before, func(b Recommendation) bool { return b.Cost == c.Cost }); same != "" && len(c.Cost) > long {
		return "same as " + same
	}
	return c.Cost
}

// sameCautions returns the id of an earlier change with the same cautions; empty
// if there is none.
func sameCautions(before []Recommendation, c Recommendation) string {
	return earlier(before, func(b Recommendation) bool {
		return len(c.Lock.Cautions) > 0 && slices.Equal(b.Lock.Cautions, c.Lock.Cautions)
	})
}

// sameLock returns the id of an earlier change with the same lock; empty if there
// is none.
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

// GainLabel is the label of what a change brings.
func (r *Report) GainLabel() string {
	if r.Schema != nil {
		return "Fixes"
	}
	return "Saves"
}

// stages are the steps of a change as people count them: settings belong to the step
// that needs them.
func (c Recommendation) stages() []SafeStep {
	var list []SafeStep
	before := ""
	for _, s := range c.Steps {
		if onlySets(s.SQL) {
			before += s.SQL + "\n"
			continue
		}
		s.SQL, before = before+s.SQL, ""
		s.Step = len(list) + 1
		list = append(list, s)
	}
	return list
}

// onlySets reports whether a script does nothing but SET.
func onlySets(sql string) bool {
	for line := range strings.Lines(sql) {
		if !strings.HasPrefix(line, "SET ") {
			return false
		}
	}
	return true
}

// script returns the SQL of a change. Several steps are numbered, each with the
// transaction and the deploy that it runs in, and in full with what it does.
func (c Recommendation) script(full bool) string {
	list := c.stages()
	if len(list) < 2 {
		return c.Statement
	}
	var lines []string
	for _, step := range list {
		if !full {
			step.Why = ""
		}
		head := fmt.Sprintf("-- %d.", step.Step)
		if note := flat(step.note()); note != "" {
			head += " " + note
		}
		lines = append(lines, head, step.SQL)
	}
	return strings.Join(lines, "\n")
}

// deploys says how the only step of a change runs, or when each of its steps does.
func (c Recommendation) deploys() string {
	list := c.stages()
	if len(list) == 1 {
		if strings.HasPrefix(list[0].Why, c.Lock.Mode) { // the lock is said
			list[0].Why = ""
		}
		if note := list[0].note(); note != "" {
			return sentence(upperFirst(note))
		}
		return ""
	}
	var when []string
	for i := 0; i < len(list); {
		k := i + 1
		for k < len(list) && list[k].Deploy == list[i].Deploy {
			k++
		}
		span := fmt.Sprintf("step %d ", i+1)
		switch {
		case k-i == len(list):
			span = ""
		case k == i+2:
			span = fmt.Sprintf("steps %d and %d ", i+1, k)
		case k > i+2:
			span = fmt.Sprintf("steps %d to %d ", i+1, k)
		}
		if word := deployWords[list[i].Deploy]; word != "" {
			when = append(when, span+word)
		}
		i = k
	}
	if len(when) == 0 {
		return ""
	}
	return sentence(upperFirst(strings.Join(when, ", ")))
}

// cut says what a short report leaves out of a change with long SQL; empty if it prints
// the SQL.
func (c Recommendation) cut() string {
	n := strings.Count(c.script(false), "\n") + 1
	if len(c.stages()) < 2 || n <= longSQL {
		return ""
	}
	return fmt.Sprintf("%d steps, %d lines of SQL", len(c.stages()), n)
}

// lockWords returns the lock of a change, what it blocks and for how long. A lock
// that an earlier change has too is not repeated.
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

// rowsLabel is the label of whether a rewritten query returns the same rows.
const rowsLabel = "Rows"

// rowsWords says what has to hold for a rewritten query to return the same rows; empty
// for another change.
func (c Recommendation) rowsWords() string {
	switch {
	case c.Rewrite == nil:
		return ""
	case len(c.Rewrite.EqualIf) == 0:
		return "The same, whatever the data: NULLs and duplicates, too."
	case len(c.Rewrite.EqualIf) == 1:
		return "The same if " + sentence(c.Rewrite.EqualIf[0])
	}
	said := make([]string, len(c.Rewrite.EqualIf)) // some begin with a name
	for i, condition := range c.Rewrite.EqualIf {
		said[i] = fmt.Sprintf("(%d) %s", i+1, strings.TrimSuffix(condition, "."))
	}
	return "The same if all of this holds: " + strings.Join(said, "; ") + "."
}

// notesWords says what stands for what in a rewritten query, and which index serves it.
func (c Recommendation) notesWords() string {
	if c.Rewrite == nil {
		return ""
	}
	return strings.Join(c.Rewrite.Notes, " ")
}

// beforeRun is the label of the cautions.
const beforeRun = "Before you run it"

// firstSentence returns the first sentence of a text, and the rest.
func firstSentence(s string) (first, rest string) {
	if at := sentenceEnd.FindStringIndex(s); at != nil {
		return s[:at[0]+1], strings.TrimSpace(s[at[0]+1:])
	}
	return s, ""
}

var sentenceEnd = regexp.MustCompile(`\. [A-Z0-9/#]`)

// cautions returns the cautions of a change, one sentence each.
func cautions(c Recommendation) string {
	said := make([]string, len(c.Lock.Cautions))
	for i, x := range c.Lock.Cautions {
		said[i] = sentence(upperFirst(x))
	}
	return strings.Join(said, " ")
}

// noLock is the lock mode of a change that takes no lock.
const noLock = "none"

// connects says how psql and pg_dump connect; empty if no command runs them.
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

// missingTogether merges the entries with the same commands. A short report names the
// first few of what one command gets.
func (r *Report) missingTogether(full bool) []Missing {
	const named = 4
	var list []Missing
	var merged []int
	for _, m := range r.Missing {
		i := slices.IndexFunc(list, func(x Missing) bool { return x.Export == m.Export && x.How == m.How })
		if i < 0 {
			list, merged = append(list, m), append(merged, 1)
			continue
		}
		if merged[i]++; full || merged[i] <= named {
			list[i].Why += "; " + m.Why
		}
		for _, id := range m.Rules {
			if !slices.Contains(list[i].Rules, id) {
				list[i].Rules = append(list[i].Rules[:len(list[i].Rules):len(list[i].Rules)], id)
			}
		}
	}
	for i, n := range merged {
		if more := n - named; more > 0 && !full {
			list[i].Why += fmt.Sprintf("; and %d more", more)
		}
	}
	return list
}

// silent names the rules that need the data.
func (m Missing) silent() string {
	if len(m.Rules) == 0 {
		return ""
	}
	return "Rules that need this data: " + strings.Join(m.Rules, ", ") + "."
}

// window returns the time that the exports cover.
func (w *Workload) window() string {
	if w.Log != nil && w.Log.Statements {
		return w.Log.window()
	}
	var parts []string
	if w.StatsReset != nil && !w.WindowDays.Known() {
		parts = append(parts, "statistics reset "+w.StatsReset.Format("2006-01-02 15:04 UTC"))
	}
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

// window returns the time that the log covers, and what is not in it.
func (l *ServerLog) window() string {
	said := "server log"
	if span := l.span(); span != "" {
		said += ", " + span
	}
	if ms, ok := l.FastestMs.Get(); ok && ms >= 1 { // the smallest threshold but 0
		said += fmt.Sprintf("; executions of %s and more, faster ones are unknown", figures.Ms(ms))
	}
	return said
}

// span returns the time that the log covers; empty if it has no times.
func (l *ServerLog) span() string {
	day, to, ok := strings.Cut(l.To, " ")
	if same := strings.HasPrefix(l.From, day+" "); !ok || !same {
		to = l.To
	}
	if l.From == "" {
		return ""
	}
	return l.From + " to " + to
}

// between returns what the changes compare.
func (r *Report) between() string {
	if r.Workload == nil || r.Workload.WindowBasis == nil || *r.Workload.WindowBasis != betweenTwo {
		return "two plans of one query"
	}
	return r.Workload.window()
}

// betweenTwo is the basis of a window between two exports.
const betweenTwo = "two snapshots"

// topStatements returns the first few statements with a share that matters.
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

// loggedHead has the column names for the queries of a log.
var loggedHead = []string{"", "total", "plans", "worst", "query"}

var loggedRight = map[int]bool{1: true, 2: true, 3: true}

// listedQueries is the number of queries of a log that a report lists.
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

func (r *Report) loggedRows(width int, asCode func(string) string) [][]string {
	var rows [][]string
	for _, q := range r.Queries[:min(len(r.Queries), listedQueries)] {
		text := q.Query
		if text == "" {
			text = "(no text)"
		}
		rows = append(rows, []string{
			fmt.Sprintf("plan %d", q.Worst+1), words(q.TotalMs, figures.Ms), figures.Count(float64(q.Plans)), words(q.WorstMs, figures.Ms), asCode(oneLine(text, width)),
		})
	}
	return rows
}

// warned returns the warnings: settings of rules, and inputs that were not read
// completely. In a short report that is a few lines for each.
func (r *Report) warned(full bool) []string {
	const most = 3
	var lines []string
	for _, c := range r.Configured {
		how := "has custom thresholds"
		switch {
		case c.Off:
			how = "is disabled"
		case c.Fail:
			how = "fails the run"
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
			continue // it has a line on standard error
		}
		for i, w := range in.Warnings {
			if i == most && !full {
				lines = append(lines, fmt.Sprintf("%s: %s (--detail full)", in.Path, figures.Plural(len(in.Warnings)-most, "more warning")))
				break
			}
			lines = append(lines, w)
		}
	}
	return lines
}

// unreadKind is the kind of an input that could not be read.
const unreadKind = "unknown"

// ciCommand matches what the runners of GitHub, Azure and TeamCity take for a command, from
// its second character on: ::error at the beginning of a line or behind a blank, or
// ##vso[ anywhere.
var ciCommand = regexp.MustCompile(`^(?::(?i:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|internal-set-repo-path|notice|remove-matcher|save-state|set-env|set-output|stop-commands|warning)\b|#\w*\[)`)

// clean removes control characters, and breaks what is a command in the output of a CI
// job. Tabs become blanks, newlines stay.
func clean(s string) string {
	s = withoutControls(s)
	var b strings.Builder
	done := 0
	for i := 1; i < len(s); i++ {
		if s[i] != s[i-1] || s[i] != '#' && (s[i] != ':' || i > 1 && s[i-2] != ' ' && s[i-2] != '\n') || !ciCommand.MatchString(s[i:]) {
			continue
		}
		b.WriteString(s[done:i])
		b.WriteByte(' ')
		done = i
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

func withoutControls(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\t':
			return ' '
		case isControl(c):
			return -1
		}
		return c
	}, s)
}

// flat returns a text without control characters and newlines.
func flat(s string) string { return strings.ReplaceAll(clean(s), "\n", " ") }

// isControl reports whether a character is no text: the C0 and C1 controls, which
// begin escape sequences, marks that change the writing direction or have no
// width, and line separators.
func isControl(c rune) bool {
	return c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x61c || c >= 0x200b && c <= 0x200f || c >= 0x2028 && c <= 0x202e ||
		c >= 0x2060 && c <= 0x206f || c == 0xfeff || c >= 0xe0000 && c <= 0xe007f
}

// Line returns a message as one line without control characters: file names may
// contain them.
func Line(s string) string { return oneLine(s, 1<<20) }

// noBreak is a blank that does not end a line.
const noBreak = '\u00a0'

var inFigure = regexp.MustCompile(`(\d) ((?:ms|s|min|h|B|kB|MB|GB|TB|M|bn)\b)|([<>]) (\d[\d.]*%)`)

// glued returns a text in which no line ends within a figure or before its unit.
func glued(s string) string { return inFigure.ReplaceAllString(s, "$1$3"+string(noBreak)+"$2$4") }

// oneLine returns a text as one line of at most the given number of columns.
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
