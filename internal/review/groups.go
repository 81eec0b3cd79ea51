package review

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// keptPlans is how many plans of one input are kept whole. Of a longer log
// the worst plan of each query is, and of the queries the costliest: memory
// does not grow with the log.
const keptPlans = 1000

// groups are the plans of one input by their query, as a log has them.
type groups struct {
	input int
	all   []readPlan // nil once there were too many
	of    map[string]*group
	read  int // plans
	lost  int // plans of queries that were forgotten
}

// group is the plans of one query.
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
	if g.read <= keptPlans {
		g.all = append(g.all, rp)
	} else {
		g.all = nil
	}
	if len(g.of) > 2*keptPlans {
		for _, q := range g.sorted()[keptPlans:] {
			delete(g.of, q.key)
			g.lost += q.count
		}
	}
}

// keyOf is what plans of one query have in common. A plan without a query
// stands for itself.
func (g *groups) keyOf(p *plan.Plan) string {
	switch {
	case p.QueryID != "":
		return "id " + p.QueryID
	case !p.Query.Empty():
		return sql.Normalize(p.Query.Raw())
	}
	return fmt.Sprintf("plan %d", g.read)
}

// sorted are the groups, the costliest first.
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

// kept are the plans to report, in the order of the input, those marked that
// a worse one of the same query stands for.
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

// note says what was not kept; empty if everything was.
func (g *groups) note() string {
	if g.read <= keptPlans {
		return ""
	}
	s := fmt.Sprintf("%d plans read; the slowest plan of each query is reported", g.read)
	if g.lost > 0 {
		s += fmt.Sprintf("; %d plans of the fastest queries are not reported", g.lost)
	}
	return s
}

// loggedQuery is a query of a log with what its plans come to.
type loggedQuery struct {
	text           redact.Text
	id             string
	count          int
	totalMs, worst float64
	plan           *plan.Plan
}

// repeated are the queries of which there are several plans, and the others
// beside them; nothing where each query has one.
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

func execMs(p *plan.Plan) float64 { return p.ExecutionMs.Or(p.Root.TotalMs.Or(0)) }
