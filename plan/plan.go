// Package plan reads EXPLAIN output and computes totals over all loops.
//
// The same execution gives the same tree in every format: nodes have the names
// of EXPLAIN (FORMAT JSON), in the order in which the server prints them.
// Times are in ms, costs in planner units and buffers in blocks. A figure that
// is missing from the input is absent, never zero.
//
// The package is pure Go and does not parse SQL.
package plan

import (
	"iter"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Float is a figure that can be missing from the input.
type Float = opt.Float

// Text is a part of the user's SQL. It prints without literals; Raw returns it
// completely.
type Text = redact.Text

// SyntaxError describes where an input could not be read and what was expected
// there.
type SyntaxError = diag.SyntaxError

// Plan is one plan as EXPLAIN or auto_explain printed it.
type Plan struct {
	Root *Node

	Line     int    // 1-based line of the input on which the plan starts
	Format   string // "text", "json", "yaml", "xml"
	Query    Text   // Query Text of auto_explain; empty if the input has none
	Above    Text   // text before the plan that starts like a statement; not checked to be SQL
	Since    []Text // statements above the plan that change plans, such as SET and CREATE INDEX, since the plan before; not checked to be SQL
	QueryID  string // Query Identifier; empty if the input has none
	Analyzed bool   // the plan was executed and has actual figures
	Buffered bool   // BUFFERS was on

	PlanningMs  Float
	ExecutionMs Float // Execution Time, or the duration logged by auto_explain
	Triggers    []Trigger
	Settings    []Property // planner settings that differ from the default
	Summary     []Property // other lines after the tree: JIT, Planning, Serialization

	Warnings []*SyntaxError // parts of the plan that could not be read
	Gaps     int            // incomplete lines; if > 0, figures are missing

	nodes           []*Node
	timed           bool // TIMING was on
	planningBuffers bool // text: the Planning block has a Buffers line
	old             bool // text: the summary has the names used up to 9.6
	buffers         int  // text: how many of its lines are Buffers
	footer          bool // text: psql's row count follows, so the end is complete
	broken          bool // JSON, XML, YAML: the input ended within the plan
	headless        bool // text: above its first line is a property of a node that is missing
	inner           bool // text: its first line has an arrow, so it was below another node
	contradicted    bool // the printed execution time is less than the time of the root
}

// Node is one node of a plan. Figures named as in EXPLAIN are per loop, as
// printed. RowsTotal, TotalMs and similar figures are over all loops.
type Node struct {
	ID       int // position in plan order; the root is 0
	Parent   *Node
	Children []*Node // in the order of Plans in JSON
	Line     int     // 1-based line of the input, 0 if unknown

	Type         string // Node Type, as in JSON: "Seq Scan", "Aggregate"
	Relationship string // Parent Relationship: Outer, Inner, Member, Subquery, InitPlan, SubPlan; empty for the root
	SubplanName  string // "InitPlan 1", "CTE x", "SubPlan 2"; empty for the root

	Operation  string // Insert, Update, Delete, Merge; of a Foreign Scan also Select
	JoinType   string // Inner, Left, Right, Full, Semi, Anti, Right Semi, Right Anti
	Strategy   string // of an Aggregate or SetOp: Plain, Sorted, Hashed, Mixed
	Direction  string // Scan Direction: Forward, Backward
	Schema     string // of the relation; only with VERBOSE
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
	Rows      Float // Actual Rows, average over the loops
	StartupMs Float // Actual Startup Time in ms, average over the loops
	Ms        Float // Actual Total Time in ms, average over the loops

	RowsTotal     Float
	PlanRowsTotal Float
	ExpectedTotal Float   // like PlanRowsTotal, but with the planner's divisor: below a Gather the leader counts as a fraction of a process
	TotalMs       Float   // elapsed time: parallel work of several processes counts once
	SelfMs        Float   // TotalMs less the time of the nodes that ran inside it; at least 0
	Processes     float64 // average number of processes that shared the loops; 1 if not below a Gather

	Buffers Buffers // of the node and its children, over all loops; see SelfBlocks, SelfBuffers
	IO      IOTimes // of the node and its children, over all loops; with track_io_timing; see SelfIO

	Properties []Property // all other lines of the node, in printed order
	Workers    []Worker

	few        *fewNodes
	inputs     int  // children other than InitPlans, CTEs and SubPlans; set while reading text
	end        int  // the ID after the last node of the subtree
	Parallel   bool // Parallel Aware
	perRow     bool // below a Gather, and within what a process runs for a row of its own
	incomplete bool // its line is incomplete
	abridged   bool // lines below it were omitted
	lacks      bool // an input is missing; set with the tree
	doubtful   bool // lines are missing, and what they have may have run inside the node
	openEnd    bool // the input ends before its last input, or may do so
	cutOff     bool // the input ends within its properties
	unread     bool // its Buffers could not be read
	decimals   bool // Actual Rows has decimals, as from 18
	cutShort   bool // a node above stopped fetching its rows; see StoppedEarly
}

// fewNodes is what few nodes have: those below a Gather, InitPlans, CTEs, and where they
// ran.
type fewNodes struct {
	gather *Node    // the Gather above, if the processes share the node's rows
	shares float64  // what the planner divided their estimate by; 0 if unknown
	ranIn  *Node    // of an InitPlan or CTE: the node that evaluated it
	readBy []*Node  // of a CTE that several scans evaluated, each a part: these
	inside []inside // InitPlans and CTEs that ran inside the node, without being its input
}

// inside is a part of another node that ran inside a node.
type inside struct {
	node *Node
	part float64
}

// rare returns what few nodes have. It must not be written.
func (n *Node) rare() *fewNodes {
	if n.few == nil {
		return &noneOfFew
	}
	return n.few
}

var noneOfFew fewNodes

// ownRare is rare for writing.
func (n *Node) ownRare() *fewNodes {
	if n.few == nil {
		n.few = new(fewNodes)
	}
	return n.few
}

// Buffers counts blocks of 8 kB (by default), totals over all loops and
// processes.
type Buffers struct {
	SharedHit, SharedRead, SharedDirtied, SharedWritten Float
	LocalHit, LocalRead, LocalDirtied, LocalWritten     Float
	TempRead, TempWritten                               Float
}

// IOTimes are the times in ms for reading and writing blocks, summed over all
// processes. Read and Write are for shared blocks, up to 16 in JSON for local ones too.
type IOTimes struct {
	Read, Write, TempRead, TempWrite Float
}

// Property is a property of a node under its name in JSON: "Filter", "Sort
// Key", "Rows Removed by Filter", "Heap Fetches".
type Property struct {
	Name  string
	Value Value
}

// Worker contains one worker's own figures.
type Worker struct {
	ID         int // Worker Number
	Loops      Float
	Rows       Float
	Ms         Float
	Properties []Property
}

// Trigger is a trigger line of the summary.
type Trigger struct {
	Name       string
	Constraint string
	Relation   string
	Ms         Float
	Calls      Float
}

// Nodes returns the nodes in plan order (pre-order).
func (p *Plan) Nodes() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for _, n := range p.nodes {
			if !yield(n) {
				return
			}
		}
	}
}

// Len returns the number of nodes.
func (p *Plan) Len() int { return len(p.nodes) }

// Name returns the relation as the plan prints it, with the schema if the plan
// contains it; empty if the node scans no relation.
func (n *Node) Name() string {
	if n.Schema != "" && n.Relation != "" {
		return n.Schema + "." + n.Relation
	}
	return n.Relation
}

// Executed reports whether the node ran at least once. It returns true if the
// plan has no actual figures.
func (n *Node) Executed() bool { return n.Loops.Or(1) > 0 }
