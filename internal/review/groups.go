package review

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

// groups are the plans of one input, grouped by query. Of more than limits.Plans, only
// the slowest plan of each of the most expensive queries is kept, so that memory does
// not grow with a log.
type groups struct {
	input int
	all   []readPlan // nil once there were too many
	of    map[string]*group
	read  int // plans
	lost  int // plans of queries that were forgotten
}

// group holds the plans of one query.
type group struct {
	key     string
	count   int
	totalMs float64
	worst   readPlan
}

func newGroups(input int) *groups { return &groups{input: input, of: map[string]*group{}} }

func (g *groups) add(p *plan.Plan) {
	g.read++
	rp := readPlan{Plan: p, input: g.input}
	key := g.keyOf(p)
	q := g.of[key]
	if q == nil {
		q = &group{key: key, worst: rp}
		g.of[key] = q
	}
	q.count++
	q.totalMs += execMs(p)
	if execMs(p) > execMs(q.worst.Plan) {
		q.worst = rp
	}
	if g.read <= limits.Plans {
		g.all = append(g.all, rp)
	} else {
		g.all = nil
	}
	if len(g.of) > 2*limits.Plans {
		for _, q := range g.sorted()[limits.Plans:] {
			delete(g.of, q.key)
			g.lost += q.count
		}
	}
}

// keyOf returns a key that plans of one query share. A plan without a query text has a
// key of its own.
func (g *groups) keyOf(p *plan.Plan) string {
	switch {
	case p.QueryID != "":
		return "id " + p.QueryID
	case !p.Query.Empty():
		return lex.Normalize(p.Query.Raw())
	}
	return fmt.Sprintf("plan %d", g.read)
}

// sorted returns the groups, the most expensive first.
func (g *groups) sorted() []*group {
	list := make([]*group, 0, len(g.of))
	for _, q := range g.of {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.totalMs, a.totalMs), cmp.Compare(a.worst.Line, b.worst.Line))
	})
	return list
}

// kept returns the plans to report in the order of the input. A plan is marked if a
// slower plan of the same query represents it.
func (g *groups) kept() []readPlan {
	worst := map[*plan.Plan]bool{}
	list := slices.Clone(g.all)
	for _, q := range g.of {
		worst[q.worst.Plan] = true
		if g.all == nil {
			list = append(list, q.worst)
		}
	}
	slices.SortStableFunc(list, func(a, b readPlan) int { return cmp.Compare(a.Line, b.Line) })
	for i := range list {
		list[i].repeats = !worst[list[i].Plan]
	}
	return list
}

// note returns a message about plans that were not kept; empty if all were kept.
func (g *groups) note() string {
	if g.read <= limits.Plans {
		return ""
	}
	s := fmt.Sprintf("%d plans read; the slowest plan of each query is reported", g.read)
	if g.lost > 0 {
		s += fmt.Sprintf("; %d plans of the fastest queries are not reported", g.lost)
	}
	return s
}

// loggedQuery is a query of a log with the totals of its plans.
type loggedQuery struct {
	text           redact.Text
	id             string
	count          int
	totalMs, worst float64
	plan           *plan.Plan
}

// repeated returns all queries if any of them has several plans; otherwise nothing.
func (g *groups) repeated() []loggedQuery {
	var list []loggedQuery
	several := false
	for _, q := range g.sorted() {
		p := q.worst.Plan
		several = several || q.count > 1
		list = append(list, loggedQuery{p.Query, p.QueryID, q.count, q.totalMs, execMs(p), p})
	}
	if !several {
		return nil
	}
	return list
}

func execMs(p *plan.Plan) float64 { return p.ExecMs().Or(0) }
