package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

const (
	severalPlans = 3  // from so many on, a list of the plans comes before any tree
	listedPlans  = 10 // the number of plans in that list
)

// planList lists the slowest plans, or the most expensive queries of a log, with the
// node that takes most of the time and the finding on it. A report of few plans has no
// such list. width is for the texts of queries.
func (r *Report) planList(width int) (l list, ok bool) {
	switch {
	case len(r.Queries) > 0:
		l = list{title: "queries", note: r.loggedTitle(), head: loggedHead, right: loggedRight}
		for i, cells := range r.loggedRows(width, func(s string) string { return s }) {
			worst, last := r.Queries[i].Worst, len(cells)-1
			row := []item{}
			for _, c := range cells[:last] {
				row = append(row, word(c))
			}
			l.rows = append(l.rows, append(row, name(r.culprit(worst)), name(r.worstOf(worst)), name(cells[last])))
		}
	case len(r.Plans) >= severalPlans:
		order := r.slowestFirst()
		l = list{title: "plans", note: figures.Plural(len(r.Plans), "plan"), head: []string{"", "time", "query"}, right: columns(1)}
		if len(r.Plans) > listedPlans {
			l.note += fmt.Sprintf(", the %d slowest", listedPlans)
		}
		for _, i := range order[:min(len(order), listedPlans)] {
			text := r.Plans[i].Query
			if text == "" {
				text = r.Inputs[r.Plans[i].Input].Path
			}
			l.rows = append(l.rows, []item{word(fmt.Sprintf("plan %d", i+1)), figure(r.Plans[i].ExecutionMs, figures.Ms), name(r.culprit(i)), name(r.worstOf(i)), name(oneLine(text, width))})
		}
	default:
		return l, false
	}
	last := len(l.head) - 1
	l.head = slices.Concat(l.head[:last], []string{"most time in", "finding"}, l.head[last:])
	return l, true
}

// slowestFirst returns the positions of the plans, the slowest or else the costliest first.
func (r *Report) slowestFirst() []int {
	order := make([]int, len(r.Plans))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		p, q := &r.Plans[a], &r.Plans[b]
		return cmp.Or(cmp.Compare(q.ExecutionMs.Or(0), p.ExecutionMs.Or(0)), cmp.Compare(q.RootCost.Or(0), p.RootCost.Or(0)))
	})
	return order
}

// culprit is the node of a plan that takes most of its time; empty if the plan has no
// times, or if it may be one whose time is unknown.
func (r *Report) culprit(plan int) string {
	worst, most := 0, 0.0
	told, unknown := 0.0, false
	p := &r.Plans[plan]
	p.each(func(i int, n *Node) {
		if n.SelfShare.Or(0) > most {
			worst, most = i, n.SelfShare.Or(0)
		}
		told, unknown = told+n.SelfShare.Or(0), unknown || !n.SelfShare.Known()
	})
	if most <= 0 || unknown && most < 1-told {
		return ""
	}
	const longest = 50
	n := p.described(p.at(worst))
	return fmt.Sprintf("#%d %s (%s)", n.ID, oneLine(n.Label, longest), figures.Share(most))
}

// worstOf names the gravest finding on a plan; empty if there is none.
func (r *Report) worstOf(plan int) string {
	worst := -1
	for i, f := range r.Findings {
		if f.Where.Plan == opt.Some(plan) && (worst < 0 || f.Severity > r.Findings[worst].Severity) {
			worst = i
		}
	}
	if worst < 0 {
		return ""
	}
	return r.Findings[worst].ID + " " + r.Findings[worst].Rule
}
