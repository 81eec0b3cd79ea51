package plans

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// manyRuns is the number of runs from which on the rows that a node is run for are what
// to reduce.
const manyRuns = 1_000

// fewScanned is the number of rows up to which reading them takes a few milliseconds.
const fewScanned = 100

// jitWorthTrying is the share of the execution that compilation takes in each process
// from which on it is worth a test without.
const jitWorthTrying = 0.1

// FirstStep says what to do first about the node that takes most of a plan, if no rule
// explains it: what its figures call for, or what to find out.
func FirstStep(n *rule.Node) string {
	said := stepOn(n)
	total, processes, _ := jitTotal(n.Plan)
	if ms := total.Or(0) / processes; ms >= jitMs.In(n.Plan.Case) && ms >= jitWorthTrying*n.Plan.ExecMs().Or(0) {
		said = strings.TrimSpace(said + fmt.Sprintf(" Test SET jit = off as well: compilation took %s in each process on average.", figures.Ms(ms)))
	}
	return said
}

func stepOn(n *rule.Node) string {
	outer := runFor(n)
	switch {
	case outer != nil && n.Executions().Or(1) >= manyRuns:
		said := fmt.Sprintf("#%d runs %s times, for the rows of #%d %s. Reduce these rows by a condition of their own, or join them to fewer rows first.", n.ID, figures.Count(n.Executions().Or(0)), outer.ID, outer.Label())
		if more := startHere(n); more != "" {
			said += " " + more
		}
		return said
	case n.Is("Function Scan") && !builtIn.MatchString(n.Text("Function Name").Raw()):
		return "The time is spent inside the function: log the plans of its statements with auto_explain.log_nested_statements = on."
	case n.Is("Sort", "Incremental Sort"):
		return "Sort fewer rows or fewer columns, or remove the ORDER BY if the order is not needed."
	case n.Is("Hash Join", "Merge Join", "Nested Loop"):
		return "Reduce the rows of one side before the join, by a condition or by grouping them. If all are needed and the query runs often, store the result (materialized view or summary table)."
	case n.Is("Gather", "Gather Merge"):
		return "Compare with SET max_parallel_workers_per_gather = 0 for this statement: for few rows, starting the workers takes longer than they save."
	case n.Is("WindowAgg"):
		return "Compute the window function for fewer rows: put the conditions into a subquery below it."
	case n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") && n.ScannedTotal().Or(fewScanned) < fewScanned && n.Executions().Or(1) < fewScanned:
		return "So few rows do not take that long. Run the plan again, with BUFFERS: if it is fast then, the process waited, for a page, a CPU or memory."
	case n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") && n.Use().Needed.Or(0) >= n.ScannedTotal().Or(0)/2 && !grouped(n.Node):
		return "The query needs most of the rows that it reads. If it runs often, select fewer rows, or store the result (materialized view or summary table)."
	}
	return ""
}

// builtIn matches the functions of the server that make rows: nothing runs inside them.
var builtIn = regexp.MustCompile(`^(generate_|unnest$|jsonb?_|regexp_|string_to_)`)

// grouped reports whether a node's rows are aggregated above.
func grouped(n *plan.Node) bool {
	for up := range n.Ancestors() {
		if up.Is("Aggregate", "Group") {
			return true
		}
	}
	return false
}

// runFor returns the node for each of whose rows a node is run: the outer side of the
// nested loop that it is below; nil if it runs once.
func runFor(n *rule.Node) *plan.Node {
	from := n.Node
	for up := range n.Ancestors() {
		if up.Type == "Nested Loop" && len(up.Children) == 2 && from == up.Children[1] {
			return up.Children[0]
		}
		from = up
	}
	return nil
}

// startHere says how a join can begin with a scan that it looks up row by row, if the
// scan's own condition removes most of the rows that are found; empty if none does.
func startHere(n *rule.Node) string {
	outer := runFor(n)
	if outer == nil || outer == n.Parent || n.Relation == "" {
		return ""
	}
	conds := conditions.Own(n.Node, conditions.Parse(n.Node, "Filter"))
	i := slices.IndexFunc(conds, func(c sql.Cond) bool {
		return c.Left.Name != "" && c.Value < sql.Runtime && (c.Op == sql.Eq || c.Op == sql.In || c.Op == sql.Range || c.Op == sql.Contains)
	})
	low, _, ok := n.Discard()
	if !n.Plan.Analyzed {
		low, ok = 1-rowsGiven(n.Parent).Or(0)/max(rowsGiven(outer).Or(0), 1), true
	}
	if !ok || i < 0 || low < filterDiscard.In(n.Plan.Case) {
		return ""
	}
	kind := "an index"
	if conds[i].Op == sql.Contains {
		kind = "a GiST or GIN index"
	}
	return fmt.Sprintf("Its own condition on %s keeps few rows. With %s on %s (%[1]s) the join can start with these, if an index finds the rows of #%[4]d by the column of the join.",
		lex.QuoteIdent(conds[i].Left.Name), kind, n.RelationName(), outer.ID)
}
