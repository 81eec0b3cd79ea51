package review

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

// baseline is the review of what the inputs are compared with.
type baseline struct {
	report *report.Report
	c      *rule.Case
}

// readBefore reads the exports of BEFORE: with them, the counters of AFTER are those of
// the time in between. What could not be read was told by the review of BEFORE.
func (m *inputSet) readBefore(docs iter.Seq2[*input.Doc, error]) {
	told := len(m.errs)
	for doc, err := range docs {
		if err == nil && doc.Kind == input.Rows {
			m.read(doc)
		}
	}
	m.errs = m.errs[:told]
}

// comparison compares the plans and marks the findings that BEFORE does not have.
func (b *builder) comparison(r *report.Report) *report.Comparison {
	if b.base == nil {
		return nil
	}
	out := &report.Comparison{
		Inputs: b.base.report.Inputs, Before: slices.Clone(b.base.report.Plans),
		Pairs: []report.ComparedPlans{}, Gone: []report.Explained{},
	}
	for i := range out.Before {
		out.Before[i].Side = "before"
	}
	for i := range r.Plans {
		r.Plans[i].Side = "after"
	}
	b.markNew(r, out)
	pairs := rule.Across(b.base.c.Plans, b.c.Plans)
	for _, p := range pairs {
		compared := b.comparePlans(p)
		compared.Why = append(compared.Why, changedSettings(out.Before[p.Before.Position].Settings, r.Plans[p.After.Position].Settings)...)
		out.Slower = out.Slower || compared.Outcome == report.Slower
		out.Pairs = append(out.Pairs, compared)
	}
	out.OnlyBefore, out.OnlyAfter = rule.Unpaired(b.base.c.Plans, pairs), rule.Unpaired(b.c.Plans, pairs)
	for _, c := range r.Changes {
		out.Slower = out.Slower || c.Kind == "statement-regressed"
	}
	return out
}

// markNew marks the findings that BEFORE does not have, or has less severe, and lists
// those that only BEFORE has.
func (b *builder) markNew(r *report.Report, out *report.Comparison) {
	type key struct{ rule, relation, column, index, query string }
	keyOf := func(f report.Finding) key {
		text := func(s *string) string {
			if s == nil {
				return ""
			}
			return *s
		}
		w := f.Where
		return key{f.Rule, text(w.Relation), text(w.Column), text(w.Index), text(w.QueryID)}
	}
	was := map[key][]report.Finding{}
	for _, f := range b.base.report.Findings {
		was[keyOf(f)] = append(was[keyOf(f)], f)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		same := was[keyOf(*f)]
		f.New = opt.Some(len(same) == 0 || same[0].Severity < f.Severity)
		if len(same) > 0 {
			was[keyOf(*f)] = same[1:]
		}
	}
	for _, f := range b.base.report.Findings {
		if left := was[keyOf(f)]; f.Severity > finding.Nit && slices.ContainsFunc(left, func(x report.Finding) bool { return x.ID == f.ID }) {
			out.Gone = append(out.Gone, report.Explained{Rule: f.Rule, Title: f.Title})
		}
	}
}

func (b *builder) comparePlans(p rule.Pair) report.ComparedPlans {
	before, after := p.Before.ExecMs(), p.After.ExecMs()
	out := report.ComparedPlans{
		Query: oneLine(b.show(p.After.Plan.Query)), Before: p.Before.Position, After: p.After.Position,
		Outcome: report.Same, Figures: comparedFigures(p), Why: []string{},
	}
	x, y, timed := opt.Two(before, after)
	difference := math.Abs(x - y)
	switch {
	case !timed:
		out.Outcome = report.NotTimed
	case difference < noiseMs || difference < noiseShare*min(x, y):
	case y > x:
		out.Outcome = report.Slower
	default:
		out.Outcome = report.Faster
	}
	out.Why = append(out.Why, whyDiffers(p, out.Outcome)...)
	return out
}

// comparedFigures are the figures of two plans, those that both or one of them has.
func comparedFigures(p rule.Pair) []report.ComparedFigure {
	out := []report.ComparedFigure{}
	for _, f := range []struct {
		name, unit string
		of         func(*rule.Plan) opt.Float
	}{
		{"execution time", "ms", func(p *rule.Plan) opt.Float { return p.ExecMs() }},
		{"planning time", "ms", func(p *rule.Plan) opt.Float { return p.PlanningMs }},
		{"rows read", "rows", rowsRead},
		{"blocks", "blocks", func(p *rule.Plan) opt.Float {
			return opt.Both(p.Root.Buffers.SharedHit, p.Root.Buffers.SharedRead, func(hit, read float64) float64 { return hit + read })
		}},
		{"blocks not in shared_buffers", "blocks", func(p *rule.Plan) opt.Float { return p.Root.Buffers.SharedRead }},
		{"blocks written to temporary files", "blocks", func(p *rule.Plan) opt.Float { return p.Root.Buffers.TempWritten }},
		{"estimated cost", "cost", func(p *rule.Plan) opt.Float { return p.Root.TotalCost }},
	} {
		before, after := f.of(p.Before), f.of(p.After)
		if before.Or(0) == 0 && after.Or(0) == 0 {
			continue
		}
		c := report.ComparedFigure{Name: f.name, Unit: f.unit, Before: before, After: after}
		if x, y, ok := opt.Two(before, after); ok {
			if x > 0 {
				c.Change = opt.Of(y/x - 1)
			}
			c.Noise = f.unit == "ms" && (math.Abs(x-y) < noiseMs || math.Abs(x-y) < noiseShare*min(x, y))
		}
		out = append(out, c)
	}
	return out
}

// rowsRead are the rows that a plan's scans read, whether they kept them or not.
func rowsRead(p *rule.Plan) opt.Float {
	sum := opt.Float{}
	for n := range p.Nodes() {
		if n.Relation == "" || n.Operation != "" && n.Operation != "Select" || !n.Executed() {
			continue
		}
		if rows, ok := n.ScannedTotal().Get(); ok {
			sum = opt.Of(sum.Or(0) + rows)
		} else if rows, ok := n.RowsTotal.Get(); ok {
			sum = opt.Of(sum.Or(0) + rows)
		}
	}
	return sum
}

// whyDiffers says what makes the difference between two plans of one query, the most
// telling first.
func whyDiffers(p rule.Pair, outcome string) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	d := plan.Compare(p.Before.Plan, p.After.Plan)
	x, y := d.Before, d.After
	now, was := onlyIn(p.After, p.Before), onlyIn(p.Before, p.After)
	if !p.OneQuery() {
		defer func() {
			out = append(out, "The plans read different columns or have different texts: compare them only if they are two forms of one query")
		}()
	}
	if was, is, other := p.OtherLimits(); other {
		say("The LIMIT is %s, %s before", figures.Count(is), figures.Count(was))
	}
	if otherLiterals(p) {
		if rx, ry, ok := opt.Two(p.Before.Root.RowsTotal, p.After.Root.RowsTotal); ok {
			say("The literals differ: %s returned, %s before", figures.Plural(ry, "row"), figures.Count(rx))
		} else {
			say("The literals differ")
		}
	}
	nowOn, wasOn := indexOn(now, x), indexOn(was, y)
	switch {
	case outcome == report.Faster && nowOn != nil:
		say("%s (#%d) replaced #%d %s%s", nowOn.Index, nowOn.ID, x.ID, x.Label(), didWhat(x, "which took %s", "and read %s"))
	case outcome == report.Slower && wasOn != nil:
		say("%s is no longer used: #%d %s%s. Check that the index exists and is valid, and that statistics are current", wasOn.Index, y.ID, y.Label(), didWhat(y, "takes %s", "and reads %s"))
	case outcome == report.Same:
		if d.SameShape {
			break
		}
		if len(now) > 0 {
			say("The plan now uses %s", now[0].Index)
		} else if len(was) > 0 {
			say("The plan no longer uses %s", was[0].Index)
		} else {
			say("The plans differ")
		}
	case outcome == report.NotTimed:
		if d.SameShape {
			say("The plan has the same shape")
		}
		for _, n := range now {
			say("The plan now uses %s (#%d)", n.Index, n.ID)
		}
		for _, n := range was {
			say("The plan no longer uses %s", n.Index)
		}
	default:
		head := ""
		if d.SameShape {
			head = "The plan has the same shape. "
		}
		if x.Label() == y.Label() {
			say("%s#%d %s took %s, %s before%s", head, y.ID, y.Label(), figures.Ms(y.SelfMs.Or(0)), figures.Ms(x.SelfMs.Or(0)), moreRows(x, y))
		} else {
			say("#%d %s (%s) took the place of #%d %s (%s)", y.ID, y.Label(), figures.Ms(y.SelfMs.Or(0)), x.ID, x.Label(), figures.Ms(x.SelfMs.Or(0)))
		}
	}
	if a, b := spilled(p.Before), spilled(p.After); (a > 0) != (b > 0) {
		if a > 0 {
			say("The plan no longer writes temporary files (%s before)", figures.Bytes(a*blockBytes))
		} else {
			say("%s are now written to temporary files", figures.Bytes(b*blockBytes))
		}
	}
	if cold, warm, ok := coldAndWarm(p); ok {
		which := map[bool]string{true: "before", false: "after"}[cold == p.Before]
		say("Part of the difference is caching: the run %s read %s that were not in shared_buffers, the other %s. Compare two warm runs", which,
			figures.Plural(cold.Root.Buffers.SharedRead.Or(0), "block"), figures.Count(warm.Root.Buffers.SharedRead.Or(0)))
	}
	return out
}

// blockBytes is the size of a block of temporary files.
const blockBytes = 8192

// onlyIn are the nodes with an index that only the first of two plans uses.
func onlyIn(p, other *rule.Plan) []*plan.Node {
	used, there := indexesOf(p), indexesOf(other)
	var out []*plan.Node
	for n := range p.Nodes() {
		if n.Index != "" && used[n.Index] == n && there[n.Index] == nil {
			out = append(out, n)
		}
	}
	return out
}

// indexOn returns the node of a list whose index is on the table that another node
// reads; nil if there is none.
func indexOn(list []*plan.Node, n *plan.Node) *plan.Node {
	for _, by := range list {
		if n.Relation != "" && relationBy(by) == n.Relation {
			return by
		}
	}
	return nil
}

// relationBy returns the table that a scan by an index reads: of a bitmap, that of the
// node above.
func relationBy(n *plan.Node) string {
	relation := n.Relation
	for up := range n.Ancestors() {
		relation = cmp.Or(relation, up.Relation)
	}
	return relation
}

// didWhat adds the time and the rows of a node, if they are known.
func didWhat(n *plan.Node, time, rows string) string {
	ms, ok := n.SelfMs.Get()
	if !ok {
		return ""
	}
	said := fmt.Sprintf(time, figures.Ms(ms))
	if read, ok := n.ScannedTotal().Get(); ok && read >= rowsChanged {
		said += " " + fmt.Sprintf(rows, figures.Plural(read, "row"))
	}
	if strings.HasPrefix(time, "which") {
		return ", " + said
	}
	return " " + said
}

func moreRows(x, y *plan.Node) string {
	a, b, ok := opt.Two(x.ScannedTotal(), y.ScannedTotal())
	if !ok || max(a, b) < rowsChanged || max(a, b) < rowsTimes*min(a, b) {
		return ""
	}
	return fmt.Sprintf(", for %s read, %s before", figures.Plural(b, "row"), figures.Count(a))
}

// changedSettings are the planner's settings that differ, as the plans print them.
func changedSettings(before, after []report.Setting) []string {
	if len(before) == 0 || len(after) == 0 {
		return nil // SETTINGS was off in one of them, or all are at their defaults
	}
	valueIn := func(list []report.Setting, name string) string {
		for _, s := range list {
			if s.Name == name {
				return s.Value
			}
		}
		return "the default"
	}
	var names, out []string
	for _, s := range slices.Concat(before, after) {
		if now, was := valueIn(after, s.Name), valueIn(before, s.Name); now != was && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
			out = append(out, fmt.Sprintf("%s is %s, was %s", s.Name, now, was))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return []string{"Settings differ: " + strings.Join(out, ", ")}
}

// comparedVerdict is the verdict on BEFORE and AFTER: what changed and why. What is
// wrong in AFTER follows if it got slower, or if a finding is not minor.
func (b *builder) comparedVerdict(r *report.Report) string {
	c := r.Comparison
	said, exports := "", b.c.Snapshot != nil && b.c.Snapshot.Earlier() != nil
	switch {
	case len(c.Pairs) == 1:
		said = joined(pairHeadline(b.base.c, b.c, c.Pairs[0]), sentences(c.Pairs[0].Why))
	case len(c.Pairs) > 1:
		said = b.pairsHeadline(c)
	}
	if exports {
		said = joined(said, changesHeadline(r.Changes))
	}
	switch lead := b.topic.finding; {
	case c.Slower && lead >= 0 && b.servedBefore(lead):
		return said
	case c.Slower || said == "" || len(c.Pairs) == 0:
		return joined(said, b.verdict(r))
	}
	for _, f := range r.Findings {
		if f.Severity >= finding.Medium {
			return joined(said, "Still found: "+sentence(f.Title))
		}
	}
	return said
}

// servedBefore reports whether the cure of a finding is an index that BEFORE used.
func (b *builder) servedBefore(i int) bool {
	return slices.ContainsFunc(b.found[i].Remedies, func(r rule.Remedy) bool { return r.Refused != nil })
}

func pairHeadline(before, after *rule.Case, c report.ComparedPlans) string {
	p := rule.Pair{Before: before.Plans[c.Before], After: after.Plans[c.After]}
	x, y := p.Before.ExecMs().Or(0), p.After.ExecMs().Or(0)
	switch c.Outcome {
	case report.Same:
		return fmt.Sprintf("After: %s, was %s: no difference beyond noise.", figures.Ms(y), figures.Ms(x))
	case report.NotTimed:
		if a, b, ok := opt.Two(p.Before.Root.TotalCost, p.After.Root.TotalCost); ok {
			return fmt.Sprintf("After: estimated cost %s, was %s. Not both plans were executed, so times are not compared.", figures.Count(b), figures.Count(a))
		}
		return "Not both plans were executed, so times are not compared."
	}
	return fmt.Sprintf("After: %s, was %s (%s).", figures.Ms(y), figures.Ms(x), ratio(x, y))
}

// ratio says how many times as long a time is, without digits that two runs do not
// repeat.
func ratio(before, after float64) string {
	times, word := before/max(after, 0.001), "faster"
	if after > before {
		times, word = after/max(before, 0.001), "slower"
	}
	if times < 2 {
		return fmt.Sprintf("%s %s", figures.Share(math.Abs(after-before)/max(before, 0.001)), word)
	}
	return figures.About(times) + " " + word
}

// pairsHeadline counts the queries by what became of them, and names the largest
// difference.
func (b *builder) pairsHeadline(c *report.Comparison) string {
	count := map[string]int{}
	for _, p := range c.Pairs {
		count[p.Outcome]++
	}
	var parts []string
	for _, outcome := range []string{report.Slower, report.Faster, report.Same, report.NotTimed} {
		if n := count[outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	said := fmt.Sprintf("After: of %d queries, %s.", len(c.Pairs), strings.Join(parts, ", "))
	if top := c.Pairs[0]; top.Outcome == report.Slower || top.Outcome == report.Faster {
		p := rule.Pair{Before: b.base.c.Plans[top.Before], After: b.c.Plans[top.After]}
		x, y := p.Before.ExecMs().Or(0), p.After.ExecMs().Or(0)
		said += fmt.Sprintf(" Largest difference: plan %d, %s, was %s (%s). %s", p.After.Number(), figures.Ms(y), figures.Ms(x), ratio(x, y), sentences(top.Why))
	}
	return strings.TrimSpace(said)
}

// namedObject is the length of a statement in a headline.
const namedObject = 60

// changesHeadline counts the changes between two exports.
func changesHeadline(changes []report.Change) string {
	count := map[string]int{}
	for _, c := range changes {
		count[c.Kind]++
	}
	var parts []string
	for _, kind := range []struct{ kind, what, did string }{
		{"statement-regressed", "statement", "slower"}, {"statement-new", "statement", "new"}, {"statement-gone", "statement", "gone"},
		{"index-now-unused", "index", "no longer used"}, {"index-now-used", "index", "now used"}, {"table-growth", "table", "larger"}, {"hot-ratio-fell", "table", "with fewer HOT updates"},
	} {
		if n := count[kind.kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", figures.Plural(n, kind.what), kind.did))
		}
	}
	worst := -1
	for i, c := range changes {
		if c.Kind == "statement-regressed" && (worst < 0 || c.After.Or(0)-c.Before.Or(0) > changes[worst].After.Or(0)-changes[worst].Before.Or(0)) {
			worst = i
		}
	}
	if worst >= 0 {
		c := changes[worst]
		object := []rune(c.Object)
		if len(object) > namedObject {
			object = append(object[:namedObject-1], '…')
		}
		return fmt.Sprintf("Between the two exports: %s. %s per call, was %s (%s): %s.", strings.Join(parts, ", "),
			figures.Ms(c.After.Or(0)), figures.Ms(c.Before.Or(0)), ratio(c.Before.Or(0), c.After.Or(0)), string(object))
	}
	if len(parts) == 0 {
		return "Between the two exports no statement got slower, appeared or disappeared."
	}
	return "Between the two exports: " + strings.Join(parts, ", ") + "."
}

func sentences(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = sentence(s)
	}
	return strings.Join(out, " ")
}
