package plans

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// Action says what a node does, with the rows that it takes and gives: "reads
// 6.01 M rows and returns 28". Of a plan that was not executed the rows are the
// planner's.
func Action(n *plan.Node) string {
	gives := rowsGiven(n)
	takes, inputs := opt.Float{}, rule.InputsOf(n)
	if len(inputs) > 0 {
		takes = rowsGiven(inputs[0])
	}
	switch {
	case n.Is("Sort", "Incremental Sort"):
		if !takes.Known() {
			takes = rowsGiven(n)
		}
		return "sorts " + RowsSaid(takes)
	case n.Is("Aggregate", "Group", "Unique", "SetOp", "WindowAgg") && takes.Known():
		return "turns " + RowsSaid(takes) + " into " + figures.Count(gives.Or(0))
	case n.Is("Hash Join", "Merge Join", "Nested Loop") && len(inputs) >= 2:
		return fmt.Sprintf("joins %s with %s and returns %s", RowsSaid(takes), RowsSaid(rowsGiven(inputs[1])), figures.Count(gives.Or(0)))
	case n.Is("Hash", "Materialize", "Memoize") && takes.Known():
		return "keeps " + RowsSaid(takes)
	case n.Is("Gather", "Gather Merge"):
		return "collects " + RowsSaid(gives) + " from its workers"
	case n.Type == "ModifyTable" && takes.Known():
		return "writes " + RowsSaid(takes)
	}
	read := n.ScannedTotal()
	if gives.Or(1) == 0 && read.Or(0) == 0 && n.Loops.Or(1) > 1 { // rounded averages
		return "returns few rows"
	}
	if !n.Loops.Known() || n.Relation == "" || read.Or(0) <= gives.Or(0) {
		return "returns " + RowsSaid(gives)
	}
	if gives.Or(0) == 0 && n.Loops.Or(1) > 1 { // rows=0 is a rounded average
		return "reads " + RowsSaid(read) + " and returns few of them"
	}
	if by := wholeInEach(n); by > 1 {
		each := func(v float64) float64 { return v / by }
		return fmt.Sprintf("reads %s and returns %s, in each of %s processes", RowsSaid(opt.Map(read, each)), figures.Count(each(gives.Or(0))), figures.Count(by))
	}
	return "reads " + RowsSaid(read) + " and returns " + figures.Count(gives.Or(0))
}

// wholeInEach returns in how many processes a node was executed, once and completely in each,
// such as the hash side of a parallel join that is no Parallel Hash; 1 for any other node.
func wholeInEach(n *plan.Node) float64 {
	if n.Processes > 1 && n.ParallelDivisor() == 1 && n.Loops.Or(0) == n.Processes && n.Processes == math.Trunc(n.Processes) && n.Executions().Or(0) == 1 {
		return n.Processes
	}
	return 1
}

// rowsGiven is how many rows a node returned; of a plan that was not executed, how many
// the planner expects of all processes.
func rowsGiven(n *plan.Node) opt.Float {
	if n.RowsTotal.Known() {
		return n.RowsTotal
	}
	return n.ExpectedTotal
}

// RowsSaid is a number of rows: "1 row", "6.01 M rows".
func RowsSaid(rows opt.Float) string {
	v, ok := rows.Get()
	switch {
	case !ok:
		return "an unknown number of rows"
	case v == 1:
		return "1 row"
	}
	return figures.Count(v) + " rows"
}

// work is what a node spends its part of the execution on, and what would change that.
type work struct {
	what string // continues the node's name: "compares 3 M pairs of rows and keeps 12"
	fix  string // empty: the plan shows no waste
	lost bool   // the plan proves that nearly all of the work is for nothing
	call bool   // the work is a function's
}

var (
	mostRemoved = rule.NewThreshold("removed", 0.9, "share", "of the rows that a node reads or compares: most of its work is for nothing")
	fewNeeded   = rule.NewThreshold("needed", 0.01, "share", "of the rows that a node returns; the nodes above remove the others")
	slowRow     = rule.NewThreshold("per_row", 0.1, "ms", "of a node's own time per row: the time is in an expression, not in handling rows")
	slowFilter  = rule.NewThreshold("per_filtered_row", 0.005, "ms", "the same, if the filter calls a function and BUFFERS prove that it waited for no pages: comparing takes far less. Without BUFFERS, four times as much")
)

// workOf says what a node's part of the execution is spent on. The account's facts
// decide, not the node's place in the plan.
func workOf(n *rule.Node) work {
	w := work{what: Action(n.Node)}
	use, runs := n.Use(), ""
	if use.Runs.Or(1) >= 2 {
		runs = " in " + figures.Count(use.Runs.Or(1)) + " runs"
		w.what += runs
	}
	low, _, scanned := n.Discard()
	compared, kept := pairs(n)
	called, least := callIn(n.Text("Filter"), n.Text("Join Filter")), slowFilter.In(n.Plan.Case)
	waits := !noPages(n)
	switch {
	case called != "" && waits:
		least *= 4
	case called == "":
		called, least = calledFor(n), slowRow.In(n.Plan.Case)
	}
	switch returned, needed, ok := opt.Two(n.RowsTotal, use.Needed); {
	case n.Type == "Foreign Scan" && n.Plan.Analyzed && ofFile(n):
		w.what, w.fix = "reads "+RowsSaid(n.ScannedTotal())+" of a file"+runs, fileFix+orderOfFile(n)
	case n.Type == "Foreign Scan" && n.Plan.Analyzed:
		w.what, w.fix = "fetches "+RowsSaid(n.ScannedTotal())+" from the remote server"+runs, remoteFix(n)
	case scanned && n.Relation != "" && low >= mostRemoved.In(n.Plan.Case):
		keeps := figures.Count(n.RowsTotal.Or(0))
		if n.RowsTotal.Or(0) == 0 && runs != "" { // rows=0 is a rounded average
			keeps = "few of them"
		}
		w.lost, w.what = true, "reads "+RowsSaid(n.ScannedTotal())+" and keeps "+keeps+runs
		if filter := n.Text("Filter"); !filter.Empty() && !rule.Sargable(n.Filter()) && !strings.Contains(filter.Raw(), "SubPlan") {
			w.fix = notServed(n)
			if columns := optional(n.Filter()); len(columns) > 0 {
				w.fix = optionalFix(columns)
			} else if served := servedElsewhere(n); served != "" {
				w.fix = served
			}
		}
	case compared > 0 && kept <= (1-mostRemoved.In(n.Plan.Case))*compared:
		w.lost, w.what = true, fmt.Sprintf("compares %s pairs of rows and keeps %s", figures.Count(compared), figures.Count(kept))
		w.fix = "Join by an equality, or bound one side first: each row of one side is compared with each row of the other."
	case perRow(n) >= least && called != "":
		w.lost, w.call = true, true
		each := "row"
		if n.RowsTotal.Or(0) == 0 { // a rounded average
			each = "run"
		}
		w.what += fmt.Sprintf(", %s per %s: it computes %s", figures.Ms(perRow(n)), each, called)
		if waits && n.Is("Seq Scan", "Index Scan", "Bitmap Heap Scan") {
			w.what += ", or waits for pages"
			w.fix = "Check with BUFFERS that it waits for no pages. "
		}
		w.fix += fmt.Sprintf("Compute %s for fewer rows: filter by a condition that an index serves first, or store its result.", called)
		if strings.HasPrefix(strings.TrimPrefix(called, "_"), "st_") {
			w.fix += " It takes longer for geometries with many points: cut them into pieces (ST_Subdivide) and create the spatial index on the pieces."
		}
	case ok && returned >= 1 && needed <= fewNeeded.In(n.Plan.Case)*returned && !onlyFirst(n, needed):
		w.what += fmt.Sprintf(". The result needs at most %s of them", figures.Count(needed))
		w.fix = "Move the condition, the LIMIT or the DISTINCT that removes the other rows closer to the table."
	case !n.Plan.Analyzed && slices.ContainsFunc(n.Children, func(sub *plan.Node) bool { return sub.Relationship == "SubPlan" && !sub.Hashed() }):
		w.what += " and runs a subquery for each row"
		w.fix = "Rewrite the subquery as a join, EXISTS or NOT EXISTS: it is then computed once, not for each row."
	case !n.Plan.Analyzed && runs != "":
		w.fix = strings.TrimSpace("Reduce the number of runs (fewer rows on the outer side), or write the query so that the rows are read once and joined. " + startHere(n))
	case !n.Plan.Analyzed:
		w.fix = "Run EXPLAIN (ANALYZE, BUFFERS) with a statement_timeout to see whether this node takes the time."
	}
	return w
}

// notServed says why no index finds rows by a scan's filter as it is written, and what would.
func notServed(n *rule.Node) string {
	said := "No index can serve the condition as it is written: " + n.Text("Filter").String() + ". Compare a bare column, or create an index on the expression."
	for _, c := range n.Filter() {
		if c.Op == sql.LikeAny && c.Left.Name != "" {
			said = "A B-tree cannot be searched for the pattern on " + lex.QuoteIdent(c.Left.Name) + "."
			if !n.Has("Index Cond") {
				return said + " A trigram index (pg_trgm) can, if it has three letters in a row."
			}
		}
	}
	var columns []string
	for _, c := range conditions.Own(n.Node, conditions.Parse(n.Node, "Index Cond")) {
		if !c.Sargable() || c.Left.Name == "" {
			return said
		}
		columns = append(columns, lex.QuoteIdent(c.Left.Name))
	}
	fixed := !slices.ContainsFunc(n.Filter(), func(c sql.Cond) bool { return c.Value != sql.Const || c.Left.Name == "" })
	if len(columns) > 0 && n.Is("Index Scan", "Index Only Scan") && fixed {
		said += fmt.Sprintf(" If the query always has this value, create a partial index on %s (%s) WHERE %s: its lookups read only the matching rows.", n.RelationName(), strings.Join(slices.Compact(columns), ", "), n.Text("Filter"))
	}
	return said + nullKeys(n)
}

const (
	manyLookups = 10_000
	fewOfKeys   = 0.001
)

// nullKeys names the join above a node whose Memoize has nearly the same key for all rows and
// finds nothing: most likely NULL, which the planner does not remove before the join.
func nullKeys(n *rule.Node) string {
	for up := range n.Ancestors() {
		if up.Type != "Nested Loop" || len(up.Children) != 2 || up.Children[1].Type != "Memoize" {
			continue
		}
		memo := up.Children[1]
		hits, misses := memo.Number("Cache Hits").Or(0), memo.Number("Cache Misses").Or(0)
		rows, outer, ok := opt.Two(up.RowsTotal, rowsGiven(up.Children[0]))
		key := sql.ColumnsOf(memo.Text("Cache Key").Raw())
		if !ok || len(key) != 1 || key[0].Table != n.Alias || up.Has("Join Filter") || up.JoinType != "" && up.JoinType != "Inner" ||
			outer < manyLookups || rows > fewNeeded.In(n.Plan.Case)*outer || misses < 1 || misses > fewOfKeys*hits {
			continue
		}
		return fmt.Sprintf(" #%d %s keeps %s of %s rows: nearly all have the same %s, which finds nothing (#%d). If that is NULL, add %[5]s IS NOT NULL to the query and to the index.",
			up.ID, up.Label(), figures.Count(rows), figures.Count(outer), memo.Text("Cache Key"), memo.ID)
	}
	return ""
}

// servedElsewhere says why a scan's condition is not read by the index that another plan
// of the query reads it by; empty if no plan of the input does.
func servedElsewhere(n *rule.Node) string {
	filter := n.Text("Filter").Raw()
	for _, other := range n.Plan.Case.Plans {
		for m := range other.Nodes() {
			same := m.Relation == n.Relation && (m.Text("Recheck Cond").Raw() == filter || m.Text("Index Cond").Raw() == filter)
			if !same || other == n.Plan {
				continue
			}
			index := m.Index
			if parts := rule.BitmapParts(other.Node(m)); len(parts) == 1 {
				index = parts[0].Index
			}
			if index == "" {
				continue
			}
			said := fmt.Sprintf("%s serves this condition in plan %d (#%d). ", index, other.Number(), m.ID)
			expected, came, ok := opt.Two(n.ExpectedTotal, n.RowsTotal)
			if !ok || expected < farTooMany*max(came, 1) {
				return said + "Check why this plan does not use it: another database, a setting, or an index that was created later."
			}
			return said + fmt.Sprintf("This plan reads the whole table because the planner expected %s rows and %s came. Run ANALYZE. On an expression the planner has no statistics without CREATE STATISTICS (PostgreSQL 14 and later) or an index on it that has no WHERE: create one of them first.", figures.Count(expected), figures.Count(came))
		}
	}
	return ""
}

// farTooMany is how many times too many rows an estimate has to expect to be the reason
// for reading the whole table.
const farTooMany = 10

// firstRowLate is the share of a foreign scan's time before its first row from which on
// the remote query is slow, rather than the transfer of its rows.
const firstRowLate = 0.8

// ofFile reports whether a foreign scan reads a file or the output of a program.
func ofFile(n *rule.Node) bool { return n.Has("Foreign File") || n.Has("Foreign Program") }

// orderOfFile names the index that returns the rows of a file in the order of a distance
// above, once they are in a table.
func orderOfFile(n *rule.Node) string {
	if n.Parent == nil || n.Parent.Type != "Sort" {
		return ""
	}
	d := distanceOf(n.Parent)
	if d == nil || d.desc || d.wrapped {
		return ""
	}
	return fmt.Sprintf(" An index on %s that supports ordering by %s then returns the nearest rows: GiST with gist_trgm_ops for a text (pg_trgm), GiST for geometry and ranges, hnsw for vectors.", d.indexed(), d.operator)
}

const fileFix = "Load the file into a table, or into a materialized view of the foreign table, and create the index there: the whole file is read and parsed in each execution."

// remoteFix says what makes a foreign scan faster that takes most of a plan.
func remoteFix(n *rule.Node) string {
	first, all, timed := opt.Two(n.StartupMs, n.Ms)
	switch {
	case n.Executions().Or(1) >= 2:
		return "Each run is a query of its own to the remote server. Join on the remote server (a view there), or let the planner fetch the rows once: run ANALYZE on the foreign table, or let the wrapper ask for remote estimates."
	case timed && first >= firstRowLate*all:
		return "Nearly all of the time passed before the first row: the remote query itself is slow. Run EXPLAIN (ANALYZE) on the remote server, and create the index that the query lacks there."
	}
	fix := "Fetch less: select only the columns that are needed, and send the condition, the aggregate or the join to the remote server (a view there)."
	if up := n.Parent; up != nil && up.Is("Sort", "Incremental Sort", "Aggregate", "Limit") && len(up.Children) == 1 {
		fix += " The " + up.Type + " above is done here, after all rows were fetched: check why the wrapper does not send it (postgres_fdw: use_remote_estimate, a newer version)."
	}
	return fix + " Fetch more rows at a time if the wrapper has such an option (postgres_fdw: fetch_size, 100 by default)."
}

// onlyFirst reports whether the rows are not needed because a LIMIT takes the first ones
// of a sort: all are read to find these.
func onlyFirst(n *rule.Node, needed float64) bool {
	for up := range n.Ancestors() {
		if up.RowsTotal.Or(0) <= needed {
			return up.Is("Limit", "Sort", "Incremental Sort", "Gather Merge")
		}
	}
	return false
}

// pairs returns how many pairs of rows a join compared, and how many it kept.
func pairs(n *rule.Node) (compared, kept float64) {
	removed, ok := n.Number("Rows Removed by Join Filter").Get()
	if !ok {
		return 0, 0
	}
	kept = n.RowsTotal.Or(0)
	return removed*n.Loops.Or(1) + kept, kept
}

// perRow is a node's own time per row that it handles, in ms; 0 if it is not known, or
// if the node reads pages, whose number is another measure.
func perRow(n *rule.Node) float64 {
	rows := max(n.RowsTotal.Or(0), n.ScannedTotal().Or(0))
	for _, in := range rule.InputsOf(n.Node) {
		rows = max(rows, in.RowsTotal.Or(0))
	}
	compared, _ := pairs(n)
	rows = max(rows, compared)
	pages := n.SelfBlocks().Or(0) + n.SelfBuffers().TempRead.Or(0) + n.SelfBuffers().TempWritten.Or(0)
	if rows < 1 { // in a loop, a rounded average
		rows = n.Executions().Or(0)
	}
	if rows < 1 || pages > rows || n.Is("ModifyTable", "Foreign Scan", "Function Scan", "Gather", "Gather Merge") || n.Use().Limit != nil {
		return 0
	}
	return n.SelfMs.Or(0) * n.Processes / rows
}

// noPages reports whether BUFFERS prove that a node waited for hardly any page from outside
// shared_buffers.
func noPages(n *rule.Node) bool {
	all, known := n.SelfBlocks().Get()
	return known && n.SelfBuffers().SharedRead.Or(0) <= fewRead*all
}

// fewRead is the share of a node's blocks.
const fewRead = 0.05

// calledFor returns the function that a node computes for each row that it returns, as far as
// the plan shows one: in its own expressions, or in the keys by which a node above sorts or
// groups the rows.
func calledFor(n *rule.Node) string {
	for m := n.Node; m != nil; m = m.Parent {
		for _, list := range [...]string{"Output", "Sort Key", "Group Key"} {
			if called := callIn(m.List(list)...); called != "" {
				return called
			}
		}
		if m != n.Node && !m.Is("Sort", "Incremental Sort", "Gather", "Gather Merge", "Limit", "Aggregate", "Group", "Unique") {
			break
		}
	}
	return ""
}

// callPattern matches the call of a function.
var callPattern = regexp.MustCompile(`\b([a-z_][\w.]*)\(`)

// callIn returns the name of the first function that expressions call.
func callIn(list ...redact.Text) string {
	for _, expr := range list {
		for _, m := range callPattern.FindAllStringSubmatch(expr.String(), -1) {
			switch m[1] {
			case "count", "sum", "avg", "min", "max", "any", "all", "in", "and", "or", "not", "row":
			default:
				return m[1] + "()"
			}
		}
	}
	return ""
}

// optional returns the columns of conditions that a parameter switches off: $1 IS NULL OR
// column = $1.
func optional(conds []sql.Cond) (columns []string) {
	for _, c := range conds {
		if c.Op != sql.Or || len(c.Any) != 2 {
			continue
		}
		for i, branch := range c.Any {
			off := c.Any[1-i]
			if len(branch) == 1 && len(off) == 1 && branch[0].Sargable() && branch[0].Left.Name != "" && branch[0].Value == sql.Param && off[0].Left.Name == "" && len(off[0].ExprColumns) == 0 {
				columns = append(columns, lex.QuoteIdent(branch[0].Left.Name))
			}
		}
	}
	return columns
}

// optionalFix says how an index serves conditions that a parameter switches off.
func optionalFix(columns []string) string {
	return "This plan is for any value of its parameters, so that no condition can be relied on. Write only the conditions whose parameters are set, or SET plan_cache_mode = force_custom_plan for this statement: planned for its values, it keeps only these. An index on " +
		strings.Join(columns, " or ") + " then serves it."
}
