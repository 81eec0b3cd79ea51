// Package plan reads what EXPLAIN prints, and puts its figures straight.
//
// Whatever the format, the same execution gives the same tree: nodes carry the
// words of EXPLAIN (FORMAT JSON), in the order in which the server shows them.
// Times, rows and buffers are over all loops once a plan has been read, and a
// figure that the input does not hold is absent, never zero.
//
// The package is pure Go, and knows nothing of SQL but its quotes.
package plan

import (
	"iter"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Float is a figure that the input may not hold.
type Float = opt.Float

// Text is a piece of the user's SQL. It prints itself without its literals;
// Raw gives it whole.
type Text = redact.Text

// SyntaxError says where an input could not be read, and what was expected.
type SyntaxError = diag.SyntaxError

// Plan is one plan as EXPLAIN or auto_explain printed it.
type Plan struct {
	Root *Node

	Line     int    // 1-based line of the input on which the plan starts
	Format   string // "text", "json", "yaml", "xml"
	Query    Text   // Query Text of auto_explain; empty if the input has none
	Above    Text   // what stands in front of the plan and begins as a statement does; not checked to be SQL
	QueryID  string // Query Identifier; empty if the input has none
	Analyzed bool   // the plan was executed: it holds actual figures
	Buffered bool   // BUFFERS was on

	PlanningMs  Float
	ExecutionMs Float // Execution Time, or auto_explain's duration
	Triggers    []Trigger
	Settings    []Property // planner settings that are not at their default
	Summary     []Property // what else stands after the tree: JIT, Planning, Serialization

	Warnings []*SyntaxError // what of this plan could not be read
	Gaps     int            // lines of nodes among it that are not whole: the plan does not tell all

	nodes           []*Node
	timed           bool // TIMING was on
	planningBuffers bool // text: BUFFERS shows in the Planning block
	old             bool // text: the summary is worded as up to 9.6
	footer          bool // text: psql's count of rows stands below, so that the end was copied
	broken          bool // JSON, XML, YAML: the input ended inside of the plan
}

// Node is one node of a plan. Figures named as in EXPLAIN are per loop, as
// printed; RowsTotal, TotalMs and their like are over all loops.
type Node struct {
	ID       int // position in plan order, the root 0
	Parent   *Node
	Children []*Node // in the order of JSON's Plans
	Line     int     // 1-based line of the input, 0 if unknown

	Type         string // Node Type, as in JSON: "Seq Scan", "Aggregate"
	Relationship string // Parent Relationship: Outer, Inner, Member, Subquery, InitPlan, SubPlan; empty where there is no parent
	SubplanName  string // "InitPlan 1", "CTE x", "SubPlan 2"; likewise
	Parallel     bool   // Parallel Aware

	Operation  string // Insert, Update, Delete, Merge; of a Foreign Scan also Select
	JoinType   string // Inner, Left, Right, Full, Semi, Anti, Right Semi, Right Anti
	Strategy   string // of an Aggregate or SetOp: Plain, Sorted, Hashed, Mixed
	Direction  string // Scan Direction: Forward, Backward
	Schema     string // of the relation; only under VERBOSE
	Relation   string // Relation Name, unquoted
	Alias      string
	Index      string // Index Name, unquoted
	CTE        string // CTE Name
	FunctionOf string // Function Name or Table Function Name

	StartupCost Float
	TotalCost   Float
	PlanRows    Float
	PlanWidth   Float

	Loops     Float // 0 if the node was never executed
	Rows      Float // Actual Rows, an average over the loops
	StartupMs Float // Actual Startup Time, an average over the loops
	Ms        Float // Actual Total Time, an average over the loops

	RowsTotal     Float
	PlanRowsTotal Float
	ExpectedTotal Float   // the same as the planner counted it: below a Gather the leader is not a whole process to it
	TotalMs       Float   // elapsed: what several processes did at once is counted once
	SelfMs        Float   // TotalMs less what is charged to it, never below 0
	Processes     float64 // processes that shared the node's loops; 1 outside of Gather

	Buffers     Buffers // of the node and its children, over all loops
	SelfBuffers Buffers

	Properties []Property // everything else that was printed at the node, in its order
	Workers    []Worker

	gather     *Node   // above a node whose Plan Rows are a process's share of the whole
	shares     float64 // of which the planner took so many for the whole
	inputs     int     // children that are no InitPlans, CTEs or SubPlans, while text is read
	end        int     // the ID behind the last node of the subtree
	ranIn      *Node   // of an InitPlan or CTE: the node inside which it ran
	incomplete bool    // its line was not whole
	decimals   bool    // Actual Rows was printed with decimals, as from 18
}

// Buffers counts blocks, totals over all loops and processes.
type Buffers struct {
	SharedHit, SharedRead, SharedDirtied, SharedWritten Float
	LocalHit, LocalRead, LocalDirtied, LocalWritten     Float
	TempRead, TempWritten                               Float
}

// Property is a line of a node under its name in JSON: "Filter", "Sort Key",
// "Rows Removed by Filter", "Heap Fetches".
type Property struct {
	Name  string
	Value Value
}

// Worker holds one worker's own figures.
type Worker struct {
	ID         int // Worker Number
	Loops      Float
	Rows       Float
	Ms         Float
	Properties []Property
}

// Trigger is a line of the summary.
type Trigger struct {
	Name       string
	Constraint string
	Relation   string
	Ms         Float
	Calls      Float
}

// Nodes gives the nodes in plan order (pre-order).
func (p *Plan) Nodes() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for _, n := range p.nodes {
			if !yield(n) {
				return
			}
		}
	}
}

// Len is the number of nodes.
func (p *Plan) Len() int { return len(p.nodes) }

// Name is the relation as the plan names it: with its schema where the plan
// has it; empty for a node that scans no table.
func (n *Node) Name() string {
	if n.Schema != "" && n.Relation != "" {
		return n.Schema + "." + n.Relation
	}
	return n.Relation
}

// Executed reports whether the node ran at least once. It is true where the
// plan holds no actual figures.
func (n *Node) Executed() bool { return n.Loops.Or(1) > 0 }
