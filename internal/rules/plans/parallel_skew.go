package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	skewRows = rule.NewThreshold("times", 3, "times", "the rows of the other workers on average: less evens out")
	skewLost = rule.NewThreshold("lost", 0.3, "share", "of the execution, that would go if all processes worked as long")
)

var parallelSkew = rule.Rule{
	ID:     "parallel-skew",
	Title:  "One process does the work of all workers",
	Sees:   "A parallel part in which one process had three times the rows of each other worker, or more, and the others were done long before it (the workers' own figures stand in JSON, and in text under VERBOSE).",
	Why:    "A parallel query takes as long as its last process. More workers do not shorten it.",
	Silent: "The processes took about as long; a query of less than 100 ms, in which a worker may just have come late; figures of a single worker, beside which the leader gathers.",
	Fix:    "Where one value carries the rows (the largest customer, NULL): a statement of its own for it. Where one partition does: smaller partitions, or none that forbids parallel scans.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/how-parallel-query-works.html", "https://www.postgresql.org/docs/current/parallel-plans.html#PARALLEL-APPEND",
	},
	Thresholds: []*rule.Threshold{workersMs, skewRows, skewLost},
	Rank:       rule.RankRead - 1, // what makes the part slow says more
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Gather", "Gather Merge") || len(n.Children) == 0 || n.Loops.Or(0) != 1 || n.Plan.ExecMs().Or(0) < workersMs.In(c) {
			return
		}
		launched := n.Number("Workers Launched").Or(0)
		took := sharesOf(n.Children[0], launched, workerMs)
		if took == nil {
			return
		}
		busiest := took.busiest()
		lost := n.Plan.CostOfMs(took[busiest] - took.mean())
		if lost.Share.Or(0) < skewLost.In(c) || !n.Plan.Material(lost) {
			return
		}
		at, rows := skewedAt(c, n.Children[0], launched, busiest, took[busiest])
		if at == nil {
			return
		}
		others, _ := rows.others(busiest)
		skewed := n.Plan.Node(at)
		e := rule.OfNode(skewed)
		e.Number("rows of the busiest process", opt.Of(rows[busiest]), "rows", "plan")
		e.Number("rows of each other worker", opt.Of(others), "rows", "plan")
		e.Number("time of the busiest process", opt.Of(took[busiest]), "ms", "plan")
		e.Number("time of the processes, on average", opt.Of(took.mean()), "ms", "plan")
		f := rule.Found{
			Cost: lost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title: redact.Sprintf("One of %s processes took %s, all of them %s on average: it made %s of the %s rows of %s", figures.Count(float64(len(took))),
					figures.Ms(took[busiest]), figures.Ms(took.mean()), figures.Count(rows[busiest]), figures.Count(rows.sum()), skewed.Ref()),
				Detail: redact.Sprintf("Shared out evenly, %s would be spared. Judgment needed: whether these rows can be taken apart. "+
					"A count of the rows by the join's column, or by partition, shows what carries them; without it, leave the query.", lost.Took()),
				Fix: redact.Plain("No more workers. Where one value carries the rows, a statement of its own for it; where one partition does, smaller ones, or one that may be scanned in parallel."),
			},
			Covered: []*plan.Node{n.Node, at}, // the Gather waits
		}
		f.Where.Node = opt.Of(at.ID)
		if at.Line > 0 {
			f.Where.Line = opt.Of(at.Line)
		}
		if scan := rule.CostliestScan(rule.Subtree(at)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}

// shares are what each process of a parallel part had of a figure: the workers
// in their order, then the leader.
type shares []float64

func workerMs(w plan.Worker) float64 { return w.Ms.Or(0) * w.Loops.Or(0) }

func workerRows(w plan.Worker) float64 { return w.Rows.Or(0) * w.Loops.Or(0) }

// mostWorkers is what max_parallel_workers_per_gather allows.
const mostWorkers = 1024

// sharesOf are the processes' shares of a node; nil where the workers' own
// figures are not there. A worker that never came to the node is not printed
// at it.
func sharesOf(n *plan.Node, launched float64, figure func(plan.Worker) float64) shares {
	if len(n.Workers) == 0 || launched > mostWorkers {
		return nil
	}
	s := make(shares, int(launched)+1)
	leader := figure(plan.Worker{Loops: n.Loops, Rows: n.Rows, Ms: n.Ms})
	for _, w := range n.Workers {
		if w.ID >= int(launched) || !w.Loops.Known() {
			return nil
		}
		s[w.ID] = figure(w)
		leader -= figure(w)
	}
	s[len(s)-1] = max(leader, 0)
	return s
}

func (s shares) sum() float64 {
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum
}

func (s shares) mean() float64 { return s.sum() / float64(len(s)) }

// busiest is the process with the largest share.
func (s shares) busiest() int {
	best := 0
	for i := range s {
		if s[i] > s[best] {
			best = i
		}
	}
	return best
}

// others is the share of each other worker, on average: the leader, which
// gathers what they make, is not compared. It is not ok where there is none.
func (s shares) others(than int) (mean float64, ok bool) {
	sum, count := 0.0, 0.0
	for i, v := range s[:len(s)-1] {
		if i != than {
			sum, count = sum+v, count+1
		}
	}
	return sum / max(count, 1), count > 0
}

// skewedAt is the lowest node at which the busiest process had most of the rows
// and spent most of its time, and the rows of each; nil if there is none. Who
// takes which member of an Append is left to chance.
func skewedAt(c *rule.Case, n *plan.Node, launched float64, busiest int, ms float64) (at *plan.Node, rows shares) {
	if took := sharesOf(n, launched, workerMs); took == nil || took[busiest] < ms/2 {
		return nil, nil
	}
	if !n.Is("Append") {
		for _, child := range n.Children {
			if at, rows := skewedAt(c, child, launched, busiest, ms); at != nil {
				return at, rows
			}
		}
	}
	rows = sharesOf(n, launched, workerRows)
	if others, ok := rows.others(busiest); !ok || rows[busiest] < skewRows.In(c)*max(others, 1) {
		return nil, nil
	}
	return n, rows
}
