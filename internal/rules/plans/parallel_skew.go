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
	skewLost = rule.NewThreshold("lost", 0.3, "share", "of the execution, saved if all processes worked equally long")
)

var parallelSkew = rule.Rule{
	ID:     "parallel-skew",
	Title:  "One parallel process does most of the work",
	Sees:   "A parallel part in which one process had at least three times the rows of each other worker, and the others finished long before it. The per-worker figures are in JSON plans, and in text plans with VERBOSE.",
	Why:    "A parallel query takes as long as its slowest process. More workers do not shorten it.",
	Silent: "The processes took about as long, the query took less than 100 ms (a worker may just have started late), or there was a single worker besides the leader.",
	Fix:    "If one value has most of the rows (the largest customer, NULL), use a separate statement for it. If one partition does, use smaller partitions, or allow a parallel scan of that partition.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/how-parallel-query-works.html", "https://www.postgresql.org/docs/current/parallel-plans.html#PARALLEL-APPEND",
	},
	Thresholds: []*rule.Threshold{workersMs, skewRows, skewLost},
	Rank:       rule.RankRead - 1, // what makes the part slow says more
	On:         []string{"Gather", "Gather Merge"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) == 0 || n.Loops.Or(0) != 1 || n.Plan.ExecMs().Or(0) < workersMs.In(c) {
			return
		}
		launched := n.Number("Workers Launched").Or(0)
		took := sharesOf(n.Children[0], launched, workerMs)
		if took == nil {
			return
		}
		busiest := took.busiest()
		lost := n.Plan.CostOfMs(took[busiest] - took.mean())
		if lost.Share.Or(0) < skewLost.In(c) || !n.Plan.Significant(lost) {
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
		e.Number("average time of the processes", opt.Of(took.mean()), "ms", "plan")
		f := rule.Found{
			Cost: lost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title: redact.Sprintf("One of %s processes took %s (the average is %s) and returned %s of the %s rows of %s", figures.Count(float64(len(took))),
					figures.Ms(took[busiest]), figures.Ms(took.mean()), figures.Count(rows[busiest]), figures.Count(rows.sum()), skewed.Ref()),
				Detail:   redact.Sprintf("An even distribution would save %s (%s of the execution).", figures.Ms(lost.Ms.Or(0)), figures.Share(lost.Share.Or(0))),
				Question: redact.Plain("Can these rows be split?"),
				Settles:  redact.Plain("a count of the rows per value of the join column, or per partition"),
				Default:  redact.Plain("leave the query as it is"),
				Fix:      redact.Plain("Do not add workers. If one value has most of the rows, use a separate statement for it. If one partition does, use smaller partitions, or allow a parallel scan of that partition."),
			},
			Covered: []*plan.Node{n.Node, at}, // the Gather waits
		}
		f.Where.Node = opt.Some(at.ID)
		if at.Line > 0 {
			f.Where.Line = opt.Some(at.Line)
		}
		if scan := rule.CostliestScan(rule.Subtree(at)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}

// shares holds a figure of each process of a parallel part: the workers in their
// order, then the leader.
type shares []float64

func workerMs(w plan.Worker) float64 { return w.Ms.Or(0) * w.Loops.Or(0) }

func workerRows(w plan.Worker) float64 { return w.Rows.Or(0) * w.Loops.Or(0) }

// mostWorkers is the maximum of max_parallel_workers_per_gather.
const mostWorkers = 1024

// sharesOf returns the processes' shares of a node; nil if the plan lacks the
// per-worker figures. A worker that never ran the node is not printed at it.
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

// busiest returns the process with the largest share.
func (s shares) busiest() int {
	best := 0
	for i := range s {
		if s[i] > s[best] {
			best = i
		}
	}
	return best
}

// others returns the average share of the other workers; not ok if there is none. The
// leader is not compared: it gathers their rows.
func (s shares) others(than int) (mean float64, ok bool) {
	sum, count := 0.0, 0.0
	for i, v := range s[:len(s)-1] {
		if i != than {
			sum, count = sum+v, count+1
		}
	}
	return sum / max(count, 1), count > 0
}

// skewedAt returns the lowest node at which the busiest process had most of the rows
// and spent most of its time, and the rows of each; nil if there is none. Which
// process scans which member of an Append is left to chance.
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
