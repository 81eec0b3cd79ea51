package rule

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// The guards apply to every plan rule. They prevent most false alarms.
var (
	SmallPages   = NewThreshold("small_table_pages", 100, "pages", "a cached table below 800 kB is scanned in less than 1 ms")
	smallRows    = NewThreshold("small_table_rows", 1_000, "rows", "an index does not make reading so few rows faster")
	smallScanned = NewThreshold("small_table_scanned", 100_000, "rows", "many scans of a small table add up")

	significantShare = NewThreshold("significant_share", 0.05, "share", "10% of the time deserves attention; half of that allows for a cause that is spread over several nodes")
	significantMs    = NewThreshold("significant_ms", 1, "ms", "there is nothing to gain below 1 ms")
	SignificantDayMs = NewThreshold("significant_per_day", 10_000, "ms", "10 s per day deserve attention, however fast each call is")
	significantPages = NewThreshold("significant_blocks", 100, "blocks", "replaces 1 ms if the plan has no times")
)

// Guards are the thresholds that all rules on plans share.
var Guards = []*Threshold{SmallPages, smallRows, smallScanned, significantShare, significantMs, SignificantDayMs, significantPages}

// Small reports whether the node's table is too small for an index to matter.
func (n *Node) Small() bool {
	if n.ScannedTotal().Or(0) >= smallScanned.In(n.Plan.Case) {
		return false
	}
	return n.TablePages().Or(math.Inf(1)) < SmallPages.In(n.Plan.Case) || n.TableRows().Or(math.Inf(1)) < smallRows.In(n.Plan.Case)
}

// Catalog reports whether the relation is a system catalog or TOAST table, where no
// index is added.
func (n *Node) Catalog() bool {
	s := n.Schema
	if t := n.Table(); t != nil {
		s = t.Schema
	}
	return s == "pg_catalog" || s == "information_schema" || strings.HasPrefix(s, "pg_toast") ||
		s == "" && strings.HasPrefix(n.Relation, "pg_")
}

// Cost is what the nodes of a finding cost in one execution.
type Cost struct {
	Ms     opt.Float // self time of the nodes
	Share  opt.Float // of the execution
	blocks opt.Float // self blocks, if there are no times
	PerDay opt.Float // ms per day, if the workload shows how often it runs
	total  opt.Float // share of total execution time

	estimate opt.Float // share of the estimated cost, of a plan without times and blocks
}

// CostOf returns the total cost of the nodes that a cause affects.
func (p *Plan) CostOf(nodes ...*plan.Node) Cost {
	var c Cost
	ms, blocks, timed, counted := 0.0, 0.0, false, true
	for _, n := range nodes {
		v, ok := n.SelfMs.Get()
		ms, timed = ms+v, timed || ok // where one has no time it is in its parent's
		b, ok := n.SelfBlocks().Get()
		blocks, counted = blocks+b, counted && ok
	}
	if timed {
		// Times of many loops are rounded, so that their sum can exceed the whole.
		c = p.CostOfMs(min(ms, p.ExecMs().Or(ms)))
	} else if all, ok := p.ExecMs().Get(); ok && p.allWork(nodes) {
		c = p.CostOfMs(all) // without times per node
	}
	if counted {
		c.blocks = opt.Of(blocks)
	}
	if a := p.Account(); a.Unit == account.Cost {
		own := 0.0
		for _, n := range nodes {
			own += a.Use(n).Own.Or(0)
		}
		c.estimate = opt.Of(a.Share(own))
	}
	return c
}

// allWork reports whether nodes are all that worked.
func (p *Plan) allWork(nodes []*plan.Node) bool {
	all := worked.Of(p)
	if len(all) == 0 || len(nodes) < len(all) { // most findings are about few nodes
		return false
	}
	in := map[*plan.Node]bool{}
	for _, n := range nodes {
		in[n] = true
	}
	return !slices.ContainsFunc(all, func(n *plan.Node) bool { return !in[n] })
}

// worked are the nodes of a plan that did work: LIMITs do none. Of a plan that is not whole
// they are unknown.
var worked = Derive(func(p *Plan) (nodes []*plan.Node) {
	if p.Cut() != "" || p.Gaps > 0 {
		return nil
	}
	for n := range p.Nodes() {
		if n.Type != "Limit" && n.Executed() {
			nodes = append(nodes, n)
		}
	}
	return nodes
})

// CostOfMs returns the cost of a time, which may be spent outside the nodes.
func (p *Plan) CostOfMs(ms float64) Cost {
	c := Cost{Ms: opt.Of(ms)}
	if exec, ok := p.ExecMs().Get(); ok && exec > 0 {
		c.Share = opt.Of(math.Min(ms/exec, 1))
	}
	if p.Statement == nil || p.Case.Snapshot == nil {
		return c
	}
	if calls, ok := p.Case.CallsPerDay(p.Statement).Get(); ok {
		c.PerDay = opt.Of(ms * calls)
	}
	// Of the statement's own time the nodes have the share they have here.
	if sum := p.Case.TotalMs(); sum > 0 && c.Share.Known() {
		c.total = opt.Map(p.Statement.TotalMs, func(t float64) float64 { return t * c.Share.Or(0) / sum })
	}
	return c
}

// Significant reports whether a cost is significant.
func (p *Plan) Significant(c Cost) bool {
	if c.PerDay.Or(0) >= SignificantDayMs.In(p.Case) {
		return true
	}
	if !p.Analyzed {
		return c.estimate.Or(1) >= significantShare.In(p.Case)
	}
	if ms, ok := c.Ms.Get(); ok {
		whole := p.ExecMs().Or(0) + p.PlanningMs.Or(0)
		return ms >= significantMs.In(p.Case) && c.Share.Or(1) >= significantShare.In(p.Case) && ms >= significantShare.In(p.Case)*whole
	}
	root := p.Root.Buffers
	all := root.SharedHit.Or(0) + root.SharedRead.Or(0)
	b, ok := c.blocks.Get()
	if !ok { // neither times nor blocks: TIMING and BUFFERS were off
		return c.estimate.Or(0) >= significantShare.In(p.Case)
	}
	return b >= significantPages.In(p.Case) && b >= significantShare.In(p.Case)*all
}

// Sargable reports whether an index of some kind could serve any of the conditions.
func Sargable(conds []sql.Cond) bool {
	for _, c := range conds {
		if c.Sargable() || Excludes(c) || c.Op == sql.Contains && c.Left.Name != "" || c.Op == sql.Like && c.Left.Name != "" {
			return true
		}
	}
	return false
}

// IndexFindsFewRows reports whether an index on a column would find few rows by one of the
// filter's conditions. Tests for NULL, booleans and <> do not count: most rows match.
// Nor does a range open on one side, beside an equality on an expression.
// It reports false if the planner's estimate shows that the index is hardly cheaper.
func (n *Node) IndexFindsFewRows() bool {
	conds := n.Filter()
	for _, c := range conds {
		switch c.Op {
		case sql.IsNull, sql.NotNull, sql.IsTrue, sql.IsFalse, sql.Ne:
			continue
		case sql.Range:
			if openRange(conds, c) && slices.ContainsFunc(conds, equalsExpression) {
				continue
			}
		}
		if Sargable([]sql.Cond{c}) {
			p := n.Proposal()
			return p.Serving != nil || !p.Right()
		}
	}
	return false
}

// openRange reports whether a range is the only one on its column.
func openRange(conds []sql.Cond, c sql.Cond) bool {
	bounds := 0
	for _, other := range conds {
		if other.Op == sql.Range && other.Left == c.Left {
			bounds++
		}
	}
	return bounds == 1 && !strings.Contains(strings.ToUpper(c.Operator), "BETWEEN")
}

// equalsExpression reports whether a condition compares an expression of columns with
// one value.
func equalsExpression(c sql.Cond) bool {
	return c.Op == sql.Eq && c.Left.Name == "" && len(c.ExprColumns) > 0 && c.Value < sql.Runtime && c.Value != sql.NoValue
}

// Excludes reports whether a condition matches all rows except those with one value.
// A partial index serves it if few rows match.
func Excludes(c sql.Cond) bool {
	return c.Op == sql.Ne && c.Left.Name != "" && c.Value == sql.Const
}
