package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rollout"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// order sorts findings by the time that they explain, then by what a statement of a
// migration blocks, then by the first figure of their evidence, then by name. It is a
// total order, so the order of the input files does not matter.
func order(c *rule.Case, found []rule.Found) {
	slices.SortStableFunc(found, func(a, b rule.Found) int {
		return cmp.Or(
			cmp.Compare(sections[a.Tag], sections[b.Tag]),
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(c.ExplainedMs(b), c.ExplainedMs(a)),
			cmp.Compare(b.EstimatedShare(), a.EstimatedShare()),
			cmp.Compare(b.ImpactMs.Or(0), a.ImpactMs.Or(0)),
			cmp.Compare(b.SavedMs, a.SavedMs),
			cmp.Compare(c.DesignedBytes(b), c.DesignedBytes(a)),
			cmp.Compare(b.LongLock(), a.LongLock()),
			cmp.Compare(a.Where.Plan.Or(-1), b.Where.Plan.Or(-1)),
			cmp.Compare(a.Where.Node.Or(-1), b.Where.Node.Or(-1)),
			cmp.Compare(a.Position, b.Position),
			cmp.Compare(b.Leading(), a.Leading()),
			cmp.Compare(b.Bytes(), a.Bytes()),
			cmp.Compare(a.Where.Relation, b.Where.Relation),
			cmp.Compare(a.Where.Index, b.Where.Index),
			cmp.Compare(a.Title.String(), b.Title.String()),
		)
	})
}

// sections orders the sections: critical, confirmed, needs judgment.
var sections = map[finding.Tag]int{finding.Critical: 0, finding.Confirmed: 1, finding.Concern: 2}

// builder builds the Report of a finished case. Only builder decides whether texts
// keep their literals.
type builder struct {
	*inputSet
	c     *rule.Case
	found []rule.Found
	base  *baseline // nil: nothing is compared
	// unasked are the rules whose minor questions on a large schema are left out.
	unasked []string

	// Results of the stages of build, for later stages.
	changes []*change             // what the findings call for
	listed  []*workload.Statement // as the report numbers them
	topic   topic                 // what the verdict is about

	steps map[string][]rollout.Step // of the changes of a schema, by their text
}

func (b *builder) build() *report.Report {
	r := &report.Report{
		SchemaVersion: report.SchemaVersion,
		Tool:          report.Tool{Name: "pgverdict", Version: b.ToolVersion},
		Inputs:        orEmpty(b.inputs),
		Plans:         make([]report.Plan, 0, len(b.c.Plans)),
		Recon:         b.reconItems(),
		Migrations:    []report.Migration{},
		Statements:    []report.DDL{},
		Findings:      make([]report.Finding, 0, len(b.found)),
		Planner:       "builtin",
		Symptom:       report.Symptom{Facts: []report.Fact{}, NotGiven: []string{}},
		Warnings:      []string{},
		Summary:       report.Summary{Verdict: "No verdict: see the warnings.", Top: []string{}, Counts: map[string]int{}},

		Changes: []report.Change{}, Recommendations: []report.Recommendation{}, Refused: []report.Refused{}, Expected: []report.Expected{}, Missing: []report.Missing{},
	}
	for i := range r.Inputs {
		r.Inputs[i].Warnings = orEmpty(r.Inputs[i].Warnings)
	}
	for _, p := range b.c.Plans {
		r.Plans = append(r.Plans, b.plan(p))
		if slowest := p.SlowestRun(); slowest != p {
			r.Plans[p.Position].SlowestRun = &slowest.Position
		}
	}
	r.Queries = b.loggedQueries()
	r.Configured = b.configured()
	if b.c.Snapshot != nil && b.hasExports() && !b.Pasted {
		b.part("the list of the workload", func() { r.Workload = b.workload() })
	}
	for _, f := range b.found {
		r.Findings = append(r.Findings, b.finding(f))
	}
	r.Label()
	if b.c.Schema != nil {
		b.part("the schema", func() { b.design(r) })
		r.Warnings = orEmpty(slices.Concat(b.faults, b.notReviewed(), b.c.Migration.NotJudged, b.minorQuestions()))
		return r
	}
	if b.c.Migration != nil {
		b.part("the migrations", func() { b.migrations(r) })
		r.Warnings = orEmpty(slices.Concat(b.faults, b.notReviewed(), b.c.Migration.NotJudged))
		return r
	}
	b.part("the changes", func() { r.Changes = b.differences() })
	b.part("the comparison", func() { r.Comparison = b.comparison(r) })
	b.part("the changes that findings call for", func() { b.changes = b.gather() })
	var created []created
	b.part("the changes to try", func() {
		advice := b.recommend()
		r.Recommendations, r.Refused, created = advice.recommended, append(b.refused(), advice.refused...), advice.created
	})
	b.part("the expected plan", func() { r.Expected = b.expected(created) })
	b.part("the list of missing data", func() { r.Missing = b.missingData() })
	b.part("what the verdict is about", func() { b.topic = b.findTopic() })
	b.part("the verdict", func() { r.Summary = b.summary(r) })
	b.part("the symptom", func() { r.Symptom = b.symptom(r) })
	b.part("the follow-up", func() { r.FollowUp = b.followUp(r) })
	r.Warnings = orEmpty(append(b.faults, b.notReviewed()...))
	return r
}

// show returns a text for printing. Only show applies --show-literals.
func (b *builder) show(t redact.Text) string {
	if b.ShowLiterals {
		return b.ofLog(t.Raw())
	}
	return b.ofLog(t.String())
}

func (b *builder) finding(f rule.Found) report.Finding {
	out := report.Finding{
		Rule: f.Rule, Section: f.Tag.Section(), Tag: f.Tag, Severity: f.Severity,
		Title: b.show(f.Title), Brief: b.show(f.Detail), Detail: joined(b.show(f.Detail), b.show(f.More)), Fix: b.fix(f),
		Question: b.show(f.Question), Settles: b.show(f.Settles), Default: b.show(f.Default),
		Blast: b.show(f.Blast), Explains: []string{}, Explained: []report.Explained{},
		Where: report.Where{
			Input: f.Where.Input, Line: f.Where.Line, Plan: f.Where.Plan, Node: f.Where.Node,
			Relation: orNil(f.Where.Relation), Column: orNil(f.Where.Column), Index: orNil(f.Where.Index), QueryID: queryID(f.Statement),
		},
		Runs:     []int{},
		Places:   b.places(f.Places),
		Evidence: []report.Evidence{},
		Share:    f.Share, ImpactMs: f.ImpactMs,
	}
	if f.Tag == finding.Critical {
		out.Action = cmp.Or(string(f.Action), out.Fix)
	}
	out.Ignored = f.Ignored
	if len(f.Runs) > 0 {
		var numbers []int
		for _, p := range f.Runs {
			out.Runs, numbers = append(out.Runs, p.Position), append(numbers, p.Number())
		}
		slices.Sort(numbers)
		same := "The same in " + b.called("", numbers...) + "."
		out.Brief, out.Detail = joined(out.Brief, same), joined(out.Detail, same)
	}
	for _, s := range f.Explains {
		out.Explains = append(out.Explains, s.Rule)
		out.Explained = append(out.Explained, report.Explained{Rule: s.Rule, Title: b.show(s.Title)})
	}
	for _, e := range f.Evidence {
		value := e.Value
		if t, ok := value.(redact.Text); ok {
			value = b.show(t)
		}
		out.Evidence = append(out.Evidence, report.Evidence{Name: b.ofLog(e.Name), Value: value, Unit: e.Unit, Source: b.source(e.Source)})
	}
	return out
}

// fix returns what to do about a finding: its index changes, then the text of the
// rule.
func (b *builder) fix(f rule.Found) string {
	var creates, notes []string
	for _, r := range f.Remedies {
		switch {
		case r.Create != nil && r.Create.Index != nil:
			on := r.Create.Index.String()
			if slices.Contains(creates, on) {
				continue
			}
			creates = append(creates, on)
			if r.Part != "" {
				notes = append(notes, fmt.Sprintf("%s is a %s of %s.", r.Part, r.Create.Index.Parts, r.Create.Index.Table))
			}
			if r.Instead != nil {
				notes = append(notes, fmt.Sprintf("Of all indexes, this one serves the exported statements best. For this plan alone, %s would be best.", r.Instead.String()))
			}
		case r.Drop != nil && len(creates) > 0:
			notes = append(notes, fmt.Sprintf("Drop %s once the new index is valid: both begin with the same columns.", r.Drop.Name))
		}
	}
	if len(creates) == 0 {
		return joined(b.show(f.Fix), b.show(f.Index))
	}
	verb := "Create "
	if f.Tag == finding.Concern && !f.Question.Empty() {
		verb = "If so, create "
	}
	said := verb + "an index on " + strings.Join(creates, " and an index on ") + "."
	return joined(append([]string{b.show(f.First), said, b.show(f.Fix), b.show(f.Index)}, notes...)...)
}

// standIn lists the views that contain the same data as a view that was not read.
var standIn = map[workload.View][]workload.View{
	workload.ViewIndex:      {workload.ViewSchema},
	workload.ViewConstraint: {workload.ViewSchema},
	workload.ViewClass:      {workload.ViewIndex, workload.ViewIndexes, workload.ViewTables},
}

// source returns the input of a figure. Rules name its usual view, but definitions
// may come from DDL, and sizes from another view.
func (b *builder) source(name string) string {
	view := workload.View(name)
	if view == workload.ViewStatements && b.c.Snapshot != nil && b.c.Snapshot.Logged() {
		return string(workload.ViewLog)
	}
	instead := standIn[view]
	if len(instead) == 0 || b.c.Snapshot == nil || b.c.Snapshot.Has(view) {
		return name
	}
	for _, v := range instead {
		if b.c.Snapshot.Has(v) {
			return string(v)
		}
	}
	return string(instead[0])
}

// configured returns the rules that were switched off or have other thresholds.
func (b *builder) configured() []report.Configured {
	out := []report.Configured{}
	for _, id := range slices.Sorted(maps.Keys(b.Choices)) {
		c := b.Choices[id]
		out = append(out, report.Configured{Rule: id, Off: c.Off, Fail: c.Fail, Thresholds: c.Thresholds, Reason: c.Reason})
	}
	return out
}

func (b *builder) loggedQueries() []report.LoggedQuery {
	at := map[*plan.Plan]int{}
	for i, p := range b.c.Plans {
		at[p.Plan] = i
	}
	out := []report.LoggedQuery{}
	timed := func(ms float64) opt.Float {
		if ms == 0 {
			return opt.Float{} // none of the plans was executed
		}
		return opt.Of(ms)
	}
	for _, q := range b.logged {
		out = append(out, report.LoggedQuery{
			Query: b.show(q.text), QueryID: orNil(q.id), Plans: q.count, TotalMs: timed(q.totalMs), WorstMs: timed(q.worst), Worst: at[q.plan],
		})
	}
	slices.SortStableFunc(out, func(x, y report.LoggedQuery) int { return cmp.Compare(y.TotalMs.Or(0), x.TotalMs.Or(0)) })
	return out
}

func (b *builder) refused() []report.Refused {
	out := []report.Refused{}
	for _, f := range b.found {
		for _, r := range f.Remedies {
			if r.Refused != nil {
				out = append(out, report.Refused{Index: r.Refused.Index.String(), Why: r.Refused.Why})
			}
		}
	}
	return slices.Compact(out)
}

// oneLine returns the start of a statement's text in one line.
func oneLine(text string) string {
	const most = 100
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// queryID returns the query id of a statement; nil if there is none.
func queryID(st *workload.Statement) *string {
	if st == nil {
		return nil
	}
	return orNil(st.QueryID)
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
