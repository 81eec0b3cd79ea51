package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules/plans"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// topic is the subject of the verdict: the cause of the largest known share of the
// time, if a finding names it.
type topic struct {
	finding   int                 // position among the findings; -1: none
	plan      *rule.Plan          // nil: no plan
	node      *plan.Node          // the costliest, where no finding explains half of the plan's time
	statement *workload.Statement // nil: none
}

const (
	// explainsIt is the lowest share of the time that explains why a plan is slow.
	explainsIt = 0.5
	// worthTrying is the lowest share of a finding that precedes the costliest
	// node although it does not explain half of the time.
	worthTrying = 0.2
	// largeShare is the lowest share of total execution time of a statement that
	// is always named.
	largeShare = 0.2
	// saidShare is the lowest share of the costliest node of an incomplete plan that
	// is named.
	saidShare = 0.1
	// shareWorthSaying is the lowest share of a statement that the verdict names.
	shareWorthSaying = 0.02
)

// findTopic chooses the subject of the verdict. Harm under way precedes the largest
// share of the time. A pasted plan is what the user asks about.
func (b *builder) findTopic() topic {
	if top := slices.IndexFunc(b.found, func(f rule.Found) bool { return f.LeadsVerdict() && (f.Tag == finding.Critical || f.UnderWay) }); top >= 0 {
		return b.topicOf(top)
	}
	return b.topicByTime()
}

// topicByTime is findTopic without harm that does not explain slowness.
func (b *builder) topicByTime() topic {
	if asked := b.planTopic(); asked.plan != nil {
		return asked
	}
	return b.shareTopic(nil)
}

// planTopic returns the plan that took longest, with the finding that explains it.
func (b *builder) planTopic() topic {
	p := b.slowest()
	if p == nil {
		return topic{finding: -1}
	}
	l := topic{finding: -1, plan: p, statement: p.Statement}
	l.finding = slices.IndexFunc(b.found, func(f rule.Found) bool { return f.LeadsVerdict() && f.Where.Plan == opt.Some(p.Position) })
	if l.finding < 0 {
		// A proposal for a pasted query applies to its plan, too.
		l.finding = slices.IndexFunc(b.found, func(f rule.Found) bool {
			return f.LeadsVerdict() && f.AboutPasted() && !f.Where.Plan.Known()
		})
	}
	if l.finding < 0 && p.Analyzed && p.ExecMs().Or(quickMs) < quickMs {
		// What is asked about may be the plan that was not executed.
		if i := slices.IndexFunc(b.found, func(f rule.Found) bool { return f.LeadsVerdict() && f.Plan != nil && !f.Plan.Analyzed }); i >= 0 {
			return b.topicOf(i)
		}
	}
	if l.finding < 0 || b.found[l.finding].Share.Or(explainsIt) < explainsIt {
		if top := costliestNode(p); l.finding < 0 || !covers(b.found[l.finding], top) {
			l.node = top
		}
	}
	return l
}

// covers reports whether a finding explains a node, or the scans of an Append. A small
// part of the node's own time does not explain it.
func covers(f rule.Found, n *plan.Node) bool {
	scans := n.Is("Append", "Merge Append") && slices.ContainsFunc(n.Children, func(c *plan.Node) bool { return slices.Contains(f.Covered, c) })
	part := f.Where.Node == opt.Some(n.ID) && f.Share.Or(1) < worthTrying
	return scans || slices.Contains(f.Covered, n) && !part
}

// slowest returns the plan that took longest; nil without plans. A plan that was not
// executed precedes it if its cost is of another order: it may be too slow to execute.
func (b *builder) slowest() *rule.Plan {
	const farCostlier = 10
	var executed, estimated *rule.Plan
	for _, p := range b.c.Plans {
		most := &executed
		if !p.Analyzed {
			most = &estimated
		}
		if was := *most; was == nil || cmp.Or(cmp.Compare(p.ExecMs().Or(0), was.ExecMs().Or(0)), cmp.Compare(p.Root.TotalCost.Or(0), was.Root.TotalCost.Or(0))) > 0 {
			*most = p
		}
	}
	if executed != nil && whole(executed) && estimated != nil && !whole(estimated) {
		return executed // of which more can be said than of what is missing
	}
	if executed == nil || estimated != nil && estimated.Root.TotalCost.Or(0) > farCostlier*executed.Root.TotalCost.Or(0) {
		return estimated
	}
	return executed
}

// whole reports whether nothing of a plan is missing or unread.
func whole(p *rule.Plan) bool { return p.Cut() == "" && p.Gaps == 0 }

// notWhole names the plans that are incomplete, and whose time is unknown, beside the one
// that the verdict is about.
func (b *builder) notWhole(about *rule.Plan) string {
	var list []string
	for _, p := range b.c.Plans {
		if p != about && !whole(p) && !(p.Analyzed && p.ExecMs().Known()) {
			list = append(list, fmt.Sprintf("plan %d", p.Number()))
		}
	}
	switch len(list) {
	case 0:
		return ""
	case 1:
		return upperFirst(list[0]) + " is incomplete and may be slower: paste the whole plan."
	}
	return upperFirst(figures.List(list)) + " are incomplete and may be slower: paste the whole plans."
}

// shareTopic returns the finding with the largest share of total execution time, or
// a statement without findings that has a larger share. If no share is known, it
// returns the most severe finding. What concerns the asked statement is left out.
func (b *builder) shareTopic(asked *workload.Statement) topic {
	l := topic{finding: -1}
	for i, f := range b.found {
		if !f.LeadsVerdict() || f.Where.Plan.Known() || asked != nil && f.Statement == asked {
			continue
		}
		if l.finding < 0 || f.Share.Or(0) > max(b.found[l.finding].Share.Or(0), largeShare) {
			l.finding = i
		}
	}
	if st, share := b.largest(); st != asked && share >= largeShare && b.c.TakesTime(st) && (l.finding < 0 || b.found[l.finding].Share.Or(0) < share) {
		return topic{finding: b.findingOn(st), statement: st}
	}
	return b.topicOf(l.finding)
}

// topicOf returns the topic of a finding.
func (b *builder) topicOf(i int) topic {
	l := topic{finding: i}
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

// findingOn returns the most severe finding on a statement; -1 if there is none.
func (b *builder) findingOn(st *workload.Statement) int {
	return slices.IndexFunc(b.found, func(f rule.Found) bool {
		return f.LeadsVerdict() && f.Statement == st
	})
}

// largest returns the statement with the largest share of total execution time.
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

// shareOfTime returns a statement's share of total execution time; 0 if unknown.
func (b *builder) shareOfTime(s *workload.Statement) float64 {
	if s == nil || b.c.TotalMs() <= 0 {
		return 0
	}
	return s.TotalMs.Or(0) / b.c.TotalMs()
}

// verdict returns the summary: the largest known share of the time, its cause, and
// the cheapest change to try.
func (b *builder) verdict(r *report.Report) string {
	return joined(b.judgment(r), b.seenInPart())
}

func (b *builder) judgment(r *report.Report) string {
	if other := b.otherSystem(); other != "" {
		return fmt.Sprintf("Not judged: the input has %s. Only plans of PostgreSQL are judged.", other)
	}
	switch {
	case len(b.c.Plans) == 0 && b.c.Snapshot == nil && len(b.queries) == 0 && len(b.errs) == 0 && len(b.inputs) > 0:
		return "Nothing to judge: " + b.withoutRows() + "."
	case len(b.c.Plans) == 0 && b.c.Snapshot == nil && len(b.queries) == 0:
		return "Nothing could be read: see the messages for what was expected."
	case len(b.c.Plans) == 0 && b.c.Snapshot == nil && len(b.found) == 0:
		return "Not judged: a query was read, but neither its plan nor statistics."
	}
	if i := b.topic.finding; i >= 0 && b.topic.plan == nil {
		f, time := b.found[i], b.topicByTime()
		switch {
		case time.finding < 0 || time.finding == i:
		case f.UnderWay && time.plan != nil:
			return joined(sentence(b.show(f.Title)), b.nextStep(i, r), b.verdictOn(time, r))
		case f.Tag == finding.Critical && (time.plan != nil || b.found[time.finding].Tag == finding.Confirmed && b.found[time.finding].Severity >= finding.Medium):
			return sentence(b.show(f.Title)) + " Where the time goes: " + b.verdictOn(time, r)
		}
	}
	return b.verdictOn(b.topic, r)
}

// otherSystem names the plan of another system that was read in place of one of PostgreSQL;
// empty if there is something else to judge.
func (b *builder) otherSystem() string {
	if len(b.c.Plans) > 0 || b.hasExports() || b.topic.finding >= 0 {
		return ""
	}
	for _, err := range b.errs {
		if other := plan.OtherSystem(err); other != "" {
			return other
		}
	}
	return ""
}

func (b *builder) verdictOn(l topic, r *report.Report) string {
	switch {
	case l.plan != nil:
		return b.onPlan(l, r)
	case l.finding >= 0:
		return b.onWorkload(l, r)
	case l.statement != nil:
		return b.onStatement(l.statement) + b.alsoFound(l, r)
	}
	return b.allWell() + b.alsoFound(l, r)
}

// onPlan returns the verdict on a plan.
func (b *builder) onPlan(l topic, r *report.Report) string {
	if same := b.sameWork(l.plan); same != "" {
		return joined(same, b.ofItself(l, r))
	}
	return b.ofItself(l, r)
}

// ofItself returns the verdict on a plan without the other runs of it.
func (b *builder) ofItself(l topic, r *report.Report) string {
	p := l.plan
	cut := ""
	if what := p.Cut(); what != "" {
		cut = fmt.Sprintf("The plan is incomplete: %s. Paste the whole plan.", what)
	}
	if l.finding < 0 {
		said := b.nothingIn(p, cut != "") + b.alsoFound(l, r)
		if cut != "" && b.decided(p) {
			return joined(said, cut, b.besides(l, r))
		}
		return joined(cut, said, b.notWhole(p), b.besides(l, r))
	}
	f := b.found[l.finding]
	said := sentence(b.show(f.Title))
	exec, timed := p.ExecMs().Get()
	exec = f.Whole.Or(exec)
	which, of := b.called("the query", p.Number()), ""
	if len(b.c.Plans) > 1 {
		of = " of " + which
	}
	share := f.Share
	switch {
	case !p.Analyzed:
		said = upperFirst(b.estimatesOnly(p)) + ". " + said
		if n := costliestNode(p); n.ID != f.Where.Node.Or(-1) && !covers(f, n) {
			said = joined(said, b.costSentence(p))
		}
	case timed && share.Known() && b.isSlowRun(p):
		said = "Both runs: " + said
	case timed && share.Known():
		said = fmt.Sprintf("%s of the %s%s: %s", figures.Share(share.Or(0)), figures.Ms(exec), of, said)
		switch {
		case l.node == nil:
		case share.Or(0) < worthTrying:
			said = joined(b.nodeSentence(p, l.node), "A known problem explains "+said)
		default:
			said = joined(said, b.nodeSentence(p, l.node))
		}
	case timed:
		said = fmt.Sprintf("%s takes %s: %s", upperFirst(which), figures.Ms(exec), said)
	}
	said = joined(said, b.question(f))
	if of := b.shareOfTime(p.Statement); of >= shareWorthSaying {
		said += fmt.Sprintf(" This statement is %s of total execution time (%s).", figures.Share(of), callsOf(p.Statement))
	}
	return joined(said, b.nextStep(l.finding, r), cut, b.alsoCovered(l.finding, r), b.notWhole(p), b.besides(l, r))
}

// sameWorkTimes is how many times as long a run has to take as another one that did the
// same, so that noise does not explain it.
const sameWorkTimes = 3

// ofThePlan returns a run that did the same as a slow one in a fraction of the time, and
// whether their blocks prove it. What the slow one took beyond it is not the plan's.
func (b *builder) ofThePlan(slow *rule.Plan) (fast *rule.Plan, proved bool) {
	for _, pair := range b.c.Pairs {
		if pair.Slower() != slow || slow.ExecMs().Or(0) < max(quickMs, sameWorkTimes*pair.Faster().ExecMs().Or(0)) {
			continue
		}
		if same, proved := pair.SameWork(); same {
			return pair.Faster(), proved
		}
	}
	return nil, false
}

// isSlowRun reports whether another run of a plan did the same in a fraction of the time.
func (b *builder) isSlowRun(p *rule.Plan) bool {
	fast, _ := b.ofThePlan(p)
	return fast != nil
}

// sameWork says that another run of the same plan did the same in a fraction of the time.
func (b *builder) sameWork(slow *rule.Plan) string {
	fast, proved := b.ofThePlan(slow)
	if fast == nil {
		return ""
	}
	said := fmt.Sprintf("The plan does not explain most of the %s: plan %d has the same nodes with the same rows, and took %s.", figures.Ms(slow.ExecMs().Or(0)), fast.Number(), figures.Ms(fast.ExecMs().Or(0)))
	if proved {
		return said + " Nearly all blocks of both were in shared_buffers, so that it is not disk reads either. Look at the server while it is slow: waits (wait_event in pg_stat_activity), CPU load, swapping, the number of connections, huge_pages."
	}
	return said + " Disk reads may: compare both runs with BUFFERS, the first one after a restart as well. Otherwise look at the server while it is slow: waits (wait_event in pg_stat_activity) and load."
}

// alsoCovered names the other nodes of the plan that the memory called for by a finding is
// for, with their times; empty if they add little.
func (b *builder) alsoCovered(i int, r *report.Report) string {
	at := slices.IndexFunc(r.Recommendations, func(rec report.Recommendation) bool {
		return rec.Action == "set_work_mem" && slices.Contains(rec.Findings, i)
	})
	if at < 0 || !b.found[i].Share.Known() {
		return ""
	}
	f, rec, nodes := b.found[i], r.Recommendations[at], []string(nil)
	share := f.Share.Or(0)
	for _, j := range rec.Findings {
		if other := b.found[j]; j != i && other.Plan == f.Plan && other.Where.Node.Known() && other.Share.Known() {
			nodes, share = append(nodes, fmt.Sprintf("#%d (%s)", other.Where.Node.Or(0), figures.Share(other.Share.Or(0)))), share+other.Share.Or(0)
		}
	}
	if share < f.Share.Or(0)+shareWorthSaying {
		return ""
	}
	return fmt.Sprintf("%s also covers %s.", rec.ID, figures.List(nodes))
}

// besides names the largest problem of the workload beside the plan that the verdict is
// about.
func (b *builder) besides(asked topic, r *report.Report) string {
	l := b.shareTopic(asked.statement)
	if l.finding < 0 || b.found[l.finding].Severity <= finding.Low {
		if q := b.shareOfQ(l.statement); q != "" && b.shareOfTime(l.statement) >= largeShare {
			return "Besides, " + q + "."
		}
		return ""
	}
	if l.finding == b.topic.finding {
		return "" // named already
	}
	f := b.found[l.finding]
	title := strings.Replace(b.show(f.Title), rule.TimeOf(f.Share), "", 1)
	said := "Besides: " + sentence(title)
	switch q := b.shareOfQ(f.Statement); {
	case !f.Share.Known() || strings.Contains(title, figures.Share(f.Share.Or(0))):
	case q != "" && b.c.ShareOf(f.Statement) == f.Share:
		said = "Besides, " + q + ": " + sentence(title)
	default:
		said = "Besides: " + sentence(title+rule.TimeOf(f.Share))
	}
	for _, rec := range r.Recommendations {
		if slices.Contains(rec.Findings, l.finding) {
			if slices.Contains(rec.Findings, asked.finding) {
				return "" // one change for both
			}
			return said + " See " + rec.ID + "."
		}
	}
	return said
}

// shareOfQ says how much time a statement takes, by its number in the report; empty if
// it has none.
func (b *builder) shareOfQ(st *workload.Statement) string {
	if st == nil {
		return ""
	}
	i := slices.Index(b.listed, st)
	share, known := b.shareOf(st).Get()
	if i < 0 || !known {
		return ""
	}
	return fmt.Sprintf("Q%d takes %s of total execution time", i+1, figures.Share(share))
}

// onWorkload returns the verdict on a finding in the exports.
func (b *builder) onWorkload(l topic, r *report.Report) string {
	f := b.found[l.finding]
	said := joined(sentence(b.show(f.Title)), b.show(f.Detail), b.question(f))
	if share, ok := f.Share.Get(); ok && share >= shareWorthSaying && !f.SaysShare && !b.c.Snapshot.Single() {
		which := "These statements are"
		if f.Statement != nil {
			which = "This statement is"
		}
		said += fmt.Sprintf(" %s %s of total execution time.", which, figures.Share(share))
	}
	return joined(said, b.nextStep(l.finding, r))
}

// onStatement returns the verdict on a statement with a large share that no rule
// explains.
func (b *builder) onStatement(st *workload.Statement) string {
	_, share := b.largest()
	said := fmt.Sprintf("%s of total execution time is %s: %s", figures.Share(share), b.nameOf(st), callsOf(st))
	if b.c.Snapshot.Single() {
		said = fmt.Sprintf("%s takes %s: %s", upperFirst(b.nameOf(st)), figures.Ms(st.TotalMs.Or(0)), callsOf(st))
	}
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
	if b.c.HeldUp(st, b.c.Statements[st]) {
		return said + ". An INSERT of one row does not take that long: it waited, or a trigger ran. The log has other sessions that waited for locks."
	}
	if why := ofMaintenance(st.Query.Raw()); why != "" {
		return said + ". " + why
	}
	if !st.Query.Empty() {
		return said + ". No rule explains why."
	}
	said += "."
	if read, calls, ok := opt.Two(st.SharedRead, st.Calls); ok && read > 0 && calls > 0 {
		said += fmt.Sprintf(" Per call, %s of blocks were not in shared_buffers.", figures.Bytes(read/calls*workload.BlockSize))
	}
	return said + " Without its text no rule explains why. Read the text in pg_stat_statements, as a role with pg_monitor."
}

// nameOf returns the name that findings use for a statement, or else the start of
// its text.
func (b *builder) nameOf(st *workload.Statement) string {
	if name := b.c.NameOf(st); name != "" {
		return name
	}
	if st.Hidden() {
		return "a statement whose text is hidden"
	}
	const most = 60
	text := []rune(strings.TrimRight(oneLine(b.show(st.Query)), "; "))
	if len(text) > most {
		return string(text[:most-1]) + "…"
	}
	if len(text) == 0 {
		if st.QueryID != "" {
			return "the statement with queryid " + st.QueryID
		}
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

// nextStep returns the change to try for a finding, or else its fix.
func (b *builder) nextStep(i int, r *report.Report) string {
	f := b.found[i]
	if with := createdFor(r.Recommendations, i); len(with) > 1 && f.Together {
		return fmt.Sprintf("Try %s: PostgreSQL combines these indexes. One index alone does not avoid the full scan.", strings.Join(with, " with "))
	} else if len(with) == 1 && f.InForm {
		return b.inForm(i, with[0], r)
	}
	for _, rec := range r.Recommendations {
		if byHand := rec.Action == "rewrite_query" && rec.Rewrite == nil; slices.Contains(rec.Findings, i) && !byHand {
			if _, command := commands[rec.Action]; command {
				return b.tryCommand(rec, f)
			}
			if !f.Question.Empty() {
				return try(rec, f)
			}
			return joined(b.show(f.First), try(rec, f))
		}
	}
	return b.fix(f)
}

// inForm says that an index helps a query only once it is rewritten, and names the draft.
func (b *builder) inForm(i int, index string, r *report.Report) string {
	title, draft := "", ""
	for _, rec := range r.Recommendations {
		switch {
		case rec.ID == index:
			title = rec.Title
		case rec.Rewrite != nil && slices.Contains(rec.Findings, i):
			draft = rec.ID
		}
	}
	if draft != "" {
		return fmt.Sprintf("Try %s with %s: an %s, and the query rewritten to use it.", index, draft, title)
	}
	return joined(fmt.Sprintf("Try %s: an %s. It helps only once the query is rewritten.", index, title), b.show(b.found[i].Fix))
}

// createdFor returns the ids of the indexes that are proposed for a finding.
func createdFor(recs []report.Recommendation, i int) []string {
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
	case rec.Action == "create_index" && f.Tag == finding.Concern && !f.Question.Empty():
		return fmt.Sprintf("If so, try %s: an %s.", rec.ID, rec.Title)
	case rec.Action == "create_index" && ordersRows(f):
		return fmt.Sprintf("Try %s: an %s returns the rows in the required order.", rec.ID, rec.Title)
	case rec.Action == "create_index" && f.Where.Node.Known():
		return fmt.Sprintf("Try %s: an %s reads only the matching rows.", rec.ID, rec.Title)
	case rec.Action == "create_index":
		return fmt.Sprintf("Try %s: an %s.", rec.ID, rec.Title)
	case f.Tag == finding.Concern:
		return fmt.Sprintf("If so, try %s: %s.", rec.ID, rec.Title)
	}
	return fmt.Sprintf("Try %s: %s.", rec.ID, rec.Title)
}

// tryCommand says the fix of a finding, which begins with a command, with the command that
// does what all findings on the table call for in its place.
func (b *builder) tryCommand(rec report.Recommendation, f rule.Found) string {
	for _, r := range f.Remedies {
		if r.Command == nil {
			continue
		}
		if rest, ok := strings.CutPrefix(b.fix(f), "Run "+r.Command.Statement); ok {
			first := "Try "
			if f.Tag == finding.Concern && !f.Question.Empty() {
				first = "If so, try "
			}
			return first + rec.ID + ": run " + rec.Title + rest
		}
	}
	return joined(try(rec, f), b.fix(f))
}

// alsoFound names the first finding beside the verdict, about the plan if the verdict is
// about one, and an index for a plan that is not slow.
func (b *builder) alsoFound(l topic, r *report.Report) string {
	said := ""
	for _, f := range b.found {
		if f.Severity > finding.Nit && !elsewhere(l.plan, f) {
			said += " Also found: " + sentence(b.show(f.Title))
			break
		}
	}
	for _, rec := range r.Recommendations {
		if rec.Action != "create_index" || !slices.ContainsFunc(rec.Findings, func(j int) bool { return b.found[j].AboutPasted() }) {
			continue
		}
		which := "it"
		if p := b.found[rec.Findings[0]].Plan; l.plan != nil && p != nil && !slices.ContainsFunc(rec.Findings, func(j int) bool { return b.found[j].Plan.SameQuery(l.plan) }) {
			which = fmt.Sprintf("plan %d", p.Number())
		}
		if inForm := func(j int) bool { return b.found[j].InForm }; slices.ContainsFunc(rec.Findings, inForm) {
			return said + fmt.Sprintf(" If %s runs often, %s makes it faster once it is rewritten: an %s.", which, rec.ID, rec.Title)
		}
		return said + fmt.Sprintf(" If %s runs often, %s makes it faster: an %s.", which, rec.ID, rec.Title)
	}
	return said
}

// elsewhere reports whether a finding is on a table or a statement that a plan does not
// read; false without a plan.
func elsewhere(p *rule.Plan, f rule.Found) bool {
	if p == nil || f.Where.Plan.Known() || f.Statement != nil && f.Statement == p.Statement {
		return false
	}
	return f.Statement != nil || f.Where.Relation != "" && !slices.ContainsFunc(slices.Collect(p.Nodes()), func(n *plan.Node) bool {
		return p.Node(n).RelationName() == f.Where.Relation
	})
}

// decided reports whether the figures of an incomplete plan tell which node took most of
// its time, whatever the missing lines are.
func (b *builder) decided(p *rule.Plan) bool {
	exec, timed := p.ExecMs().Get()
	if !timed || exec < quickMs {
		return false
	}
	for n := range p.Nodes() {
		if rule.OutsideInput(n).Or(n.SelfMs.Or(0)) >= explainsIt*exec {
			return true
		}
	}
	return false
}

// nodeSentence describes what a node of a plan does, with its share of the time.
func (b *builder) nodeSentence(p *rule.Plan, n *plan.Node) string {
	exec, timed := p.ExecMs().Get()
	self, known := p.Account().Part(n).Get()
	if !timed || exec <= 0 {
		return b.costSentence(p)
	}
	most, where := self, ""
	for n := range p.Nodes() { // decidable, whatever is missing elsewhere
		if all, ok := rule.OutsideInput(n).Get(); ok && all > most {
			most, where = all, fmt.Sprintf("#%d %s, outside of #%d %s", n.ID, n.Label(), n.Children[0].ID, n.Children[0].Label())
		}
	}
	for _, lacks := range p.Lacking() {
		all, named := lacks.TotalMs.Or(0), fmt.Sprintf("#%d %s and its missing child nodes", lacks.ID, lacks.Label())
		if lacks == p.Root && all == 0 {
			all, named = exec, "nodes whose lines are missing"
		}
		for _, c := range lacks.Children {
			all -= c.TotalMs.Or(0)
		}
		if all > most {
			most, where = all, named
		}
	}
	if where != "" {
		return fmt.Sprintf("%s of the %s were spent in %s.", figures.Share(min(most/exec, 1)), figures.Ms(exec), where)
	}
	for above := range p.Nodes() {
		all := above.TotalMs.Or(0)
		for _, c := range above.Children {
			all -= c.TotalMs.Or(0)
		}
		if above.SelfMs.Known() || all <= self {
			continue
		}
		for _, cut := range above.Children {
			if !cut.TotalMs.Known() && cut.Executed() {
				return fmt.Sprintf("%s of the %s were spent in #%d %s and in #%d %s, whose line is incomplete.", figures.Share(min(all/exec, 1)), figures.Ms(exec), above.ID, above.Label(), cut.ID, cut.Label())
			}
		}
	}
	if !known || self < p.Account().Untold() || self < saidShare*exec && len(p.Lacking()) > 0 {
		return "" // most of the time is in what is missing
	}
	return fmt.Sprintf("%s of the %s is #%d %s, which %s.", figures.Share(min(self/exec, 1)), figures.Ms(exec), n.ID, n.Label(), plans.Action(n))
}

// costSentence describes the node with the largest estimated cost.
func (b *builder) costSentence(p *rule.Plan) string {
	a, n := p.Account(), costliestNode(p)
	cost, ok := a.Part(n).Get()
	if !ok || a.Unit != account.Cost || a.Whole <= 0 {
		return ""
	}
	return fmt.Sprintf("%s of the estimated cost (%s of %s planner units) is #%d %s, which %s.", figures.Share(a.Share(cost)), figures.Count(cost), figures.Count(a.Whole), n.ID, n.Label(), plans.Action(n))
}

// withoutRows says which results have no row, or none that a rule uses.
func (b *builder) withoutRows() string {
	var views []string
	for _, in := range b.inputs {
		switch {
		case in.Kind == input.Other.String():
			if in.Note != input.ErrNoRows.Error() {
				return in.Note
			}
		case in.Rows > 0 && len(b.snap.SystemTables()) > 0:
			said := fmt.Sprintf("all tables in the rows of %s are system tables, and no rule judges them", in.Kind)
			if list := largeSystemTables(b.snap); list != nil {
				said += ": " + strings.Join(rule.FirstFew(list), ", ")
			}
			return said
		case in.Rows > 0:
			return fmt.Sprintf("the rows of %s name no table of a user. Select relname, the table's name, as well", in.Kind)
		case !slices.Contains(views, in.Kind):
			views = append(views, in.Kind)
		}
	}
	if len(views) == 0 {
		return "the query returned no row"
	}
	return "no rows in " + figures.List(views)
}

// question returns what decides a concern, behind what comes first.
func (b *builder) question(f rule.Found) string {
	if f.Question.Empty() {
		return ""
	}
	return joined(b.show(f.First), "To decide: "+b.show(f.Question))
}

// estimatesOnly says why a plan has no actual figures.
func (b *builder) estimatesOnly(p *rule.Plan) string {
	if ms, timed := p.ExecMs().Get(); timed {
		return fmt.Sprintf("estimates only, %s took %s but shows no actual rows and times of its nodes (in a log: auto_explain.log_analyze is off)", b.called("the plan", p.Number()), figures.Ms(ms))
	}
	return "estimates only, " + b.called("the plan", p.Number()) + " was not executed"
}

// ordersRows reports whether an index that a finding proposes returns the rows in the
// order that the plan sorts them into.
func ordersRows(f rule.Found) bool {
	return slices.ContainsFunc(f.Remedies, func(r rule.Remedy) bool { return r.Create != nil && r.Create.Ordered })
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func sentence(s string) string { return strings.TrimSuffix(s, ".") + "." }

// joined joins the sentences that are not empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
