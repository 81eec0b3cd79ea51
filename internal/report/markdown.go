package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// ticket writes Markdown that reads well on GitHub and GitLab, and flat where
// nothing folds.
type ticket struct {
	strings.Builder
	lists bool
}

func writeMarkdown(w io.Writer, r *Report, o Options) error {
	t := &ticket{lists: o.Lists}
	fmt.Fprintf(t, "## pgverdict: %s\n\n**%s**\n", prose(r.Summary.Subject), prose(r.Summary.Verdict))
	if err := t.changes(r); err != nil {
		return err
	}
	if len(r.Changes) > 0 {
		fmt.Fprintf(t, "\n### Changed (%s)\n\n", r.between())
		for _, c := range r.Changes {
			fmt.Fprintf(t, "- %s: %s\n", c.Kind, prose(c.Title))
		}
	}
	for _, s := range sections {
		t.findings(r, s)
	}
	t.notKnown(r)
	if lines := r.warned(); len(lines) > 0 {
		t.WriteString("\n### Read with care\n\n")
		for _, line := range lines {
			t.WriteString("- " + prose(line) + "\n")
		}
	}
	if err := t.logged(r); err != nil {
		return err
	}
	drawn, more := r.drawn()
	for _, i := range drawn {
		t.plan(r, i)
	}
	if more > 0 {
		fmt.Fprintf(t, "\n%s, not drawn here: `--format json` has them all.\n", figures.Plural(more, "more plan"))
	}
	if err := t.workload(r); err != nil {
		return err
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// prose is a text in which Markdown's signs stand for themselves. A node's
// "#3" becomes code: it would link to another ticket.
func prose(s string) string {
	s = special.ReplaceAllString(oneLine(s, 1<<20), `\$0`)
	s = strings.ReplaceAll(s, "<", "&lt;")
	return nodeName.ReplaceAllString(s, "`$0`")
}

var (
	special  = regexp.MustCompile("[*`\\[\\]]|\\b_|_\\b")
	nodeName = regexp.MustCompile(`#\d+`)
)

// code is a text in a code span, whatever it holds.
func code(s string) string {
	s = oneLine(s, 1<<20)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

func (t *ticket) sql(statements ...string) {
	t.block("sql", strings.Join(statements, "\n"))
}

// block writes a fenced block; its fence is longer than any in it.
func (t *ticket) block(language, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(t, "\n%s%s\n%s\n%s\n", fence, language, strings.TrimRight(clean(text), "\n"), fence)
}

// folded writes what a reader may want to open. The blank lines are what
// makes Markdown work inside.
func (t *ticket) folded(summary string, body func()) {
	fmt.Fprintf(t, "\n<details><summary>%s</summary>\n", prose(summary))
	body()
	t.WriteString("\n</details>\n")
}

// changes are the three to try, side by side, and their SQL.
func (t *ticket) changes(r *Report) error {
	first := r.first()
	if len(first) > 0 {
		rows := make([][]string, len(first))
		statements := make([]string, len(first))
		for i, c := range first {
			rows[i] = []string{c.ID, prose(c.Title), prose(c.Gain), prose(c.Cost), prose(c.Lock.Mode + ": " + c.Lock.Blocks)}
			statements[i] = "-- " + c.ID + "\n" + c.Statement
		}
		t.WriteString("\n")
		if err := table(t, true, []string{"", "what", "gain", "cost of it", "lock"}, nil, rows); err != nil {
			return err
		}
		t.sql(statements...)
		t.folded("Before you run it, and how to undo it", func() {
			for i, c := range first {
				t.caution(c, sameCautions(first[:i], c))
			}
		})
	}
	others := r.others()
	if len(others) > 0 {
		t.folded("Then: "+figures.Plural(len(others), "further change"), func() {
			for _, c := range others {
				fmt.Fprintf(t, "\n%s, %s: %s. Cost: %s.\n", c.ID, prose(c.Title), prose(c.Gain), prose(c.Cost))
				undo := ""
				if c.Rollback != "" {
					undo = "-- undo: " + strings.ReplaceAll(c.Rollback, "\n", "\n--       ")
				}
				t.sql(c.Statement, undo)
			}
		})
	}
	return nil
}

func (t *ticket) caution(c Recommendation, cautionsOf string) {
	fmt.Fprintf(t, "\n%s: %s", c.ID, prose(upperFirst(c.Lock.Duration)))
	if cautionsOf != "" {
		fmt.Fprintf(t, "; otherwise as for %s", cautionsOf)
	} else {
		for _, x := range c.Lock.Cautions {
			fmt.Fprintf(t, "; %s", prose(x))
		}
	}
	t.WriteString(".")
	if c.Verify != "" {
		fmt.Fprintf(t, " %s.", prose(upperFirst(c.Verify)))
	}
	if c.WriteCost != nil {
		for _, n := range c.WriteCost.Notes {
			fmt.Fprintf(t, " %s.", prose(upperFirst(n)))
		}
	}
	t.WriteString("\n")
	var lines []string
	if c.Check != "" {
		lines = append(lines, "-- did it work?", c.Check)
	}
	if c.Rollback != "" {
		lines = append(lines, "-- undo", c.Rollback)
	}
	if len(lines) > 0 {
		t.sql(lines...)
	}
}

func (t *ticket) findings(r *Report, s section) {
	list := r.shown(s.letter)
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(t, "\n### %s\n\n", s.title)
	for n, i := range list {
		f := r.Findings[i]
		if n == listedFindings {
			fmt.Fprintf(t, "- and %d more: `--format json` has them all\n", len(list)-n)
			break
		}
		fmt.Fprintf(t, "- **%s** %s: %s", f.Severity, f.Rule, prose(sentence(r.title(f))))
		if n < fullFindings {
			t.WriteString(" " + prose(f.Detail))
		}
		if ids := r.recommended(i); len(ids) > 0 {
			fmt.Fprintf(t, " → %s", strings.Join(ids, ", "))
		} else if n < fullFindings {
			t.WriteString(" " + prose(f.Fix))
		}
		t.WriteString("\n")
	}
	t.folded("Evidence", func() {
		for n, i := range list {
			if n == listedFindings {
				break
			}
			t.evidence(r, r.Findings[i])
		}
	})
	if ask := s.ask(r.FollowUp); ask != "" {
		t.folded("To paste for the next step", func() { t.block("text", ask) })
	}
}

func (t *ticket) evidence(r *Report, f Finding) {
	fmt.Fprintf(t, "\n%s, %s:\n\n", f.Rule, prose(r.title(f)))
	sources, values := f.bySource()
	for _, s := range sources {
		fmt.Fprintf(t, "- %s: %s\n", s, code(strings.Join(values[s], "; ")))
	}
}

func (t *ticket) notKnown(r *Report) {
	if len(r.Missing) > 0 {
		t.WriteString("\n### Not known\n\n")
		for _, m := range r.missingTogether() {
			fmt.Fprintf(t, "- %s. Get it: %s\n", prose(upperFirst(m.Why)), code(m.Export))
		}
	}
	if len(r.Refused) > 0 {
		t.folded("Weighed and not proposed", func() {
			t.WriteString("\n")
			for _, x := range r.Refused {
				fmt.Fprintf(t, "- %s: %s\n", code(x.Index), prose(x.Why))
			}
		})
	}
}

func (t *ticket) plan(r *Report, position int) {
	p := &r.Plans[position]
	title := "Plan"
	if len(r.Plans) > 1 {
		title = fmt.Sprintf("Plan %d: %s", position+1, r.Inputs[p.Input].Path)
	}
	if ms, ok := p.ExecutionMs.Get(); ok {
		title += ", " + figures.Ms(ms)
	}
	t.folded(title, func() {
		if p.Query != "" {
			t.sql(p.Query)
		}
		var b strings.Builder
		b.WriteString(p.treeHead() + "\n")
		for _, l := range r.tree(position) {
			line := l.head + "  " + l.branch + l.label
			if l.mark != "" {
				line += "  " + l.mark
			}
			if len(l.notes) > 0 {
				line += "  (" + strings.Join(l.notes, "; ") + ")"
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
		t.block("text", b.String())
	})
}

func (t *ticket) logged(r *Report) error {
	if len(r.Queries) == 0 {
		return nil
	}
	fmt.Fprintf(t, "\n### Queries: %s\n\n", r.loggedTitle())
	return table(t, true, loggedHead, loggedRight, r.loggedRows(120, code))
}

func (t *ticket) workloadLists(w *Workload) error {
	for _, l := range w.lists(160, code) {
		fmt.Fprintf(t, "\n### %s\n\n%s\n\n", upperFirst(l.title), prose(l.note))
		if err := table(t, true, l.head, l.right, l.rows); err != nil {
			return err
		}
	}
	return nil
}

func (t *ticket) workload(r *Report) error {
	if r.Workload != nil && t.lists {
		return t.workloadLists(r.Workload)
	}
	if r.Workload == nil || len(r.Workload.Statements) == 0 {
		return nil
	}
	var rows [][]string
	top := r.Workload.topStatements()
	for i, s := range top {
		rows = append(rows, append(statementCells(i, s), code(oneLine(s.Query, 200))))
	}
	var failed error
	t.folded(fmt.Sprintf("The %s with the most time (%s)", figures.Plural(len(top), "statement"), r.Workload.window()), func() {
		t.WriteString("\n")
		failed = table(t, true, append(statementHead(), "query"), map[int]bool{1: true, 2: true, 3: true}, rows)
	})
	return failed
}
