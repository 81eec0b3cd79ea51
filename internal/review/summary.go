package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// topChanges is how many changes stand up front.
const topChanges = 3

func (b *builder) summary(r *report.Report) report.Summary {
	s := report.Summary{Top: []string{}, Counts: map[string]int{}}
	for sev := finding.Nit; sev <= finding.Severe; sev++ {
		s.Counts[sev.String()] = 0
	}
	for _, f := range r.Findings {
		s.Counts[f.Severity.String()]++
	}
	for _, rec := range r.Recommendations {
		if len(s.Top) < topChanges && b.worthFirst(rec) {
			s.Top = append(s.Top, rec.ID)
		}
	}
	if server := b.snap.ServerVersion(); server.Known() {
		s.Server = &report.Server{Value: server.Text, Basis: server.Basis}
	}
	s.Subject = b.subject()
	if r.Comparison != nil {
		s.Subject, s.Verdict = s.Subject+", compared with before", b.comparedVerdict(r)
	} else {
		s.Verdict = b.ofLog(b.compared(r) + b.verdict(r))
	}
	if b.Indexes {
		s.Verdict = b.indexVerdict(r) + " " + s.Verdict
	}
	if b.topic.finding >= 0 {
		s.Lead = opt.Some(b.topic.finding)
	}
	if b.topic.node != nil {
		s.Node = &report.NodeRef{Plan: b.topic.plan.Position, Node: b.topic.node.ID}
	}
	return s
}

// subject is what was looked at, in a few words: a ticket's headline.
func (b *builder) subject() string {
	switch {
	case len(b.c.Plans) == 1:
		p := b.c.Plans[0]
		s := "a query"
		if on := relationsOf(p); len(on) > 0 {
			s += " on " + figures.List(on)
		}
		if ms, ok := p.ExecMs().Get(); ok {
			s += ", " + figures.Ms(ms)
		}
		return s
	case len(b.c.Plans) > 1 && b.c.Snapshot == nil:
		return figures.Plural(len(b.c.Plans), "plan")
	case b.Pasted && b.c.Snapshot != nil:
		return "estimated plans of " + figures.Plural(len(b.c.Queries), "statement")
	case b.c.Snapshot != nil:
		s := "the workload"
		if !b.hasExports() {
			s = "the schema"
		}
		if name := b.c.Snapshot.Database; name != "" {
			s += " of database " + name
		}
		if len(b.c.Plans) > 0 {
			s += " and " + figures.Plural(len(b.c.Plans), "plan")
		}
		return s
	}
	return "nothing to review"
}

// relationsOf are the tables of a plan by the time spent on them, three at
// most.
func relationsOf(p *rule.Plan) []string {
	spent := map[string]float64{}
	var names []string
	for n := range p.Nodes() {
		if n.Relation == "" {
			continue
		}
		if _, seen := spent[n.Relation]; !seen {
			names = append(names, n.Relation)
		}
		spent[n.Relation] += n.SelfMs.Or(0)
	}
	slices.SortStableFunc(names, func(x, y string) int { return cmp.Compare(spent[y], spent[x]) })
	return names[:min(len(names), 3)]
}

// worthFirst reports whether a change belongs among the first: one that a finding above a
// nit calls for. Where the verdict is on a plan, one of low severity has to be for a query:
// nobody with a slow query drops a redundant index first.
func (b *builder) worthFirst(rec report.Recommendation) bool {
	return slices.ContainsFunc(rec.Findings, func(i int) bool {
		f := b.found[i]
		ofQuery := f.Plan != nil || f.Statement != nil || f.AboutPasted()
		return f.Severity > finding.Low || f.Severity > finding.Nit && (ofQuery || b.topic.plan == nil)
	})
}

// followUp is what to paste next: one text for what needs judgment, one for
// what is critical.
func (b *builder) followUp(r *report.Report) report.FollowUp {
	return report.FollowUp{B: b.followUpOn(r, "B"), C: b.followUpOn(r, "C")}
}

func (b *builder) followUpOn(r *report.Report, section string) string {
	var lines []string
	for _, f := range r.Findings {
		if f.Section == section && f.Severity > finding.Nit {
			lines = append(lines, fmt.Sprintf("- %s: %s", f.Rule, joined(sentence(f.Title), f.Question)))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	head := "pgverdict could not decide these findings from the input. For each one, answer its question, or attach the data that settles it."
	if section == "C" {
		head = "These findings are critical. For each one: what was done immediately, who was informed, and what is the safe way to make the change?"
	}
	return head + "\n" + strings.Join(lines, "\n")
}
