package review

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

// What counts as a change between two runs of a query.
const (
	noiseShare  = 0.2 // of the slower run's time: what two runs of one plan differ by
	noiseMs     = 1
	coldTimes   = 10   // as many blocks read from outside the cache
	coldBlocks  = 1000 // at least
	rowsTimes   = 2
	rowsChanged = 1000
	comparedTop = 10 // queries: a log has many
)

// planChanges tells of each query with two plans which one is faster, by how
// much, and which node carries the difference.
func (b *builder) planChanges() []report.Change {
	var out []report.Change
	for i, p := range b.c.Pairs {
		if i == comparedTop {
			break
		}
		out = append(out, b.pairChanges(p)...)
	}
	return out
}

func (b *builder) pairChanges(p rule.Pair) []report.Change {
	d := plan.Compare(p.Before.Plan, p.After.Plan)
	before, after := p.Before.ExecMs(), p.After.ExecMs()
	first := report.Change{
		Subject: fmt.Sprintf("plan %d, plan %d", p.Before.Number(), p.After.Number()),
		Before:  before, After: after, Unit: "ms",
	}
	head := fmt.Sprintf("plan %d took %s, plan %d %s", p.Before.Number(), figures.Ms(before.Or(0)), p.After.Number(), figures.Ms(after.Or(0)))
	head += b.after(p)
	if was, is, other := p.OtherLimits(); other {
		head += fmt.Sprintf(" (LIMIT %s and %s)", figures.Count(was), figures.Count(is))
	}
	if otherLiterals(p) {
		head += " with other literals"
		if x, y, ok := opt.Two(p.Before.Root.RowsTotal, p.After.Root.RowsTotal); ok && max(x, y) >= rowsTimes*min(x, y) {
			first.Kind, first.Brief = "other-literals", head
			first.Title = fmt.Sprintf("%s: %s and %s rows returned", head, figures.Count(x), figures.Count(y))
			return []report.Change{first}
		}
	}
	difference := math.Abs(before.Or(0) - after.Or(0))
	if difference < noiseMs || difference < noiseShare*max(before.Or(0), after.Or(0)) {
		first.Kind, first.Brief = "same-time", head+": no difference beyond noise"
		first.Title = first.Brief
		if !d.SameShape {
			first.Title += ", although the plans differ"
		}
		return append([]report.Change{first}, b.accessChanges(p, first.Subject)...)
	}
	word := "faster"
	if after.Or(0) > before.Or(0) {
		word = "slower"
	}
	first.Kind = "plan-" + word
	ratio := p.Slower().ExecMs().Or(0) / max(p.Faster().ExecMs().Or(0), 0.001)
	first.Brief = fmt.Sprintf("%s, %s %s", head, figures.Times(ratio), word)
	first.Title = first.Brief
	if by := carriedBy(p, d); by != "" {
		first.Title += ": " + by
	}
	out := []report.Change{first}
	if c, ok := coldChange(p, first.Subject); ok {
		out = append(out, c)
	}
	return append(out, b.accessChanges(p, first.Subject)...)
}

// namedSteps is how many statements between two plans are named.
const namedSteps = 2

// after names the statements between two plans that change plans.
func (b *builder) after(p rule.Pair) string {
	between := p.Between()
	if len(between) == 0 {
		return ""
	}
	var list []string
	for i, step := range between {
		if i == namedSteps {
			list = append(list, figures.Plural(len(between)-i, "more statement"))
			break
		}
		list = append(list, oneLine(b.show(step)))
	}
	return " (after " + figures.List(list) + ")"
}

// otherLiterals reports whether two plans are known to be of one query with
// different literals.
func otherLiterals(p rule.Pair) bool {
	x, y := p.Before.Plan.Query.Raw(), p.After.Plan.Query.Raw()
	return lex.Normalize(x) == lex.Normalize(y) && !slices.Equal(literals(x), literals(y))
}

func literals(query string) []string {
	var list []string
	for t := range lex.Tokens(query) {
		if t.Kind == lex.String || t.Kind == lex.Number {
			list = append(list, t.Text)
		}
	}
	return list
}

// carriedBy says what makes the difference: the triggers, or a node.
func carriedBy(p rule.Pair, d plan.Difference) string {
	if !p.ByTriggers() {
		return carried(d)
	}
	said := "the difference is in the triggers"
	slow, fast := p.Slower(), p.Faster()
	for _, t := range slow.Triggers {
		i := slices.IndexFunc(fast.Triggers, func(o plan.Trigger) bool { return o.Name == t.Name && o.Constraint == t.Constraint })
		name, took := cmp.Or(t.Constraint, t.Name), t.Ms.Or(0)
		switch {
		case i < 0 && p.TakesMost(took):
			said = fmt.Sprintf("the difference is trigger %s (%s), which plan %d did not call", name, figures.Ms(took), fast.Number())
		case i >= 0 && p.TakesMost(took-fast.Triggers[i].Ms.Or(0)):
			said = fmt.Sprintf("the difference is trigger %s (%s in plan %d, %s in plan %d)", name, figures.Ms(took), slow.Number(), figures.Ms(fast.Triggers[i].Ms.Or(0)), fast.Number())
		}
	}
	if rows, none, ok := opt.Two(written(slow), written(fast)); ok && rows > 0 && none == 0 {
		said += fmt.Sprintf(". Plan %d changed no row and plan %d changed %s, so the faster time does not show what a change costs", fast.Number(), slow.Number(), figures.Count(rows))
	}
	return said
}

// written returns the rows that a plan that writes was given.
func written(p *rule.Plan) opt.Float {
	if p.Root.Type != "ModifyTable" || len(p.Root.Children) == 0 {
		return opt.Float{}
	}
	return p.Root.Children[0].RowsTotal
}

// carried says which node makes the difference; empty if its times are not known.
func carried(d plan.Difference) string {
	x, y := d.Before, d.After
	if !x.SelfMs.Known() || !y.SelfMs.Known() {
		return ""
	}
	s := fmt.Sprintf("the difference is #%d %s (%s) vs #%d %s (%s)", x.ID, x.Label(), figures.Ms(x.SelfMs.Or(0)), y.ID, y.Label(), figures.Ms(y.SelfMs.Or(0)))
	if d.SameShape {
		s = fmt.Sprintf("same plan shape; the difference is #%d %s (%s, then %s)", x.ID, x.Label(), figures.Ms(x.SelfMs.Or(0)), figures.Ms(y.SelfMs.Or(0)))
	}
	if a, ok := x.ScannedTotal().Get(); ok {
		if b, ok := y.ScannedTotal().Get(); ok && max(a, b) >= rowsChanged && max(a, b) >= rowsTimes*min(a, b) {
			s += fmt.Sprintf(", %s vs %s rows read", figures.Count(a), figures.Count(b))
		}
	}
	return s
}

// coldChange says that one run found in the cache what the other had to read:
// then part of the difference is none of the plan's.
func coldChange(p rule.Pair, subject string) (report.Change, bool) {
	cold, warm, ok := coldAndWarm(p)
	if !ok {
		return report.Change{}, false
	}
	rx, ry := cold.Root.Buffers.SharedRead.Or(0), warm.Root.Buffers.SharedRead.Or(0)
	return report.Change{
		Kind: "warm-cold-difference", Subject: subject, Before: p.Before.Root.Buffers.SharedRead, After: p.After.Root.Buffers.SharedRead, Unit: "blocks",
		Title: fmt.Sprintf("plan %d read %s that were not in shared_buffers, plan %d %s. Part of the difference is caching: compare two warm runs",
			cold.Number(), figures.Plural(rx, "block"), warm.Number(), figures.Count(ry)),
	}, true
}

// coldAndWarm tells the run that read from outside the cache from the one that found
// nearly as much in it.
func coldAndWarm(p rule.Pair) (cold, warm *rule.Plan, ok bool) {
	x, y := p.Before.Root.Buffers, p.After.Root.Buffers
	rx, ry := x.SharedRead.Or(0), y.SharedRead.Or(0)
	if !x.SharedHit.Known() || !y.SharedHit.Known() || max(rx, ry) < coldBlocks || max(rx, ry) < coldTimes*min(rx, ry) {
		return nil, nil, false
	}
	cold, warm = p.Before, p.After
	if ry > rx {
		cold, warm = warm, cold
	}
	touched := func(q *rule.Plan) float64 { return q.Root.Buffers.SharedHit.Or(0) + q.Root.Buffers.SharedRead.Or(0) }
	if touched(warm) < touched(cold)/rowsTimes {
		return nil, nil, false // it needed less, cached or not
	}
	return cold, warm, true
}

// accessChanges are the indexes that only one of the plans used, and the
// spills that only one had.
func (b *builder) accessChanges(p rule.Pair, subject string) []report.Change {
	var out []report.Change
	x, y := indexesOf(p.Before), indexesOf(p.After)
	butTime := ""
	switch before, after := p.Before.ExecMs().Or(0), p.After.ExecMs().Or(0); {
	case math.Abs(before-after) < noiseShare*max(before, after):
		butTime = ", but the time changed only within noise"
	case after > before:
		butTime = ", but the query did not get faster"
	}
	for n := range p.After.Nodes() {
		if n.Index != "" && x[n.Index] == nil && y[n.Index] == n {
			out = append(out, report.Change{
				Kind: "index-now-used", Subject: n.Index,
				Title: fmt.Sprintf("plan %d uses %s (#%d), plan %d does not%s", p.After.Number(), n.Index, n.ID, p.Before.Number(), butTime),
			})
		}
	}
	for n := range p.Before.Nodes() {
		if n.Index != "" && y[n.Index] == nil && x[n.Index] == n {
			out = append(out, report.Change{
				Kind: "index-no-longer-used", Subject: n.Index,
				Title: fmt.Sprintf("plan %d used %s (#%d), plan %d does not", p.Before.Number(), n.Index, n.ID, p.After.Number()),
			})
		}
	}
	if a, b := spilled(p.Before), spilled(p.After); (a > 0) != (b > 0) {
		c := report.Change{Kind: "spill-gone", Subject: subject, Before: opt.Of(a), After: opt.Of(b), Unit: "blocks",
			Title: fmt.Sprintf("plan %d wrote %s to temporary files, plan %d none", p.Before.Number(), figures.Plural(a, "block"), p.After.Number())}
		if b > 0 {
			c.Kind = "spill-appeared"
			c.Title = fmt.Sprintf("plan %d wrote %s to temporary files, plan %d none", p.After.Number(), figures.Plural(b, "block"), p.Before.Number())
		}
		out = append(out, c)
	}
	return out
}

// indexesOf are the indexes that a plan used, each with the first node to.
func indexesOf(p *rule.Plan) map[string]*plan.Node {
	used := map[string]*plan.Node{}
	for n := range p.Nodes() {
		if n.Index != "" && n.Executed() && used[n.Index] == nil {
			used[n.Index] = n
		}
	}
	return used
}

func spilled(p *rule.Plan) float64 { return p.Root.Buffers.TempWritten.Or(0) }

// compared is the verdict's sentence on the plans of one query, if all are: where a
// finding tells why, the times alone.
func (b *builder) compared(r *report.Report) string {
	if len(b.c.Pairs) != 1 || len(r.Changes) == 0 || slices.ContainsFunc(b.c.Plans, func(p *rule.Plan) bool { return !p.SameQuery(b.c.Plans[0]) }) {
		return ""
	}
	said, same := r.Changes[0].Title, r.Changes[0].Kind == "same-time"
	if same && len(b.c.Plans) > 2 {
		return "" // several runs that took as long
	}
	if pair := b.c.Pairs[0]; b.topic.finding >= 0 && same && pair.Before.SlowestRun() == pair.After.SlowestRun() {
		return "" // two runs of one plan, and the finding is in both
	}
	if b.topic.finding >= 0 && !same {
		said = r.Changes[0].Brief
	}
	return strings.ToUpper(said[:1]) + said[1:] + ". "
}
