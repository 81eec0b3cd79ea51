package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// lead is what the verdict is about: of the largest known share of the time the
// cause, where a finding names it.
type lead struct {
	finding   int                 // position among the findings; -1: none
	plan      *rule.Plan          // nil: no plan
	node      *plan.Node          // the costliest, where no finding explains half of the plan's time
	statement *workload.Statement // nil: none
}

const (
	// explainsIt is the share of the time from which on a finding says why a plan
	// is slow.
	explainsIt = 0.5
	// worthTrying is the share from which on a finding that does not explain half
	// of the time stands before the costliest node all the same.
	worthTrying = 0.2
	// largeShare is the share of the total execution time from which on a
	// statement is named whatever else was found.
	largeShare = 0.2
	// shareWorthSaying is from where on the verdict names a statement's share.
	shareWorthSaying = 0.02
)

// leading finds what the verdict is about. Harm that is under way stands before
// the largest share of the time; who pastes a plan asks about the plan.
func (b *builder) leading() lead {
	if top := slices.IndexFunc(b.found, func(f rule.Found) bool { return f.LeadsVerdict() && (f.Tag == finding.Critical || f.UnderWay) }); top >= 0 {
		return b.leadBy(top)
	}
	return b.leadingTime()
}

// leadingTime is leading, without harm that explains no slowness.
func (b *builder) leadingTime() lead {
	ofPlan, ofWorkload := b.leadingPlan(), b.leadingShare()
	switch {
	case ofPlan.plan == nil:
		return ofWorkload
	case ofWorkload.finding < 0:
		return ofPlan
	case b.found[ofWorkload.finding].Severity <= finding.Low:
		return ofPlan
	case ofPlan.finding < 0 && ofPlan.plan.Analyzed && ofPlan.plan.ExecMs().Or(0) < longRun,
		ofPlan.finding >= 0 && b.found[ofPlan.finding].Severity <= finding.Low:
		return ofWorkload
	}
	return ofPlan
}

// leadingPlan is the plan that took longest, with what explains its time.
func (b *builder) leadingPlan() lead {
	p := b.slowest()
	if p == nil {
		return lead{finding: -1}
	}
	l := lead{finding: -1, plan: p, statement: p.Statement}
	l.finding = slices.IndexFunc(b.found, func(f rule.Found) bool { return f.LeadsVerdict() && f.Where.Plan == opt.Of(p.Position) })
	if l.finding < 0 {
		// What is proposed for a pasted query is said of the plan beside it, too.
		l.finding = slices.IndexFunc(b.found, func(f rule.Found) bool {
			return f.LeadsVerdict() && f.AboutPasted() && !f.Where.Plan.Known()
		})
	}
	if l.finding < 0 || b.found[l.finding].Share.Or(explainsIt) < explainsIt {
		l.node = costliestNode(p)
	}
	return l
}

// slowest is the plan that took longest; where none was executed, the one with
// the highest cost; nil without plans.
func (b *builder) slowest() *rule.Plan {
	var slowest *rule.Plan
	for _, p := range b.c.Plans {
		if slowest == nil || cmp.Or(compareBool(slowest.Analyzed, p.Analyzed),
			cmp.Compare(p.ExecMs().Or(0), slowest.ExecMs().Or(0)), cmp.Compare(p.Root.TotalCost.Or(0), slowest.Root.TotalCost.Or(0))) > 0 {
			slowest = p
		}
	}
	return slowest
}

// leadingShare is the finding with the largest share of the total execution
// time, or the statement that has a larger one and no finding; where no share
// is known, the gravest finding.
func (b *builder) leadingShare() lead {
	l := lead{finding: -1}
	for i, f := range b.found {
		if !f.LeadsVerdict() || f.Where.Plan.Known() {
			continue
		}
		if l.finding < 0 || f.Share.Or(0) > max(b.found[l.finding].Share.Or(0), largeShare) {
			l.finding = i
		}
	}
	if st, share := b.largest(); share >= largeShare && b.c.TakesTime(st) && (l.finding < 0 || b.found[l.finding].Share.Or(0) < share) {
		return lead{finding: b.findingOn(st), statement: st}
	}
	return b.leadBy(l.finding)
}

// leadBy is what a finding makes the verdict be about.
func (b *builder) leadBy(i int) lead {
	l := lead{finding: i}
	if i < 0 {
		return l
	}
	f := b.found[i]
	if at, ok := f.Where.Plan.Get(); ok {
		l.plan = b.c.Plans[at]
		l.statement = l.plan.Statement
	} else {
		l.statement = f.Statement
	}
	return l
}

// findingOn is the gravest finding on a statement; -1 if there is none.
func (b *builder) findingOn(st *workload.Statement) int {
	return slices.IndexFunc(b.found, func(f rule.Found) bool {
		return f.LeadsVerdict() && f.Statement == st
	})
}

// largest is the statement with the largest share of the total execution time.
func (b *builder) largest() (st *workload.Statement, share float64) {
	if b.c.Snapshot == nil || b.Pasted {
		return nil, 0
	}
	for _, s := range b.c.Snapshot.Statements {
		if of := b.shareOfTime(s); s.TopLevel && of > share {
			st, share = s, of
		}
	}
	return st, share
}

// shareOfTime is a statement's share of the total execution time; 0 where it is
// not known.
func (b *builder) shareOfTime(s *workload.Statement) float64 {
	if s == nil || b.c.TotalMs() <= 0 {
		return 0
	}
	return s.TotalMs.Or(0) / b.c.TotalMs()
}

// verdict is what a reader takes away: the largest known share of the time, the
// figure that carries it, and the cheapest thing to try.
func (b *builder) verdict(r *report.Report) string {
	return joined(b.judgment(r), b.seenInPart())
}

func (b *builder) judgment(r *report.Report) string {
	switch {
	case len(b.c.Plans) == 0 && b.c.Snapshot == nil && len(b.queries) == 0:
		return "Nothing could be read: see the messages for what was expected."
	case len(b.c.Plans) == 0 && b.c.Snapshot == nil && len(b.found) == 0:
		return "Not judged: a query was read, but neither its plan nor statistics."
	}
	l := b.lead
	if i := l.finding; i >= 0 && b.found[i].Tag == finding.Critical {
		said := sentence(b.show(b.found[i].Title))
		if time := b.leadingTime(); time.finding >= 0 && time.finding != i && b.found[time.finding].Tag == finding.Confirmed && b.found[time.finding].Severity >= finding.Medium {
			return said + " Time: " + b.verdictOn(time, r)
		}
	}
	return b.verdictOn(l, r)
}

func (b *builder) verdictOn(l lead, r *report.Report) string {
	switch {
	case l.plan != nil:
		return b.onPlan(l, r)
	case l.finding >= 0:
		return b.onWorkload(l, r)
	case l.statement != nil:
		return b.onStatement(l.statement) + b.beside(r)
	}
	return b.allWell() + b.beside(r)
}

// onPlan is the verdict on a plan.
func (b *builder) onPlan(l lead, r *report.Report) string {
	p := l.plan
	cut := ""
	if what, _ := p.Cut(); what != "" {
		cut = fmt.Sprintf("The plan is incomplete: %s. Paste all of it.", what)
	}
	if l.finding < 0 {
		return joined(cut, b.nothingIn(p, cut != "")+b.beside(r))
	}
	f := b.found[l.finding]
	said := sentence(b.show(f.Title))
	exec, timed := p.ExecMs().Get()
	exec = f.Whole.Or(exec)
	which, of := "the query", ""
	if len(b.c.Plans) > 1 {
		which = fmt.Sprintf("plan %d", p.Number())
		of = " of " + which
	}
	share := f.Share
	switch {
	case timed && share.Known():
		said = fmt.Sprintf("%s of the %s%s: %s", figures.Share(share.Or(0)), figures.Ms(exec), of, said)
		switch {
		case l.node == nil || l.node.ID == f.Where.Node.Or(-1):
		case share.Or(0) < worthTrying:
			said = joined(b.nodeSentence(p, l.node), "A known problem explains "+said)
		default:
			said = joined(said, b.nodeSentence(p, l.node))
		}
	case timed:
		said = fmt.Sprintf("%s takes %s: %s", upperFirst(which), figures.Ms(exec), said)
	case !p.Analyzed:
		said = "Estimates only, the plan was not executed: " + said
		if n, _ := p.CostliestByEstimate(); n != nil && n.ID != f.Where.Node.Or(-1) && !slices.Contains(f.Covered, n) {
			said = joined(said, b.costSentence(p))
		}
	}
	said = joined(said, b.question(f))
	if of := b.shareOfTime(p.Statement); of >= shareWorthSaying {
		said += fmt.Sprintf(" This statement is %s of total execution time (%s).", figures.Share(of), callsOf(p.Statement))
	}
	return joined(cut, said, b.cure(l.finding, r))
}

// onWorkload is the verdict on a finding in the exports.
func (b *builder) onWorkload(l lead, r *report.Report) string {
	f := b.found[l.finding]
	said := joined(sentence(b.show(f.Title)), b.show(f.Detail), b.question(f))
	if share, ok := f.Share.Get(); ok && share >= shareWorthSaying && !strings.Contains(said, figures.Share(share)) {
		which := "The statements concerned are"
		if f.Statement != nil {
			which = "This statement is"
		}
		said += fmt.Sprintf(" %s %s of total execution time.", which, figures.Share(share))
	}
	return joined(said, b.cure(l.finding, r))
}

// onStatement is the verdict on a statement with a large share that no rule
// explains.
func (b *builder) onStatement(st *workload.Statement) string {
	_, share := b.largest()
	said := fmt.Sprintf("%s of total execution time is %s: %s", figures.Share(share), b.nameOf(st), callsOf(st))
	if mean, ok := st.MeanMs.Get(); ok {
		said += fmt.Sprintf(" of %s on average", figures.Ms(mean))
	}
	if st.Hidden() {
		return said + ". Its text is hidden."
	}
	if end := lex.Scan(st.Query.Raw()); end.Words("COMMIT") || end.Words("END") {
		return said + ". A COMMIT waits until its WAL is on disk (WALSync), and on a synchronous standby if there is one (SyncRep). " +
			"Check wait_event in pg_stat_activity while it is slow. Deferred constraints and triggers also run in COMMIT."
	}
	return said + ". No rule explains why."
}

// nameOf names a statement as findings do; one that they do not speak of, by how
// its text begins.
func (b *builder) nameOf(st *workload.Statement) string {
	if name := b.c.NameOf(st); name != "" {
		return name
	}
	if st.Hidden() {
		return "a statement whose text is hidden"
	}
	const most = 60
	text := []rune(oneLine(b.show(st.Query)))
	if len(text) > most {
		return string(text[:most-1]) + "…"
	}
	if len(text) == 0 {
		return "a statement without its text"
	}
	return string(text)
}

func callsOf(st *workload.Statement) string {
	calls, ok := st.Calls.Get()
	switch {
	case !ok:
		return "calls unknown"
	case calls == 1:
		return "1 call"
	}
	return figures.Count(calls) + " calls"
}

// cure is the change to try for a finding; where there is none, what else to do.
func (b *builder) cure(i int, r *report.Report) string {
	f := b.found[i]
	if with := together(r.Recommendations, i); len(with) > 1 && f.Together {
		return fmt.Sprintf("Try %s: PostgreSQL combines the two indexes. One index alone does not avoid the full scan.", strings.Join(with, " with "))
	}
	for _, rec := range r.Recommendations {
		if slices.Contains(rec.Findings, i) {
			return try(rec, f)
		}
	}
	return b.fix(f)
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

func try(rec report.Recommendation, f rule.Found) string {
	switch {
	case rec.Action == "create_index" && f.Where.Node.Known():
		return fmt.Sprintf("Try %s: an %s reads only the matching rows.", rec.ID, rec.Title)
	case rec.Action == "create_index":
		return fmt.Sprintf("Try %s: an %s. Saves: %s.", rec.ID, rec.Title, rec.Gain)
	case f.Tag == finding.Concern:
		return fmt.Sprintf("If this is decided, try %s: %s.", rec.ID, rec.Title)
	}
	return fmt.Sprintf("Try %s: %s.", rec.ID, rec.Title)
}

// beside is what was found without being the verdict, and an index that would
// shorten what is well as it is.
func (b *builder) beside(r *report.Report) string {
	said := ""
	for _, f := range b.found {
		if f.Severity > finding.Nit {
			said += " Also found: " + sentence(b.show(f.Title))
			break
		}
	}
	for _, rec := range r.Recommendations {
		if rec.Action == "create_index" && slices.ContainsFunc(rec.Findings, func(j int) bool { return b.found[j].AboutPasted() }) {
			return said + fmt.Sprintf(" If it runs often, %s makes it faster: an %s.", rec.ID, rec.Title)
		}
	}
	return said
}

// nodeSentence says what the costliest node of a plan does, with its share.
func (b *builder) nodeSentence(p *rule.Plan, n *plan.Node) string {
	exec, timed := p.ExecMs().Get()
	self, known := n.SelfMs.Get()
	if !timed || exec <= 0 {
		return b.costSentence(p)
	}
	for _, lacks := range p.Lacking() {
		if all := lacks.TotalMs.Or(0); all > self {
			return fmt.Sprintf("%s of the %s were spent in #%d %s and its missing child nodes.", figures.Ms(all), figures.Ms(exec), lacks.ID, lacks.Label())
		}
	}
	if !known {
		return ""
	}
	return fmt.Sprintf("The largest part of the %s, %s, is #%d %s, which %s.", figures.Ms(exec), figures.Share(min(self/exec, 1)), n.ID, n.Label(), work(n))
}

// costSentence says where the estimated cost of a plan lies.
func (b *builder) costSentence(p *rule.Plan) string {
	n, cost := p.CostliestByEstimate()
	all, ok := p.Root.TotalCost.Get()
	if n == nil || !ok || all <= 0 {
		return ""
	}
	return fmt.Sprintf("%s of the estimated cost (%s of %s planner units) is #%d %s, which %s.", figures.Share(min(cost/all, 1)), figures.Count(cost), figures.Count(all), n.ID, n.Label(), work(n))
}

// question is what decides a concern, in front of what to do if it is so.
func (b *builder) question(f rule.Found) string {
	if f.Question.Empty() {
		return ""
	}
	return "To decide: " + b.show(f.Question)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func sentence(s string) string { return strings.TrimSuffix(s, ".") + "." }

// joined puts sentences behind each other, without those that are empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
