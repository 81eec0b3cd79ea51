package report

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// planList writes the plans of a ticket with several in a table: the slowest, or of a
// log the most expensive queries.
func (t *ticket) planList(r *Report) {
	l, ok := r.planList(120)
	if !ok {
		return
	}
	t.WriteString(t.heading(3, t.prose("Plans: "+l.note)))
	t.WriteString(t.table(l.plain(t.codeCell)))
	t.add(firstPart, "list of plans", "")
}

// visibleLines is the number of lines up to which the plan of the verdict is not
// collapsed.
const visibleLines = 40

// verdictPlan writes the plan that the verdict is about, or else the first one that is
// drawn.
func (t *ticket) verdictPlan(r *Report) {
	drawn, _ := r.drawn(t.full)
	if len(drawn) == 0 {
		return
	}
	i := r.firstDrawn(drawn)
	text := t.planText(r, i)
	if strings.Count(text, "\n") > visibleLines {
		t.folded(r.planTitle(i), func() { t.WriteString(text) })
	} else {
		t.WriteString(t.heading(3, t.prose(r.planTitle(i))) + text)
	}
	t.add(firstPart, "plan", "")
}

// otherPlans writes the other plans that are drawn, collapsed.
func (t *ticket) otherPlans(r *Report) {
	drawn, more := r.drawn(t.full)
	for _, i := range drawn {
		if i != r.firstDrawn(drawn) {
			t.WriteString(t.planText(r, i))
			t.add(otherPlan, "plan", r.planTitle(i))
		}
	}
	if before, _, ok := r.asPair(); ok {
		t.WriteString(t.planText(r.Comparison.before(), before))
		t.add(otherPlan, "plan", r.Comparison.before().planTitle(before))
	}
	if more > 0 {
		t.line(t.prose(figures.Plural(more, "more plan")+" not shown:") + " " + t.code("--format html") + " shows them.")
		t.add(otherPlan, "number of other plans", "")
	}
}

// planText is a plan with its query, which is not repeated if the head has it.
func (t *ticket) planText(r *Report, position int) string {
	p := &r.Plans[position]
	var text string
	if p.Query != "" && p.Query != r.Symptom.Query {
		text = t.block("sql", p.Query)
	}
	var facts string
	for _, fact := range p.facts() {
		// The title has the time of the execution.
		fact = strings.TrimPrefix(strings.TrimPrefix(fact, "execution "+figures.Ms(p.ExecutionMs.Or(0))), ", ")
		if fact != "" {
			facts += t.item(t.prose(fact))
		}
	}
	if facts != "" {
		text += "\n" + facts
	}
	var b strings.Builder
	d := r.tree(position, t.full, ticketColumns)
	d.write(&b, func(_, s string) string { return s })
	return text + t.block("text", b.String())
}

// ticketColumns is what a ticket shows of a line of code without scrolling.
const ticketColumns = 100

func (t *ticket) expected(r *Report) {
	for i := range r.Expected {
		e := &r.Expected[i]
		t.sql(e.Query)
		if e.Today != nil {
			t.WriteString(t.block("text", strings.Join(e.lines(), "\n")))
		}
		if basis := e.basis(); basis != "" {
			t.line(t.prose(basis))
		}
		say := "To get the real plan."
		if e.How != "" {
			say += " " + sentence(upperFirst(e.How))
		}
		t.line(t.prose(say))
		if e.Ask != "" {
			t.WriteString(t.block("", e.Ask))
		}
		t.add(otherPlan, "expected plan", "Expected plan, "+e.title(r))
	}
}
