package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/workload"
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
	s.Subject, s.Verdict = b.subject(), b.compared(r)+b.verdict(r)
	return s
}

// subject is what was looked at, in a few words: a ticket's headline.
func (b *builder) subject() string {
	switch {
	case len(b.c.Plans) == 1:
		p := b.c.Plans[0]
		s := "a query"
		if on := relationsOf(p); len(on) > 0 {
			s += " on " + strings.Join(on, ", ")
		}
		if ms, ok := p.ExecMs().Get(); ok {
			s += ", " + figures.Ms(ms)
		}
		return s
	case len(b.c.Plans) > 1 && b.c.Snapshot == nil:
		return figures.Plural(len(b.c.Plans), "plan")
	case b.Pasted && b.c.Snapshot != nil:
		return "what is expected of " + figures.Plural(len(b.c.Queries), "statement")
	case b.c.Snapshot != nil:
		s := "the workload"
		if !b.hasExports() {
			s = "the schema"
		}
		if name := b.c.Snapshot.Database; name != "" {
			s += " of database " + name
		}
		if len(b.c.Plans) > 0 {
			s += ", and " + figures.Plural(len(b.c.Plans), "plan")
		}
		return s
	}
	return "nothing that could be judged"
}

// relationsOf are the tables of a plan by the time spent on them, three at
// most.
func relationsOf(p *rules.Plan) []string {
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

// worthFirst reports whether a change belongs among the first: one that a
// finding above a nit calls for.
func (b *builder) worthFirst(rec report.Recommendation) bool {
	for _, i := range rec.Findings {
		if b.found[i].Severity > finding.Nit {
			return true
		}
	}
	return false
}

// verdict is the one sentence that a reader takes away: the top suspect with
// the figure that carries it, and the cheapest thing to try.
func (b *builder) verdict(r *report.Report) string {
	if len(b.c.Plans) == 0 && b.c.Snapshot == nil && len(b.queries) == 0 {
		return "Nothing could be read: see the messages for what was expected."
	}
	if len(b.c.Plans) == 0 && b.c.Snapshot == nil && len(b.found) == 0 {
		return "The query was read, but neither a plan nor statistics: there is nothing to judge it by yet."
	}
	i := b.topSuspect()
	if i >= 0 && len(b.c.Plans) > 0 && b.found[i].Severity <= finding.Low && !b.found[i].AboutPasted() {
		// Who pastes a plan asks about the plan first.
		i = slices.IndexFunc(b.found, func(f rules.Found) bool { return f.LeadsVerdict() && f.AboutPasted() })
	}
	if i < 0 {
		well := b.allWell()
		for _, f := range b.found {
			if f.Severity > finding.Nit {
				well += " Beside that: " + strings.TrimSuffix(b.show(f.Title), ".") + "."
			}
		}
		for _, rec := range r.Recommendations {
			if rec.Action == "create_index" && slices.ContainsFunc(rec.Findings, func(j int) bool { return b.found[j].AboutPasted() }) {
				return well + fmt.Sprintf(" If it runs often, %s would shorten it: an %s.", rec.ID, rec.Title)
			}
		}
		return well
	}
	if j := b.topCause(); b.found[i].Tag == finding.Critical && j > i {
		return strings.TrimSuffix(b.show(b.found[i].Title), ".") + ". As for the time: " + b.verdictOn(j, r)
	}
	return b.verdictOn(i, r)
}

// verdictOn is what a finding says, with the figure that carries it, and the
// change that cures it.
func (b *builder) verdictOn(i int, r *report.Report) string {
	f := b.found[i]
	verdict := strings.TrimSuffix(b.show(f.Title), ".") + ". " + firstSentence(b.show(f.Detail))
	if p := f.Where.Plan; p.Known() {
		verdict = b.planVerdict(b.c.Plans[p.Or(0)], f)
	}
	if with := together(r.Recommendations, i); len(with) > 1 && f.Rule == "or-conditions" {
		return fmt.Sprintf("%s Try %s: the lookups are put together, and with one alone the table is still read whole.", verdict, strings.Join(with, " with "))
	}
	for _, rec := range r.Recommendations {
		if slices.Contains(rec.Findings, i) {
			return verdict + " " + try(rec, f)
		}
	}
	return verdict + " " + b.show(f.Fix)
}

// firstSentence is where a detail has the figures that carry it.
func firstSentence(detail string) string {
	if head, _, more := strings.Cut(detail, ". "); more {
		return head + "."
	}
	return detail
}

// topSuspect is the first finding above a nit, a proved one before one in
// question: the order of the findings has it so.
func (b *builder) topSuspect() int { return slices.IndexFunc(b.found, rules.Found.LeadsVerdict) }

// topCause is the first finding that proves where the time goes; -1 if there is
// none: harm that is under way stands before it, and explains no slowness.
func (b *builder) topCause() int {
	return slices.IndexFunc(b.found, func(f rules.Found) bool { return f.Tag == finding.Confirmed && f.Severity >= finding.Medium })
}

func (b *builder) planVerdict(p *rules.Plan, f rules.Found) string {
	title := strings.TrimSuffix(b.show(f.Title), ".")
	exec, ok := p.ExecMs().Get()
	if !ok {
		return title + "."
	}
	which := "The query"
	if len(b.c.Plans) > 1 {
		which = fmt.Sprintf("Plan %d", p.Position+1)
	}
	all := exec
	if planning := p.PlanningMs.Or(0); planning > exec {
		all += planning
	}
	verdict := fmt.Sprintf("%s takes %s: %s.", which, figures.Ms(all), title)
	if share, ok := f.Share().Get(); ok && share >= shareOfVerdict {
		verdict = fmt.Sprintf("%s spends %s of its %s in this: %s.", which, figures.Share(share), figures.Ms(exec), title)
	}
	if share := b.shareOfTime(p.Statement); share >= shareWorthSaying {
		verdict += fmt.Sprintf(" It takes %s of the exported time, in %s calls.", figures.Share(share), figures.Count(p.Statement.Calls.Or(0)))
	}
	return verdict
}

// shareOfVerdict is from where on the verdict counts a finding's share of one
// execution: below it is not what the time is spent in.
const shareOfVerdict = 0.01

// shareWorthSaying is from where on the verdict names a statement's share.
const shareWorthSaying = 0.02

// shareOfTime is a statement's share of the exported execution time.
func (b *builder) shareOfTime(s *workload.Statement) float64 {
	if s == nil {
		return 0
	}
	return s.TotalMs.Or(0) / max(b.c.TotalMs(), 1e-9)
}

// together are the indexes that are proposed for one finding.
func together(recs []report.Recommendation, i int) []string {
	var ids []string
	for _, rec := range recs {
		if rec.Action == "create_index" && slices.Contains(rec.Findings, i) {
			ids = append(ids, rec.ID)
		}
	}
	return ids
}

func try(rec report.Recommendation, f rules.Found) string {
	switch rec.Action {
	case "create_index":
		if f.Rule == "missing-fk-index" {
			return fmt.Sprintf("Try %s: an %s %s.", rec.ID, rec.Title, rec.Gain)
		}
		return fmt.Sprintf("Try %s: an %s finds the rows without reading the rest.", rec.ID, rec.Title)
	case "drop_index":
		return fmt.Sprintf("Try %s: %s.", rec.ID, rec.Title)
	}
	return fmt.Sprintf("Try %s: %s.", rec.ID, rec.Title)
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
			lines = append(lines, fmt.Sprintf("- %s: %s", f.Rule, f.Title))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	head := "pgverdict could not decide these from what was pasted. For each: who uses it, and which of the data named in the report settles it?"
	if section == "C" {
		head = "pgverdict calls these critical. For each: what has been done at once, who has been told, and what is the safe version of the change?"
	}
	return head + "\n" + strings.Join(lines, "\n")
}
