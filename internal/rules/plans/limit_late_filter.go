package plans

import (
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	lateDiscard = rule.NewThreshold("discard", 0.9, "share", "below this, every few rows one matches")
	lateRemoved = rule.NewThreshold("removed", 1_000, "rows", "removing fewer rows takes almost no time")
	lateScanned = rule.NewThreshold("short_walk", 10_000, "rows", "reading fewer rows in less than 10 ms is what the planner expected")
	lateWalk    = rule.NewThreshold("cost_of_walk", 10_000, "cost", "of the whole index scan in a plan without ANALYZE: a scan this long takes at least 0.1 s")
	lateLong    = rule.NewThreshold("long_walk", 100_000, "cost", "of the whole index scan: it takes seconds, so that the finding is medium")
	lateUntil   = rule.NewThreshold("cost_until", 50, "cost", "up to the LIMIT, as the planner estimates: below this, matches are frequent")
	lateUnseen  = rule.NewThreshold("walk_per_cost", 20, "times", "the estimated cost up to the LIMIT: the cost then depends on where the rows are")
)

var limitLateFilter = rule.Rule{
	ID:     "limit-late-filter",
	Title:  "ORDER BY with LIMIT uses the wrong index",
	Sees:   "A LIMIT over an index scan that returns the order, also through joins, groups and partitions, where the filter of the scan or of a join removes most rows before enough are found. In a plan without ANALYZE: an index scan whose estimate assumes that the LIMIT stops it within 1%.",
	Why:    "The planner assumes that matching rows are spread evenly and found early. If they are rare, or all at the far end, the scan reads most of the index.",
	Silent: "The scan was short, or the filter keeps at least one row in ten.",
	Fix:    "Create an index on the filter's equality columns followed by the ORDER BY columns. Such an index serves both.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{lateDiscard, lateRemoved, lateScanned, lateWalk, lateLong, lateUntil, lateUnseen},
	Estimates:  true,
	Rank:       rule.RankLimit,
	Forms:      []*rewrite.Rewrite{rewrite.RowComparison, rewrite.DateRange},
	On:         []string{"Index Scan", "Index Only Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		w, ok := walkOf(n)
		if !ok || !w.ordered || n.Catalog() {
			return
		}
		f, ok := rule.Found{}, false
		switch low, _, _ := n.Discard(); {
		case !n.Plan.Analyzed:
			f, ok = mayWalk(c, w)
		case low >= lateDiscard.In(c):
			f, ok = removesLate(c, w, low)
		default:
			f, ok = joinsLate(c, w)
		}
		if ok {
			found(f)
		}
	},
}

// removesLate is the finding on a walk whose own filter removes the rows.
func removesLate(c *rule.Case, w walk, low float64) (rule.Found, bool) {
	s := w.scan
	cost := s.Plan.CostOf(s.Node)
	if s.RemovedTotal().Or(0) < lateRemoved.In(c) || !s.Plan.Significant(cost) || s.ScannedTotal().Or(0) < lateScanned.In(c) && cost.Ms.Or(0) < 10 {
		return rule.Found{}, false
	}
	e := rule.OfNode(s)
	e.Text("Filter", s.Text("Filter"), "plan")
	e.Text("Index Cond", s.Text("Index Cond"), "plan")
	e.Number("rows scanned", s.ScannedTotal(), "rows", "plan")
	e.Number("blocks", s.SelfBlocks(), "blocks", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: s.Plan.Severity(cost), Evidence: e,
			Title:    redact.Sprintf("%s reads %s rows in index order and finds %s for %s", s.Ref(), figures.Count(s.ScannedTotal().Or(0)), figures.Count(s.RowsTotal.Or(0)), w.stop.Ref()),
			Detail:   redact.Sprintf("The scan %s. Its filter removes %s of the rows.", cost.Took(), figures.Share(low)),
			Fix:      redact.Plain("Create an index on the filter columns followed by the ORDER BY columns."),
			ImpactMs: opt.Map(cost.Ms, func(ms float64) float64 { return ms * low }),
			Where:    finding.Where{Relation: s.RelationName()},
		},
		Covered: []*plan.Node{w.stop.Node, s.Node},
		Walked:  s.Node,
	}
	if generic(s.Plan) {
		f.First = redact.Plain("The plan is generic: it has parameters in place of values. Test SET plan_cache_mode = force_custom_plan first, which plans for the values.")
	}
	behind, paged := keysetOf(s.Filter())
	if paged && len(s.Filter()) == 1 {
		f.Detail = redact.Append(f.Detail, "The rows removed are those of the pages before: an index is not searched by a condition with OR.")
		f.Fix = redact.Plain(behind.fix(w))
		return f, true
	}
	if p, assumed, ok := inWalkedOrder(c, w); ok && (p.Serving != nil || narrows(s, p.Index)) {
		if p.Serving != nil {
			f.Detail = redact.Append(f.Detail, "The index %s serves both the filter and the order, but the plan does not use it.", p.Serving.QName())
			f.Fix = redact.Sprintf("Do not create another index. %s", whyNotUsed(s, p))
			f.Remedies = []rule.Remedy{rule.Exists(p.Serving)}
			return f, true
		}
		f.Fix = redact.Text{}
		if assumed {
			f.Detail = redact.Append(f.Detail, "The order is assumed from the name of %s: check its columns (\\d %s).", s.Index, s.Relation)
		}
		sayUnsure(&f, p)
		askOperator(&f, s, p)
		if paged {
			f.Fix = redact.Append(f.Fix, "%s", behind.fix(w))
		}
		f.Remedies = []rule.Remedy{{Create: &p}}
		return f, true
	}
	if p := s.Proposal(); p.Index != nil && rule.Sargable(s.Filter()) && narrows(s, p.Index) {
		p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
		f.Fix = redact.Plain("If the planner still reads in index order afterwards, add the ORDER BY columns behind those of the filter: the plan does not show them.")
		sayUnsure(&f, p)
		askOperator(&f, s, p)
		f.Remedies = []rule.Remedy{{Create: &p}}
	}
	for _, cond := range s.Filter() {
		if looked := branches(s, cond); len(looked) > 0 && len(f.Remedies) == 0 {
			branchIndexes(&f, s, looked)
			f.Together = true
			f.Fix = redact.Append(f.Fix, "If the planner still reads in index order, find the rows first: WITH found AS MATERIALIZED (...), then sort them and apply the LIMIT.")
			return f, true
		}
	}
	if len(f.Remedies) > 0 || rule.Sargable(s.Filter()) {
		return f, true
	}
	for _, cond := range s.Filter() {
		if byPattern(cond) && cond.Op == sql.LikeAny {
			byTrigram(&f, s, cond)
			return f, true
		}
		if onExpr(cond) && byFunction(cond) {
			e := rule.Evidence(f.Evidence)
			bareInstead(&f, &e, s, cond)
			f.Evidence = e
			return f, true
		}
	}
	f.Detail = redact.Append(f.Detail, "No B-tree finds the rows of the filter (an OR, a subquery, a function).")
	f.Fix = redact.Plain("Rewrite the filter so that an index finds its rows.")
	or := slices.ContainsFunc(s.Filter(), func(c sql.Cond) bool { return c.Op == sql.Or })
	subquery := slices.ContainsFunc(s.Children, func(n *plan.Node) bool { return n.Relationship == "SubPlan" })
	if or {
		f.Fix = redact.Append(f.Fix, "For the OR, write one SELECT per branch, each with the ORDER BY and the LIMIT, and combine them with UNION in a subquery that has the same ORDER BY and LIMIT around it.")
	}
	if subquery {
		f.Fix = redact.Append(f.Fix, "Join the rows of the subquery.")
	}
	if !or && !subquery {
		f.Fix = redact.Append(f.Fix, "For geometry, ranges, arrays or JSON, create a GiST or GIN index.")
	}
	return f, true
}

// askOperator puts the question that decides an index which leaves out a condition that no
// B-tree serves, if that condition may be the one that removes the rows.
func askOperator(f *rule.Found, s *rule.Node, p rule.Proposal) {
	for _, c := range s.Filter() {
		left := c.Left.Name
		if left == "" && len(c.ExprColumns) > 0 {
			left = c.ExprColumns[0].Name
		}
		if c.Op != sql.Contains && c.Op != sql.LikeAny || !slices.Contains(p.Unsure, left) {
			continue
		}
		f.Tag, f.ImpactMs = finding.Concern, opt.Float{}
		f.Decide("Do few rows match without the condition on "+left+"?", "a count of the rows with and without that condition", "create no B-tree: it reads every row that the other conditions leave")
		f.Fix = redact.Append(f.Fix, "Otherwise the condition on %s needs an index: GIN on (%[1]s), with gin_trgm_ops for a part of a text, which finds the rows before they are sorted.", lex.QuoteIdent(left))
		return
	}
}

// parameter matches a parameter in a condition.
var parameter = regexp.MustCompile(`\$\d+`)

// generic reports whether a plan was made for any values of its parameters: it names
// some that are not results of an InitPlan.
func generic(p *rule.Plan) bool {
	results := map[string]bool{}
	for n := range p.Nodes() {
		for _, name := range parameter.FindAllString(n.SubplanName, -1) {
			results[name] = true
		}
	}
	for n := range p.Nodes() {
		for _, property := range [...]string{"Index Cond", "Filter", "Recheck Cond"} {
			for _, name := range parameter.FindAllString(n.Text(property).Raw(), -1) {
				if !results[name] {
					return true
				}
			}
		}
	}
	return false
}

// narrows reports whether an index has the column of a condition of the scan's filter
// that may remove most rows. Flags, tests for NULL and <> usually do not.
func narrows(s *rule.Node, ix *indexadvisor.Index) bool {
	if ix.Method != "btree" || !ix.Where.Empty() {
		return true
	}
	has := func(column string) bool {
		return slices.ContainsFunc(ix.Keys, func(k workload.IndexKey) bool { return k.Column == column })
	}
	narrow, weak := false, false
	rule.EachCond(s.Filter(), func(c sql.Cond) {
		switch c.Op {
		case sql.IsNull, sql.NotNull, sql.IsTrue, sql.IsFalse, sql.NotTrue, sql.NotFalse, sql.Ne:
			weak = weak || has(c.Left.Name)
		case sql.Eq, sql.In, sql.Range, sql.Like:
			narrow = narrow || c.Left.Name != "" && has(c.Left.Name)
		}
	})
	return narrow || weak && !slices.ContainsFunc(s.Filter(), func(c sql.Cond) bool { return c.Op == sql.Or })
}

// joinsLate is the finding on a walk whose rows are removed above it, by a join or by a
// condition on another table.
func joinsLate(c *rule.Case, w walk) (rule.Found, bool) {
	s := w.scan
	covers := append([]*plan.Node{s.Node}, w.between...)
	cost := s.Plan.CostOf(covers...)
	read, kept := s.RowsTotal.Or(0), w.reach
	if len(w.between) == 0 || read < lateRemoved.In(c) || kept > (1-lateDiscard.In(c))*read || !s.Plan.Significant(cost) || read < lateScanned.In(c) && cost.Ms.Or(0) < 10 {
		return rule.Found{}, false
	}
	by := w.remover()
	if by.Is("Aggregate", "Group") && by.Has("Filter") {
		return rule.Found{}, false // a HAVING: its groups cannot be found first
	}
	e := rule.OfNode(s)
	e.Number("rows read in order", s.RowsTotal, "rows", "plan")
	e.Number("rows that reach the LIMIT", opt.Of(w.reach), "rows", "plan")
	at := s.Plan.Node(by).Ref()
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: s.Plan.Severity(cost), Evidence: e,
			Title:    redact.Sprintf("%s reads %s rows in index order, of which %s reach %s", s.Ref(), figures.Count(read), figures.Count(kept), w.stop.Ref()),
			Detail:   redact.Sprintf("The scan and the joins above it %s. The other rows are removed at %s.", cost.Took(), at),
			Fix:      redact.Sprintf("Find the rows by the condition at %s first (WITH found AS MATERIALIZED ...), then sort them and apply the LIMIT.", at),
			ImpactMs: opt.Map(cost.Ms, func(ms float64) float64 { return ms * (1 - kept/read) }),
			Where:    finding.Where{Relation: s.RelationName()},
		},
		Covered: append(covers, w.stop.Node),
		Walked:  s.Node,
	}
	joins := []*plan.Node{by}
	if by.Type == "Nested Loop" && len(by.Children) > 0 {
		joins = append(joins, rule.Subtree(by.Children[len(by.Children)-1])...)
	}
	compared := slices.ContainsFunc(joins, func(j *plan.Node) bool { return len(conditions.OfJoin(j, s.Node)) > 0 })
	p := c.Advisor.ForScan(s.Node, joins...)
	if matching := s.PlanRows.Or(0) * kept / read; matching < read {
		f.Forms = []*rewrite.Rewrite{rewrite.FoundFirst}
		switch {
		case !compared:
		case p.Serving != nil:
			f.Index = redact.Sprintf("The index %s then finds them.", p.Serving.QName())
		case p.Index != nil:
			inForm(&f, p.Index)
		}
	} else if p.Index != nil && compared { // to find all that match may take longer than the walk
		p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
		f.Fix = redact.Sprintf("With this index the rows can be found from %s, if few match there, and are then sorted. If the planner still reads in index order, find them first: WITH found AS MATERIALIZED (...).", at)
		f.Remedies = []rule.Remedy{{Create: &p}}
	}
	return f, true
}

// inWalkedOrder returns the index that serves both the filter and the order of a walk.
// Its costs are left out: the estimate of a scan that is stopped early is what was
// wrong.
func inWalkedOrder(c *rule.Case, w walk) (p rule.Proposal, assumed, ok bool) {
	order, assumed := w.order()
	if len(order) == 0 {
		return p, false, false
	}
	p = c.Advisor.ForScanInOrder(w.scan.Node, conditions.IndexKeys(order))
	if p.Serving == nil && (p.Index == nil || !p.Ordered) {
		return p, false, false
	}
	p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
	return p, assumed, true
}

// mayWalk is the finding on a plan that was not executed: the planner assumes that
// the LIMIT stops the scan early, and the cost of the whole scan shows the risk.
func mayWalk(c *rule.Case, w walk) (rule.Found, bool) {
	n, s := w.stop, w.scan
	until, whole, ok := opt.Two(n.TotalCost, s.TotalCost)
	behind, paged := keysetOf(s.Filter())
	average := slices.ContainsFunc(s.Filter(), func(c sql.Cond) bool { return c.Op == sql.Eq && c.Value == sql.Param })
	if !ok || s.Text("Filter").Empty() || s.Catalog() || whole < lateWalk.In(c) ||
		!paged && (until < lateUntil.In(c) && !average || whole < lateUnseen.In(c)*until || !rule.Sargable(s.Filter())) {
		return rule.Found{}, false
	}
	e := rule.OfNode(s)
	e.Text("Filter", s.Text("Filter"), "plan")
	e.Number("cost until the LIMIT", n.TotalCost, "cost", "plan")
	e.Number("cost of the whole scan", s.TotalCost, "cost", "plan")
	severity := finding.Low
	if whole >= lateLong.In(c) {
		severity = finding.Medium
	}
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: severity, Evidence: e,
			Title:    redact.Sprintf("%s reads and filters in index order until %s has %s rows", s.Ref(), n.Ref(), figures.Count(n.PlanRows.Or(0))),
			Detail:   redact.Sprintf("The planner expects to find the rows after a cost of %s, of %s for the whole scan.", figures.Count(until), figures.Count(whole)),
			More:     redact.Sprintf("The estimate assumes %s matching rows, spread evenly over the table.", figures.Count(s.PlanRows.Or(0))),
			Question: redact.Plain("Are there fewer matching rows, or are they all at the far end of the scan?"),
			Settles:  redact.Plain("EXPLAIN (ANALYZE) of the statement, with a statement_timeout"),
			Default:  redact.Plain("create no index"),
			Fix:      redact.Plain("Create an index on the filter columns followed by the ORDER BY columns. Such an index serves both, wherever the rows are."),
			Where:    finding.Where{Relation: s.RelationName()},
		},
		Covered: []*plan.Node{n.Node, s.Node},
		Walked:  s.Node,
	}
	if average {
		f.More = redact.Append(f.More, "This is a generic plan: the estimate is an average over all values of the parameter.")
	}
	if paged && len(s.Filter()) == 1 {
		f.Detail = redact.Sprintf("The condition is the page after a row, written with OR. An index is not searched by it: the rows of all pages before are read and removed, which the estimated cost of %s leaves out.", figures.Count(until))
		f.More = redact.Text{}
		f.Decide("Is the page far from the first one?", "EXPLAIN (ANALYZE) of the statement (Rows Removed by Filter)", "write the row comparison: it returns the same rows")
		f.Fix = redact.Plain(behind.fix(w))
		return f, true
	}
	if p, _, ok := inWalkedOrder(c, w); ok && p.Serving == nil {
		f.Fix = redact.Plain("The index serves both the filter and the order, wherever the rows are.")
		f.Remedies = []rule.Remedy{{Create: &p}}
	}
	return f, true
}
