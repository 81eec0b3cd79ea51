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
// not grow with a log, and of those that a log holds only these are read.
type groups struct {
	input   int
	take    func(*plan.Plan) // is called once for each plan that is read
	first   []*plan.Found    // nil once there were too many
	all     []readPlan       // nil if there were too many
	of      map[string]*group
	count   int // plans
	unread  int // plans that were not read
	lost    int // plans of queries that were forgotten
	damaged int // plans of queries whose slowest one could not be read
}

// group holds the plans of one query.
type group struct {
	key     string
	count   int
	totalMs float64
	worstMs float64
	line    int // of the slowest plan
	worst   *plan.Plan
	unread  *plan.Found // the slowest plan, if it is not read yet
}

func newGroups(input int, take func(*plan.Plan)) *groups {
	return &groups{input: input, take: take, of: map[string]*group{}}
}

func (g *groups) add(f *plan.Found) {
	if g.count == 0 && len(g.first) < limits.Plans {
		f.Keep()
		g.first = append(g.first, f)
		return
	}
	for _, f := range g.first {
		g.put(f)
	}
	g.first = nil
	g.put(f)
}

// put adds a plan to its group. If it is not read, that is left for the end.
func (g *groups) put(f *plan.Found) {
	if !f.IsRead() {
		g.count++
		g.unread++
		g.group(&group{key: g.keyOf(f.QueryID, f.Query), worstMs: f.Ms.Or(0), line: f.Line, unread: f})
		return
	}
	for _, p := range f.Plans() {
		g.count++
		g.take(p)
		g.group(&group{key: g.keyOf(p.QueryID, p.Query.Raw()), worstMs: execMs(p), line: p.Line, worst: p})
	}
}

// group adds one plan, a group of its own, to that of its query.
func (g *groups) group(one *group) {
	q := g.of[one.key]
	switch {
	case q == nil:
		q = one
		g.of[one.key] = q
	case one.worstMs > q.worstMs:
		q.worstMs, q.line, q.worst, q.unread = one.worstMs, one.line, one.worst, one.unread
	}
	if q.unread != nil && q.unread == one.unread {
		q.unread.Keep()
	}
	q.count++
	q.totalMs += one.worstMs
	if len(g.of) > 2*limits.Plans { // many at a time
		g.forget()
	}
}

// forget keeps the most expensive queries.
func (g *groups) forget() {
	list := g.sorted()
	for _, q := range list[min(limits.Plans, len(list)):] {
		delete(g.of, q.key)
		g.lost += q.count
	}
}

// end reads the plans that are reported and were left, on all processors.
func (g *groups) end() {
	readAll(g.first)
	for _, f := range g.first {
		g.put(f)
		for _, p := range f.Plans() {
			g.all = append(g.all, readPlan{Plan: p, input: g.input})
		}
	}
	if g.count > limits.Plans {
		g.all = nil // entries with several plans
	}
	g.forget()
	left := slices.DeleteFunc(g.sorted(), func(q *group) bool { return q.unread == nil })
	slices.SortFunc(left, func(a, b *group) int { return cmp.Compare(a.line, b.line) })
	founds := make([]*plan.Found, len(left))
	for i, q := range left {
		founds[i] = q.unread
	}
	readAll(founds)
	for _, q := range left {
		plans := q.unread.Plans()
		if q.unread = nil; len(plans) == 0 {
			delete(g.of, q.key)
			g.damaged += q.count
			continue
		}
		g.unread--
		g.take(plans[0])
		q.worst, q.line = plans[0], plans[0].Line
	}
}

func readAll(list []*plan.Found) { each(len(list), func(i int) { list[i].Plans() }) }

// keyOf returns a key that plans of one query share. A plan without a query text has a
// key of its own.
func (g *groups) keyOf(id, query string) string {
	switch {
	case id != "":
		return "id " + id
	case query != "":
		return lex.Normalize(query)
	}
	return fmt.Sprintf("plan %d", g.count)
}

// sorted returns the groups, the most expensive first.
func (g *groups) sorted() []*group {
	list := make([]*group, 0, len(g.of))
	for _, q := range g.of {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.totalMs, a.totalMs), cmp.Compare(a.line, b.line))
	})
	return list
}

// kept returns the plans to report in the order of the input. A plan is marked if a
// slower plan of the same query represents it.
func (g *groups) kept() []readPlan {
	worst := map[*plan.Plan]bool{}
	list := slices.Clone(g.all)
	for _, q := range g.of {
		worst[q.worst] = true
		if g.all == nil {
			list = append(list, readPlan{Plan: q.worst, input: g.input})
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
	if g.count <= limits.Plans {
		return ""
	}
	s := fmt.Sprintf("%d plans read; the slowest plan of each query is reported", g.count)
	if g.unread > 0 {
		s = fmt.Sprintf("%d plans found; only the slowest plan of each query was read and is reported", g.count)
	}
	if g.lost > 0 {
		s += fmt.Sprintf("; %d plans of the fastest queries are not reported", g.lost)
	}
	if g.damaged > 0 {
		s += fmt.Sprintf("; %d plans are not reported, because the slowest one of their query could not be read", g.damaged)
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
		p := q.worst
		several = several || q.count > 1
		list = append(list, loggedQuery{p.Query, p.QueryID, q.count, q.totalMs, q.worstMs, p})
	}
	if !several {
		return nil
	}
	return list
}

func execMs(p *plan.Plan) float64 { return p.ExecMs().Or(0) }
