package review

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/workload"
)

// given is the source of what the user said.
const given = "given"

// symptom is what is slow, as far as the input or the user tells: of the plan
// or the statement that the verdict is on, or of the only plan.
func (b *builder) symptom(r *report.Report) report.Symptom {
	s := report.Symptom{Facts: []report.Fact{}, NotGiven: []string{}}
	fact := func(key, text, source string) {
		s.Facts = append(s.Facts, report.Fact{Key: key, Text: text, Source: source})
	}
	p, st := b.topic.plan, b.topic.statement
	if st != nil && !st.Hidden() {
		s.Query = b.show(st.Query)
	}
	if p != nil && !p.Plan.Query.Empty() {
		s.Query = b.show(p.Plan.Query)
	}
	if b.c.Snapshot != nil && b.c.Snapshot.Database != "" {
		fact("database", b.c.Snapshot.Database, string(workload.ViewDatabase))
	}
	if st != nil && st.Calls.Known() {
		fact("how-often", b.howOften(st), string(workload.ViewStatements))
	}
	for _, q := range r.Queries {
		if p != nil && q.Worst == p.Position {
			fact("how-often", figures.Plural(q.Plans, "plan")+" in the log", "plan")
		}
	}
	if p != nil {
		if ms, ok := p.ExecMs().Get(); ok {
			fact("slow", figures.Ms(ms)+" in "+b.called("this plan", p.Number()), "plan")
		}
	}
	if st != nil {
		if mean, ok := st.MeanMs.Get(); ok {
			text := figures.Ms(mean)
			if st.Calls.Or(0) != 1 {
				text += " on average"
				if worst, ok := st.MaxMs.Get(); ok {
					text += ", up to " + figures.Ms(worst)
				}
			}
			fact("slow", text, string(workload.ViewStatements))
		}
	}
	for _, key := range report.ContextKeys() {
		if text, ok := b.Context[key]; ok {
			fact(key, text, given)
		}
	}
	for _, key := range report.WantedContext() {
		if p == nil && st == nil && (key == "how-often" || key == "slow") {
			continue // no one query is meant
		}
		if !slices.ContainsFunc(s.Facts, func(f report.Fact) bool { return f.Key == key }) {
			s.NotGiven = append(s.NotGiven, key)
		}
	}
	return s
}

// howOften is how often a statement runs: its calls, in which time, and a day.
func (b *builder) howOften(st *workload.Statement) string {
	text := callsOf(st)
	if perDay, ok := b.c.CallsPerDay(st).Get(); ok {
		text += ", " + figures.Count(perDay) + " per day"
	}
	return text
}
