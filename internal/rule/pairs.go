package rule

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// Pair is two executed plans of one query, in the order of the input. Of more than two
// plans, it is the fastest and the slowest.
type Pair struct{ Before, After *Plan }

// Faster returns the plan that took less time.
func (p Pair) Faster() *Plan { return p.ordered()[0] }

func (p Pair) Slower() *Plan { return p.ordered()[1] }

func (p Pair) ordered() [2]*Plan {
	if p.After.ExecMs().Or(0) > p.Before.ExecMs().Or(0) {
		return [2]*Plan{p.Before, p.After}
	}
	return [2]*Plan{p.After, p.Before}
}

// SameWork reports whether both runs have one plan whose nodes ran as often and returned as
// many rows, so that what one took longer is not the plan's. proved: both found their blocks
// in shared_buffers, as many. It is false if one of them read more from outside.
func (p Pair) SameWork() (same, proved bool) {
	if p.Before.Shape() != p.After.Shape() || !p.Before.Root.Loops.Known() || p.ByTriggers() {
		return false, false
	}
	after := slices.Collect(p.After.Nodes())
	for i, n := range slices.Collect(p.Before.Nodes()) {
		m := after[i]
		if n.Rows != m.Rows || n.Loops != m.Loops || n.ScannedTotal() != m.ScannedTotal() {
			return false, false
		}
	}
	x, y := p.Before.Root.Buffers, p.After.Root.Buffers
	if !x.SharedHit.Known() || !y.SharedHit.Known() {
		return !x.SharedHit.Known() && !y.SharedHit.Known(), false
	}
	read, hit := max(x.SharedRead.Or(0), y.SharedRead.Or(0)), min(x.SharedHit.Or(0), y.SharedHit.Or(0))
	all := max(x.SharedHit.Or(0)+x.SharedRead.Or(0), y.SharedHit.Or(0)+y.SharedRead.Or(0))
	cached := read <= fewBlocks*all && hit >= (1-fewBlocks)*all && x.TempRead.Or(0)+y.TempRead.Or(0) == 0
	return cached, cached
}

// mostly is the share of a difference that explains it.
const mostly = 0.5

// ByTriggers reports whether the triggers explain the difference of the two runs.
func (p Pair) ByTriggers() bool {
	return p.TakesMost(p.Before.triggersMs() - p.After.triggersMs())
}

// TakesMost reports whether a time explains the difference of the two runs.
func (p Pair) TakesMost(ms float64) bool { return ms != 0 && math.Abs(ms) >= mostly*p.difference() }

func (p *Plan) triggersMs() (ms float64) {
	for _, t := range p.Triggers {
		ms += t.Ms.Or(0)
	}
	return ms
}

// fewBlocks is the share of the blocks that two runs of one plan may differ by.
const fewBlocks = 0.02

// fewPlans is the maximum number of plans up to which plans without a query text are
// compared with each other: a paste, not a log.
const fewPlans = 20

// farFaster is the factor from which on the faster plan of a query needs no further
// advice.
const farFaster = 10

// Pair finds the queries that have several plans in the case.
func (c *Case) Pair() {
	for _, g := range byQuery(c.Plans) {
		for _, p := range g {
			p.first = g[0]
		}
		findRuns(g)
		g = slices.DeleteFunc(slices.Clone(g), func(p *Plan) bool { return !p.Analyzed || !p.ExecMs().Known() })
		switch byTime := func(a, b *Plan) int { return cmp.Compare(a.ExecMs().Or(0), b.ExecMs().Or(0)) }; len(g) {
		case 0, 1:
		case 2:
			c.Pairs = append(c.Pairs, Pair{g[0], g[1]})
		default:
			pair := Pair{slices.MinFunc(g, byTime), slices.MaxFunc(g, byTime)}
			if pair.Before.Position > pair.After.Position {
				pair.Before, pair.After = pair.After, pair.Before
			}
			c.Pairs = append(c.Pairs, pair)
		}
	}
	for _, p := range c.Pairs {
		if fast := p.Faster(); fast.ExecMs().Or(0)*farFaster < p.Slower().ExecMs().Or(0) {
			fast.Repeats = true
		}
	}
}

// Across pairs the plans of two cases that are of one query, the largest difference in
// time first. Of several plans of a query, the one with the median time is taken. One
// plan on each side is a pair if they read a table in common.
func Across(before, after []*Plan) []Pair {
	if len(before) == 1 && len(after) == 1 {
		for table := range tables(before[0]) {
			if tables(after[0])[table] {
				return []Pair{{before[0], after[0]}}
			}
		}
		if len(tables(before[0]))+len(tables(after[0])) > 0 {
			return nil
		}
		return []Pair{{before[0], after[0]}}
	}
	few := len(before)+len(after) <= fewPlans
	was := byQuery(before)
	at := map[string][]*Plan{}
	for _, w := range was {
		at[queryKey(w[0])] = w
	}
	var pairs []Pair
	for _, g := range byQuery(after) {
		key := queryKey(g[0])
		if w := at[key]; key != "" && w != nil {
			pairs = append(pairs, Pair{median(w), median(g)})
		} else if i := slices.IndexFunc(was, func(w []*Plan) bool { return sameQuery(w[0], g[0]) }); few && i >= 0 {
			pairs = append(pairs, Pair{median(was[i]), median(g)})
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(b.difference(), a.difference()) })
	return pairs
}

// called names a plan in a sentence.
func (p *Plan) called() string {
	if p.Earlier {
		return "the plan before"
	}
	return fmt.Sprintf("plan %d of the same query", p.Number())
}

// OneQuery reports whether the plans may be of one query as it was written: a rewritten
// one reads other columns or has another text.
func (p Pair) OneQuery() bool { return sameQuery(p.Before, p.After) }

// OtherLimits returns the row counts of the plans' LIMITs if they are known and differ: a
// plan for few rows may walk an index that one for more rows would not.
func (p Pair) OtherLimits() (before, after float64, differ bool) {
	before, after, known := opt.Two(p.Before.limit(), p.After.limit())
	return before, after, known && before != after
}

// limit returns the number of rows of the LIMIT at the top of a plan. It is the estimate
// for the node if that is less than what is below it.
func (p *Plan) limit() opt.Float {
	for n := p.Root; n != nil && len(n.Children) > 0; n = n.Children[0] {
		if rows, below, ok := opt.Two(n.PlanRows, n.Children[0].PlanRows); n.Type == "Limit" {
			if ok && rows < below {
				return opt.Of(rows)
			}
			break
		}
		if !n.Is("Subquery Scan", "Result", "LockRows") {
			break
		}
	}
	return opt.Float{}
}

func (p Pair) difference() float64 { return math.Abs(p.After.ExecMs().Or(0) - p.Before.ExecMs().Or(0)) }

// Unpaired counts the queries of plans that are in none of the pairs.
func Unpaired(plans []*Plan, pairs []Pair) int {
	n := 0
	for _, g := range byQuery(plans) {
		if !slices.ContainsFunc(pairs, func(p Pair) bool { return slices.Contains(g, p.Before) || slices.Contains(g, p.After) }) {
			n++
		}
	}
	return n
}

// byQuery groups plans by their query: by its id or text, and of few plans also by what
// they read.
func byQuery(plans []*Plan) [][]*Plan {
	var groups [][]*Plan
	at := map[string]int{}
	for _, p := range plans {
		key := queryKey(p)
		i, seen := at[key]
		few := len(plans) <= fewPlans
		if !seen || key == "" || few && p.QueryID == "" && comparesOtherwise(groups[i][0], p) {
			i = -1
			if few {
				i = slices.IndexFunc(groups, func(g []*Plan) bool { return sameQuery(g[0], p) })
			}
		}
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
			at[key] = i
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

// sameQuery compares the queries of two plans if both are known, and else what the plans
// read.
func sameQuery(a, b *Plan) bool {
	if x, y := queryKey(a), queryKey(b); x != "" && y != "" {
		return x == y && (a.QueryID != "" || !comparesOtherwise(a, b)) // of a script, a plan may have the text of the query beside it
	}
	return mayBeSameQuery(a, b)
}

func median(plans []*Plan) *Plan {
	sorted := slices.SortedStableFunc(slices.Values(plans), func(a, b *Plan) int { return cmp.Compare(a.ExecMs().Or(0), b.ExecMs().Or(0)) })
	return sorted[(len(sorted)-1)/2]
}

func tables(p *Plan) map[string]bool {
	names := map[string]bool{}
	for n := range p.Nodes() {
		if n.Relation != "" {
			names[n.Relation] = true
		}
	}
	return names
}

// SameQuery reports whether two plans are of one query.
func (p *Plan) SameQuery(other *Plan) bool {
	return p == other || p != nil && other != nil && p.first != nil && p.first == other.first
}

// SlowestRun returns the slowest of the runs of a query that were planned alike; the
// first one if several took as long.
func (p *Plan) SlowestRun() *Plan { return p.slowest }

// findRuns sets the slowest run of each plan of one query.
func findRuns(group []*Plan) {
	if len(group) == 1 {
		group[0].slowest = group[0]
		return
	}
	slowest := map[string]*Plan{}
	for _, p := range group {
		if was := slowest[p.Shape()]; was == nil || p.ExecMs().Or(0) > was.ExecMs().Or(0) {
			slowest[p.Shape()] = p
		}
	}
	for _, p := range group {
		p.slowest = slowest[p.Shape()]
	}
}

// mergeRuns keeps one finding of those that a rule has on runs of one plan, the one on
// the slowest run.
func mergeRuns(all []Found) []Found {
	type place struct {
		rule *Rule
		tag  finding.Tag
		run  *Plan
		node opt.Value[int]
		on   string // what it is about besides a node, such as a trigger
		nth  int    // of several findings of a rule on a node
	}
	at, counted := map[place]int{}, map[*Plan]map[place]int{}
	kept := make([]Found, 0, len(all)) // a finding is large
	for _, f := range all {
		if f.Plan == nil {
			kept = append(kept, f)
			continue
		}
		key := place{f.of, f.Tag, f.Plan.slowest, f.Where.Node, f.On, 0}
		if counted[f.Plan] == nil {
			counted[f.Plan] = map[place]int{}
		}
		counted[f.Plan][key]++
		key.nth = counted[f.Plan][key]
		i, seen := at[key]
		if !seen {
			at[key] = len(kept)
			kept = append(kept, f)
			continue
		}
		slow, fast := kept[i], f
		if fast.Plan == fast.Plan.slowest {
			slow, fast = fast, slow
		}
		slow.Runs = slices.Concat(slow.Runs, []*Plan{fast.Plan}, fast.Runs)
		slow.Remedies = slices.Concat(slow.Remedies, fast.Remedies)
		kept[i] = slow
	}
	return kept
}

// queryKey returns a key that plans of one query share; empty if the query of a plan is
// not known.
func queryKey(p *Plan) string {
	switch {
	case p.QueryID != "":
		return "id " + p.QueryID
	case !p.Plan.Query.Empty():
		return lex.Normalize(p.Plan.Query.Raw())
	case p.Statement != nil:
		return lex.Normalize(p.Statement.Query.Raw())
	}
	return ""
}

// QueryText returns the text of the plan's query; empty if it is not known, or only its
// beginning.
func (p *Plan) QueryText() string {
	switch {
	case p.Query != nil && p.Query.Beginning:
		return ""
	case !p.Plan.Query.Empty():
		return p.Plan.Query.Raw()
	case p.Statement != nil:
		return p.Statement.Query.Raw()
	}
	return ""
}

// mayBeSameQuery reports whether two plans without a query text may be of one query:
// they read the same tables with the same aliases, and their conditions name the same
// columns. One plan may lack some columns, such as those of a partial index's
// predicate, if the row widths are equal. If only these two plans were pasted, equal
// row counts are enough.
func mayBeSameQuery(a, b *Plan) bool {
	if on := aliases(a); len(on) == 0 || !maps.Equal(on, aliases(b)) {
		return false
	}
	if aggregates(a) != aggregates(b) {
		return false // a count of all rows, and a page of them
	}
	if comparesOtherwise(a, b) {
		return false
	}
	x, y := conditionColumns(a), conditionColumns(b)
	if maps.Equal(x, y) && len(x) > 0 {
		return true
	}
	alike := a.Root.PlanWidth.Known() && a.Root.PlanWidth == b.Root.PlanWidth
	if len(a.Case.Plans) == 2 && a.Root.RowsTotal.Known() {
		alike = alike || a.Root.RowsTotal == b.Root.RowsTotal
	}
	return alike && (len(x) > 0) == (len(y) > 0) && (within(x, y) || within(y, x))
}

// comparesOtherwise reports whether two plans compare a column with other operators, or
// with a constant of another type: one value and a list, a point and a box.
func comparesOtherwise(a, b *Plan) bool {
	x, y := comparisons(a), comparisons(b)
	for column, ops := range x {
		if others := y[column]; len(others) > 0 && !part(ops, others) && !part(others, ops) {
			return true
		}
	}
	return false
}

// part reports whether the comparisons of a column in one plan are among those in another.
// A type that one plan does not show, as of a parameter, may be any.
func part(some, all map[string]string) bool {
	for op, typ := range some {
		if other, ok := all[op]; !ok || typ != other && typ != "" && other != "" {
			return false
		}
	}
	return true
}

// comparisons returns the operators that compare each column of a plan with constants or
// parameters, with the types of these. Ranges are left out: an index adds some for LIKE.
func comparisons(p *Plan) map[string]map[string]string {
	ops := map[string]map[string]string{}
	for n := range p.Nodes() {
		for _, property := range [...]string{"Filter", "Index Cond", "Recheck Cond"} {
			for _, c := range conditions.Parse(n, property) {
				column := n.Alias + "." + c.Left.Name
				if c.Left.Name == "" || c.Value >= sql.Runtime || c.Value == sql.NoValue || c.Op != sql.Eq && c.Op != sql.In && c.Op != sql.Contains {
					continue
				}
				if ops[column] == nil {
					ops[column] = map[string]string{}
				}
				op := string(c.Op) + " " + c.Operator
				ops[column][op] = cmp.Or(c.Cast, ops[column][op])
			}
		}
	}
	return ops
}

// aggregates reports whether a plan returns groups, and not rows of its tables.
func aggregates(p *Plan) bool {
	n := p.Root
	for n.Is("Limit", "Sort", "Incremental Sort", "Gather", "Gather Merge", "Result", "Subquery Scan", "LockRows") && len(n.Children) > 0 {
		n = n.Children[len(n.Children)-1] // behind those of InitPlans
	}
	return n.Is("Aggregate", "Group")
}

func within(some, all map[string]bool) bool {
	for name := range some {
		if !all[name] {
			return false
		}
	}
	return true
}

func aliases(p *Plan) map[string]bool {
	names := map[string]bool{}
	for n := range p.Nodes() {
		if of := cmp.Or(n.Relation, n.FunctionOf); of != "" {
			names[of+" "+n.Alias] = true
		}
	}
	return names
}

// conditionColumns returns the columns that a plan's conditions name, and the conditions
// that name none.
func conditionColumns(p *Plan) map[string]bool {
	names := map[string]bool{}
	for n := range p.Nodes() {
		for _, property := range [...]string{"Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter"} {
			cond := n.Text(property).Raw()
			columns := sql.ColumnsOf(cond)
			for _, col := range columns {
				names[col.Name] = true
			}
			if len(columns) == 0 && cond != "" {
				names[lex.Normalize(cond)] = true // one that cannot be read is not none
			}
		}
	}
	return names
}

// clearlyFaster is the factor from which on the difference between two plans is not
// noise.
const clearlyFaster = 1.5

// FasterBy returns the node by which a clearly faster plan of the same query reads a table
// with an index that this plan does not use; nil if there is none.
func (p *Plan) FasterBy(table string) *plan.Node {
	for _, pair := range p.Case.Pairs {
		if fast := pair.Faster(); pair.Slower() == p && fast.ExecMs().Or(0)*clearlyFaster <= p.ExecMs().Or(0) {
			return indexUsed(fast, p, table)
		}
	}
	return nil
}

// alreadyThere withdraws proposals of a slow plan that a faster plan of the same query
// makes unnecessary: if the faster plan reads the table by an index, no new index is
// needed.
func (c *Case) alreadyThere(found []Found) {
	for _, p := range c.Pairs {
		fast, slow := p.Faster(), p.Slower()
		_, _, otherLimits := p.OtherLimits()
		if fast.ExecMs().Or(0)*clearlyFaster > slow.ExecMs().Or(0) {
			continue
		}
		for i := range found {
			f := &found[i]
			if f.Plan != slow || f.foundFirst(fast, slow) || otherLimits {
				continue
			}
			for j, r := range f.Remedies {
				switch {
				case r.Create != nil && r.Create.Index != nil:
					if by := indexUsed(fast, slow, r.Create.Index.Table); by != nil {
						f.Remedies[j].Create = nil
						f.Remedies[j].Refused = &Refused{Index: *r.Create.Index, Why: fmt.Sprintf("%s already uses %s", fast.called(), by.Index)}
						f.servedBy(fast, slow, by)
					}
				case r.Refused != nil && r.Refused.Existing != nil:
					// It may be younger than the slow plan.
					if by := indexUsed(fast, slow, r.Refused.Existing.Table.Name); by != nil && by.Index == r.Refused.Existing.Name {
						f.servedBy(fast, slow, by)
						f.Unused = redact.Sprintf("%s uses the index %s for these conditions, this plan does not: the index may be younger.", Upper(fast.called()), r.Refused.Existing.QName())
						if pair := (Pair{slow, fast}); slow.Position < fast.Position && pair.indexStep("CREATE", by.Index) {
							f.Unused = redact.Sprintf("The index %s, which can serve these conditions, was created after this plan.", r.Refused.Existing.QName())
						}
					}
				}
			}
			if n := f.Walked; n != nil && len(f.Remedies) == 0 {
				if by := indexUsed(fast, slow, n.Relation); by != nil {
					f.servedBy(fast, slow, by)
				}
			}
			if !f.cured(fast, slow) {
				continue
			}
			for _, n := range slices.Concat(f.Covered, f.Covered[len(f.Covered)-1].Children) { // below a Materialize
				if by := indexUsed(fast, slow, n.Relation); by != nil {
					f.servedBy(fast, slow, by)
					f.asItIs = true
					break
				}
			}
		}
	}
}

// cured reports whether a far faster plan makes the words of a finding unnecessary: they
// call for an index, or for another form of a query that was fast as it is.
func (f *Found) cured(fast, slow *Plan) bool {
	if fast.ExecMs().Or(0)*farFaster >= slow.ExecMs().Or(0) || len(f.Covered) == 0 || len(f.Remedies) > 0 && f.Remedies[0].Refused == nil {
		return false
	}
	rewrites := len(f.of.Forms) > 0 && queryKey(fast) == queryKey(slow)
	inWords := strings.HasPrefix(f.Fix.Raw(), "Create a") // an index that no remedy can spell out
	return rewrites || inWords
}

// servedBy replaces the proposals of a finding by a reference to the index that a
// faster plan of the same query uses.
func (f *Found) servedBy(fast, slow *Plan, by *plan.Node) {
	time := fmt.Sprintf("time of plan %d", fast.Number())
	if slices.ContainsFunc(f.Evidence, func(e finding.Evidence) bool { return e.Name == time }) {
		return // of another of its remedies
	}
	relation := by.Relation
	for up := range by.Ancestors() {
		if relation == "" {
			relation = up.Relation // of a bitmap's
		}
	}
	f.Index = redact.Text{}
	f.Fix = redact.Sprintf("Do not create an index: plan %d reads %s with %s (#%d). If the slow plan is the current one, check why that index is missing, invalid or not used.",
		fast.Number(), relation, by.Index, by.ID)
	pair := Pair{slow, fast}
	switch {
	case fast.Earlier:
		f.Fix = redact.Sprintf("Do not create an index: before, %s was read with %s. Check why that index is missing, invalid or not used.", relation, by.Index)
	case slow.Position < fast.Position && pair.indexStep("CREATE", by.Index):
		f.Fix = redact.Sprintf("Do not create an index: plan %d reads %s with %s (#%d), which was created between the two.", fast.Number(), relation, by.Index, by.ID)
	case slow.Position < fast.Position && f.Walked != nil && pair.indexStep("DROP", f.Walked.Index):
		f.Fix = redact.Sprintf("Plan %d reads %s with %s (#%d), since %s was dropped between the two. If another query needs that index, create it again and change the ORDER BY of this one so that the index cannot serve it (id + 0 for a number, name || '' for a text).",
			fast.Number(), relation, by.Index, by.ID, f.Walked.Index)
	case f.Walked != nil:
		f.Fix = redact.Sprintf("Plan %d reads %s with %s (#%d). If the slow plan is the current one, check that this index exists and is valid. If it does: because of the LIMIT the planner expects the ordered scan to stop early. Change the ORDER BY so that %s cannot serve it (id + 0 for a number, name || '' for a text). If that is not enough, create an index on the filter columns followed by the ORDER BY columns.",
			fast.Number(), relation, by.Index, by.ID, f.Walked.Index)
	}
	f.Evidence = append(f.Evidence, finding.Evidence{Name: time, Value: fast.ExecMs().Or(0), Unit: "ms", Source: "plan"})
}

// foundFirst tells of a walk whose rows are removed by a join that the faster plan finds the
// rows first, as the finding advises: no index is needed for that. It reports whether it does.
func (f *Found) foundFirst(fast, slow *Plan) bool {
	if f.Walked == nil || len(f.Forms) == 0 {
		return false
	}
	by := foundBy(fast)
	if by == nil || slices.ContainsFunc(slices.Collect(fast.Nodes()), func(n *plan.Node) bool { return n.Index == f.Walked.Index }) {
		return false
	}
	for i, r := range f.Remedies {
		if r.Create != nil && r.Create.Index != nil {
			f.Remedies[i].Create = nil
			f.Remedies[i].Refused = &Refused{Index: *r.Create.Index, Why: fmt.Sprintf("plan %d of the same query is fast without it", fast.Number())}
		}
	}
	f.Index, f.InForm = redact.Text{}, false
	f.Fix = redact.Append(f.Fix, "Plan %d does so: it finds them with %s (#%d). Because of the LIMIT the planner expects the scan in the order of %s to stop early. An ORDER BY that this index cannot serve keeps it from that, too (id + 0 for a number, name || '' for a text).",
		fast.Number(), by.Index, by.ID, f.Walked.Index)
	f.Evidence = append(f.Evidence, finding.Evidence{Name: fmt.Sprintf("time of plan %d", fast.Number()), Value: fast.ExecMs().Or(0), Unit: "ms", Source: "plan"})
	return true
}

// foundBy returns the first scan of a plan that finds rows by an index and a value, not by
// the rows of another table; nil if there is none.
func foundBy(p *Plan) *plan.Node {
	for n := range p.Nodes() {
		if n.Index != "" && n.Executed() && n.Has("Index Cond") && !comparesRows(n) {
			return n
		}
	}
	return nil
}

// comparesRows reports whether an index is searched for values of other rows.
func comparesRows(n *plan.Node) bool {
	return slices.ContainsFunc(conditions.Parse(n, "Index Cond"), func(c sql.Cond) bool { return c.Value >= sql.Runtime })
}

// Instead returns the node of the faster plan that reads a table by an index which the
// slower one does not use; nil if there is none.
func (p Pair) Instead(table string) *plan.Node { return indexUsed(p.Faster(), p.Slower(), table) }

// indexUsed returns the node of the first plan that reads a table by an index that the
// second plan does not use.
func indexUsed(in, not *Plan, table string) *plan.Node {
	used := map[string]bool{}
	for n := range not.Nodes() {
		used[n.Index] = true
	}
	for n := range in.Nodes() {
		relation := n.Relation
		if n.Type == "Bitmap Index Scan" && n.Parent != nil {
			for above := range n.Ancestors() {
				if above.Type == "Bitmap Heap Scan" {
					relation = above.Relation
					break
				}
			}
		}
		if n.Index != "" && !used[n.Index] && relation == table && n.Executed() {
			return n
		}
	}
	return nil
}
