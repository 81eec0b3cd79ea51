// Package report defines the Report and writes it as text, Markdown, JSON, JSON
// lines or HTML.
//
// In a Report everything is decided, sorted and redacted. A renderer computes
// nothing, so all formats have the same content.
package report

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// SchemaVersion is raised when a field of the JSON report is renamed or dropped.
const SchemaVersion = 1

// Report is the result of a review. Its strings are ready to be printed: they are
// redacted unless the user asked for literals.
type Report struct {
	SchemaVersion   int              `json:"schema_version"`
	Tool            Tool             `json:"tool"`
	Inputs          []Input          `json:"inputs"`
	Symptom         Symptom          `json:"symptom"`
	Plans           []Plan           `json:"plans"`
	Expected        []Expected       `json:"expected"` // for pasted queries without a plan
	Queries         []LoggedQuery    `json:"queries"`  // of inputs with several plans of one query, the most expensive first
	Workload        *Workload        `json:"workload"`
	Changes         []Change         `json:"changes"`    // between two exports
	Comparison      *Comparison      `json:"comparison"` // null unless BEFORE and AFTER were given
	Configured      []Configured     `json:"configured"` // rules that the user disabled or changed
	Recon           []Recon          `json:"recon"`      // what the repository of the migrations tells
	Migrations      []Migration      `json:"migrations"`
	Statements      []DDL            `json:"statements"` // of the migrations, in the order in which they run
	Schema          *Schema          `json:"schema"`     // null unless a schema was reviewed
	Findings        []Finding        `json:"findings"`
	Recommendations []Recommendation `json:"recommendations"`
	FollowUp        FollowUp         `json:"follow_up"`
	Planner         string           `json:"planner"`
	Refused         []Refused        `json:"refused"`
	Missing         []Missing        `json:"missing"`
	Summary         Summary          `json:"summary"`
	Warnings        []string         `json:"warnings"` // parts of pgverdict that failed on the input

	// Draft writes the safe form of the migrations into a folder and returns the paths
	// that it wrote; nil if there is no migration.
	Draft func(dir string, now time.Time) ([]string, error) `json:"-"`
}

type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Recon is a fact about the database that a file of the repository tells.
type Recon struct {
	Item       string `json:"item"`
	Value      string `json:"value"`
	Basis      string `json:"basis"`      // "compose.yaml:12"; empty for what is missing
	Confidence string `json:"confidence"` // "stated", "inferred"
}

// Input is a document that was read or could not be read.
type Input struct {
	Path     string   `json:"path"`
	Kind     string   `json:"kind"`
	Format   string   `json:"format"`
	Rows     int      `json:"rows"`
	Note     string   `json:"note"` // what is not reported, and why
	Warnings []string `json:"warnings"`
}

// Used reports whether the report is about the input.
func (i Input) Used() bool {
	return !slices.Contains([]string{"unknown", "own", "other", "repo"}, i.Kind)
}

// Symptom answers what a reader asks first: which query is slow, where it runs,
// how often, how slow it is and since when.
type Symptom struct {
	Query    string   `json:"query"` // of the plan or statement in the verdict; may be empty
	Facts    []Fact   `json:"facts"`
	NotGiven []string `json:"not_given"` // keys that are neither in the input nor given by the user
}

// Fact is an answer to a key of ContextKeys.
type Fact struct {
	Key    string `json:"key"`
	Text   string `json:"text"`
	Source string `json:"source"` // an input, or "given" if the user said it
}

type Plan struct {
	Input       int       `json:"input"`
	Query       string    `json:"query"`
	QueryID     *string   `json:"query_id"`
	PlanningMs  opt.Float `json:"planning_ms"`
	ExecutionMs opt.Float `json:"execution_ms"`
	RootCost    opt.Float `json:"root_cost"`
	Analyzed    bool      `json:"analyzed"` // it was executed and has times or actual rows
	Complete    bool      `json:"complete"` // it is not known to be cut
	Settings    []Setting `json:"settings"` // that differ from the default; with EXPLAIN (SETTINGS)
	Triggers    []Trigger `json:"triggers"` // in the order in which EXPLAIN prints them
	JITMs       opt.Float `json:"jit_ms"`   // of all processes
	JIT         *JIT      `json:"jit"`      // null if nothing was compiled

	PlanningSharedHit  opt.Float `json:"planning_shared_hit"`
	PlanningSharedRead opt.Float `json:"planning_shared_read"`
	SerializationMs    opt.Float `json:"serialization_ms"`

	SlowestRun *int `json:"slowest_run"` // the position of the slowest run of the same plan; null if it is this one

	ByType     []NodeSum `json:"by_type"`     // its nodes together, the type with the most time first
	ByRelation []NodeSum `json:"by_relation"` // those that scan or write one

	// Text returns the plan as EXPLAIN prints it. All of it is in the nodes, and few
	// formats print it, so it is made when it is asked for; nil: there is none.
	Text func() []TextLine `json:"-"`

	Nodes []Node `json:"nodes"`
	// Node makes one of Size nodes, with its figures, and Sum sets their sums. Of many plans
	// and of a large one, most formats print few nodes, so they are made when they are asked
	// for; nil: they are set. See Whole, at, each and summed.
	Node func(i int) Node `json:"-"`
	Size int              `json:"-"`
	Sum  func(p *Plan)    `json:"-"`
	// Describe sets the names, workers, output, conditions and notes of a node. Of a large plan,
	// most formats print few nodes, so they are made when they are asked for; nil: they
	// are set.
	Describe func(n *Node) `json:"-"`

	Side string `json:"-"`    // "before" or "after", if plans are compared
	Fine string `json:"fine"` // why nothing is wrong with this plan; empty if something is
}

// Setting is a setting of the session in which a plan was made.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Trigger is what a trigger, or the check of a foreign key, took.
type Trigger struct {
	Name       string    `json:"name"`
	Constraint string    `json:"constraint"` // of the foreign key that it checks; may be empty
	Relation   string    `json:"relation"`   // empty if all are on one table
	Calls      opt.Float `json:"calls"`
	Ms         opt.Float `json:"ms"`
}

// JIT is what just-in-time compilation did, in all processes.
type JIT struct {
	Functions      opt.Float `json:"functions"`
	GenerationMs   opt.Float `json:"generation_ms"`
	InliningMs     opt.Float `json:"inlining_ms"`
	OptimizationMs opt.Float `json:"optimization_ms"`
	EmissionMs     opt.Float `json:"emission_ms"`
}

// LoggedQuery is a query of a log with the totals of its plans.
type LoggedQuery struct {
	Query   string    `json:"query"`
	QueryID *string   `json:"query_id"`
	Plans   int       `json:"plans"`
	TotalMs opt.Float `json:"total_ms"` // of the plans that have times
	WorstMs opt.Float `json:"worst_ms"`
	Worst   int       `json:"worst_plan"` // position among the plans
}

// Node is a node of a plan. Its figures are totals over all loops. Blocks and the
// times for reading and writing them are sums over all processes.
type Node struct {
	ID           int       `json:"id"`
	Parent       *int      `json:"parent"`
	Line         *int      `json:"line"` // of the input; null if it is not known
	Type         string    `json:"type"`
	Label        string    `json:"label"`   // as the tree names it: "Parallel Seq Scan on orders o"
	Subplan      *string   `json:"subplan"` // "SubPlan 2", "InitPlan 1", "CTE w"
	Relation     *string   `json:"relation"`
	Alias        *string   `json:"alias"`
	Index        *string   `json:"index"`
	Loops        opt.Float `json:"loops"`
	Executions   opt.Float `json:"executions"` // loops, those of parallel processes counted once
	RowsTotal    opt.Float `json:"rows_total"`
	Removed      opt.Float `json:"removed"`   // rows that its filters discarded
	Processed    opt.Float `json:"processed"` // rows returned and discarded
	StoppedEarly bool      `json:"stopped_early"`

	PlanRowsTotal opt.Float `json:"plan_rows_total"`
	ExpectedTotal opt.Float `json:"expected_rows_total"` // the planner's total: below a Gather less than rows x loops
	Cost          opt.Float `json:"cost"`                // total cost as planned, per loop
	SelfCost      opt.Float `json:"self_cost"`           // the node's own part of the root's cost; null if the plan was executed
	CostShare     opt.Float `json:"cost_share"`          // the same, from 0 to 1
	TotalMs       opt.Float `json:"total_ms"`
	SelfMs        opt.Float `json:"self_ms"`
	SelfShare     opt.Float `json:"self_share"`

	SharedHit      opt.Float `json:"shared_hit"`
	SharedRead     opt.Float `json:"shared_read"`
	SharedDirtied  opt.Float `json:"shared_dirtied"`
	SharedWritten  opt.Float `json:"shared_written"`
	LocalHit       opt.Float `json:"local_hit"` // of temporary tables
	LocalRead      opt.Float `json:"local_read"`
	TempRead       opt.Float `json:"temp_read"`
	TempWritten    opt.Float `json:"temp_written"`
	SelfSharedHit  opt.Float `json:"self_shared_hit"`
	SelfSharedRead opt.Float `json:"self_shared_read"`
	SelfLocalHit   opt.Float `json:"self_local_hit"`
	SelfLocalRead  opt.Float `json:"self_local_read"`
	SelfTempRead   opt.Float `json:"self_temp_read"`
	SelfTempWrite  opt.Float `json:"self_temp_written"`

	IOReadMs      opt.Float `json:"io_read_ms"`
	IOWriteMs     opt.Float `json:"io_write_ms"`
	TempIOReadMs  opt.Float `json:"temp_io_read_ms"`
	TempIOWriteMs opt.Float `json:"temp_io_write_ms"`
	SelfIOMs      opt.Float `json:"self_io_ms"` // reading and writing, with temporary files

	WALRecords opt.Float `json:"wal_records"`
	WALBytes   opt.Float `json:"wal_bytes"`
	WALFPI     opt.Float `json:"wal_full_page_images"`

	WorkersPlanned  opt.Float    `json:"workers_planned"`
	WorkersLaunched opt.Float    `json:"workers_launched"`
	Workers         []PlanWorker `json:"workers"`

	Output     []string    `json:"output"`     // its columns; with EXPLAIN (VERBOSE)
	Conditions []Condition `json:"conditions"` // conditions and keys
	Notes      []string    `json:"notes"`      // rows removed, disk use, and why the node is right
}

// Whole returns the plan with its nodes.
func (p *Plan) Whole() *Plan {
	if p.Nodes == nil && p.Node != nil {
		p.Nodes = make([]Node, p.Size)
		for i := range p.Nodes {
			p.Nodes[i] = p.Node(i)
		}
	}
	return p
}

// size returns the number of nodes.
func (p *Plan) size() int {
	if p.Nodes == nil {
		return p.Size
	}
	return len(p.Nodes)
}

// at returns a node of the plan.
func (p *Plan) at(i int) *Node {
	if p.Nodes == nil {
		return new(p.Node(i))
	}
	return &p.Nodes[i]
}

// each gives the nodes of the plan in turn. A node is valid until the next one.
func (p *Plan) each(do func(i int, n *Node)) {
	var made Node
	for i := range p.size() {
		if p.Nodes != nil {
			do(i, &p.Nodes[i])
			continue
		}
		made = p.Node(i)
		do(i, &made)
	}
}

// summed returns the plan with the sums of its nodes.
func (p *Plan) summed() *Plan {
	if p.Whole(); p.Sum != nil {
		p.Sum(p)
		p.Sum = nil
	}
	return p
}

// whole returns the plan at a position with its nodes.
func (r *Report) whole(i int) *Plan { return r.Plans[i].Whole() }

// described returns a node of the plan with its names, workers, output, conditions and notes.
func (p *Plan) described(n *Node) *Node {
	if p.Describe != nil && n.Notes == nil {
		p.Describe(n)
	}
	return n
}

// toWrite returns an entry of a list with all that is written of it. Of a plan, which has
// that only while it is written, it is a copy.
func toWrite(entry reflect.Value) reflect.Value {
	if entry.Type() != reflect.TypeFor[Plan]() {
		return entry
	}
	p := entry.Interface().(Plan)
	p.summed()
	for i := range p.Nodes {
		p.described(&p.Nodes[i])
	}
	return reflect.ValueOf(p)
}

// has reports whether a node of the plan has a property.
func (p *Plan) has(property func(n *Node) bool) bool {
	for i := range p.Nodes {
		if property(&p.Nodes[i]) {
			return true
		}
	}
	return false
}

// TextLine is a line of a plan in EXPLAIN's text format, and the node that it is about.
type TextLine struct {
	Node int
	Text string
}

// NodeSum is what several nodes of a plan took together, without the nodes below them.
type NodeSum struct {
	Name           string    `json:"name"`
	Nodes          int       `json:"nodes"`
	SelfMs         opt.Float `json:"self_ms"`
	SelfShare      opt.Float `json:"self_share"`
	SelfIOMs       opt.Float `json:"self_io_ms"`
	Processed      opt.Float `json:"processed"`
	SelfSharedHit  opt.Float `json:"self_shared_hit"`
	SelfSharedRead opt.Float `json:"self_shared_read"`
}

// PlanWorker is what one parallel worker did in a node.
type PlanWorker struct {
	ID          int       `json:"id"`
	Loops       opt.Float `json:"loops"`
	RowsTotal   opt.Float `json:"rows_total"`
	TotalMs     opt.Float `json:"total_ms"`
	SharedHit   opt.Float `json:"shared_hit"`
	SharedRead  opt.Float `json:"shared_read"`
	TempWritten opt.Float `json:"temp_written"`
	IOReadMs    opt.Float `json:"io_read_ms"`
	JITMs       opt.Float `json:"jit_ms"`
	Sort        string    `json:"sort"` // "external merge, 568 kB of disk"; empty if it sorted nothing
}

// Condition is an expression of a node with its name in EXPLAIN: Index Cond,
// Filter, Sort Key.
type Condition struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Expected is the plan that the cost model estimates for a query without a plan,
// and how to get the real plan.
type Expected struct {
	Input      int           `json:"input"`
	Line       int           `json:"line"`
	Query      string        `json:"query"`
	QueryID    *string       `json:"query_id"`
	Conjecture bool          `json:"conjecture"` // always true
	Why        string        `json:"why"`        // why there is no plan; empty if there is one
	Assumed    []string      `json:"assumed"`    // assumptions of the costs that are not in the input
	Today      *ExpectedPlan `json:"today"`      // with the existing indexes
	Proposed   *ExpectedPlan `json:"proposed"`   // with the recommended indexes; null if they change nothing
	Ask        string        `json:"ask"`        // the command that gets the real plan; empty if none can be printed
	How        string        `json:"how"`        // what to do in addition, or instead
}

type ExpectedPlan struct {
	With  []string       `json:"with"` // the recommendations whose indexes it uses
	Cost  float64        `json:"cost"`
	Nodes []ExpectedNode `json:"nodes"`
}

// ExpectedNode is a node as EXPLAIN names it. Its figures are per loop.
type ExpectedNode struct {
	ID             int       `json:"id"`
	Parent         *int      `json:"parent"`
	Type           string    `json:"type"`
	Label          string    `json:"label"`
	Relation       *string   `json:"relation"`
	Alias          *string   `json:"alias"`
	Index          *string   `json:"index"`
	Recommendation *string   `json:"recommendation"` // the recommendation that creates the index
	Rows           opt.Float `json:"rows"`
	Cost           opt.Float `json:"cost"`
	Proposed       bool      `json:"proposed"`   // part of the plan with the recommended indexes
	Conjecture     bool      `json:"conjecture"` // always true
}

type Workload struct {
	Database    *string     `json:"database"`
	ExportedAt  *time.Time  `json:"exported_at"`
	StatsReset  *time.Time  `json:"stats_reset"` // since when the counters of tables and indexes run
	WindowDays  opt.Float   `json:"window_days"`
	WindowBasis *string     `json:"window_basis"`
	Notes       []string    `json:"notes"` // parts of the exports that could not be joined or compared
	Statements  []Statement `json:"statements"`
	// MoreStatements are behind those, for a format that lists the first ones.
	MoreStatements int        `json:"-"`
	Tables         []Table    `json:"tables"`
	Indexes        []Index    `json:"indexes"`
	Log            *ServerLog `json:"log"` // null: no server log was read
}

// ServerLog is what server logs tell of the workload.
type ServerLog struct {
	From       string     `json:"from"` // the first and the last entry, as the log writes times; empty if it has none
	To         string     `json:"to"`
	FastestMs  opt.Float  `json:"fastest_ms"` // the fastest execution in the log: faster ones may not have been logged
	Statements bool       `json:"statements"` // the statements of the workload are those of the log
	Events     []LogEvent `json:"events"`
}

// LogEvent is what a log has of one kind.
type LogEvent struct {
	Event   string    `json:"event"`
	Count   int       `json:"count"`
	Total   opt.Float `json:"total"`
	Largest opt.Float `json:"largest"`
	Unit    string    `json:"unit"` // of total and largest: ms, bytes; empty if there are none
	What    string    `json:"what"`
}

type Statement struct {
	QueryID     string    `json:"query_id"`
	Query       string    `json:"query"`
	Calls       opt.Float `json:"calls"`
	TotalMs     opt.Float `json:"total_ms"`
	MeanMs      opt.Float `json:"mean_ms"`
	MaxMs       opt.Float `json:"max_ms"`
	PlanningMs  opt.Float `json:"planning_ms"` // of all calls; absent if track_planning is off
	ReadMs      opt.Float `json:"read_ms"`     // of all calls, for reading blocks
	Rows        opt.Float `json:"rows"`
	SharedHit   opt.Float `json:"shared_hit"`
	SharedRead  opt.Float `json:"shared_read"`
	TempWritten opt.Float `json:"temp_written"`
	WALBytes    opt.Float `json:"wal_bytes"`
	Share       opt.Float `json:"share"`
	CallsPerDay opt.Float `json:"calls_per_day"`
	Tables      []string  `json:"tables"`
}

// label returns what lists show of the statement: its text, or its queryid where the server or
// the export has no text.
func (s *Statement) label() string {
	switch hidden := strings.HasPrefix(s.Query, "<"); {
	case s.QueryID != "" && (s.Query == "" || hidden):
		return strings.TrimLeft(s.Query+" queryid "+s.QueryID, " ")
	case s.Query == "":
		return "(no text and no queryid)"
	}
	return s.Query
}

type Table struct {
	Name          string    `json:"name"`
	SizeBytes     opt.Float `json:"size_bytes"`
	Rows          opt.Float `json:"rows"`
	SeqScan       opt.Float `json:"seq_scan"`
	IdxScan       opt.Float `json:"idx_scan"`
	Inserted      opt.Float `json:"inserted"`
	Updated       opt.Float `json:"updated"`
	HotUpdated    opt.Float `json:"hot_updated"`
	Deleted       opt.Float `json:"deleted"`
	DeadRows      opt.Float `json:"dead_rows"`
	WritesPerDay  opt.Float `json:"writes_per_day"`
	WALPerByte    opt.Float `json:"wal_per_row_byte"` // WAL bytes of an inserted row with its index entries, per byte of the row
	WALTopIndexes []string  `json:"wal_top_indexes"`  // the indexes, two at most, with most of this WAL
	WALTopShare   opt.Float `json:"wal_top_share"`    // their share of it
}

type Index struct {
	Name       string          `json:"name"`
	Table      string          `json:"table"`
	Definition string          `json:"definition"`
	Scans      opt.Float       `json:"scans"`
	SizeBytes  opt.Float       `json:"size_bytes"`
	Valid      opt.Value[bool] `json:"valid"`
	Unique     opt.Value[bool] `json:"unique"`
	Constraint *string         `json:"constraint"`
	WriteCost  *WriteCost      `json:"write_cost"`
}

// Configured is a rule with settings of the user.
type Configured struct {
	Rule       string             `json:"rule"`
	Off        bool               `json:"off"`
	Fail       bool               `json:"fail"` // its findings end the run with status 1
	Thresholds map[string]float64 `json:"thresholds"`
	Reason     string             `json:"reason"`
}

// Change is a difference between two exports of one database.
type Change struct {
	Kind    string    `json:"kind"`    // statement-regressed, statement-new, statement-gone, index-now-unused, ...
	Subject string    `json:"subject"` // a query id, a table, an index
	Object  string    `json:"object"`  // what changed: the start of a statement, a table, an index
	Title   string    `json:"title"`
	Brief   string    `json:"-"` // the times of two plans without what makes the difference
	Before  opt.Float `json:"before"`
	After   opt.Float `json:"after"`
	Unit    string    `json:"unit"`
}

// Comparison is what became of the plans of BEFORE. The report is about AFTER.
type Comparison struct {
	Inputs     []Input         `json:"inputs"` // of BEFORE
	Before     []Plan          `json:"before"` // the plans of BEFORE; their inputs are those above
	Pairs      []ComparedPlans `json:"pairs"`  // the largest difference first
	OnlyBefore int             `json:"only_before"`
	OnlyAfter  int             `json:"only_after"` // plans without a counterpart
	Slower     bool            `json:"slower"`     // a query or a statement takes longer, beyond noise
	Gone       []Explained     `json:"gone"`       // findings of BEFORE that AFTER does not have
}

// Outcomes of a comparison.
const (
	Faster   = "faster"
	Slower   = "slower"
	Same     = "same"
	NotTimed = "not timed"
)

// ComparedPlans are two plans of one query.
type ComparedPlans struct {
	Query   string           `json:"query"`
	Before  int              `json:"before"` // position among the plans of BEFORE
	After   int              `json:"after"`  // position among the plans of the report
	Outcome string           `json:"outcome"`
	Figures []ComparedFigure `json:"figures"`
	Why     []string         `json:"why"` // what makes the difference
}

// ComparedFigure is a figure of two plans.
type ComparedFigure struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit"` // ms, rows, blocks, cost
	Before opt.Float `json:"before"`
	After  opt.Float `json:"after"`
	Change opt.Float `json:"change"` // after / before - 1; null if before is 0 or unknown
	Noise  bool      `json:"noise"`  // no larger than the difference of two runs of one plan
}

// Server is a version of PostgreSQL and its source.
type Server struct {
	Value string `json:"value"`
	Basis string `json:"basis"`
}

// NodeRef is a node of a plan. Both are counted from 0.
type NodeRef struct {
	Plan int `json:"plan"`
	Node int `json:"node"`
}

type Finding struct {
	ID        string           `json:"id"` // "A1": the section and the number there
	Rule      string           `json:"rule"`
	Section   string           `json:"section"`
	Tag       finding.Tag      `json:"tag"`
	Severity  finding.Severity `json:"severity"`
	Title     string           `json:"title"`
	Detail    string           `json:"detail"` // what carries the title, why it costs, and what helps to judge it
	Brief     string           `json:"-"`      // the part of the detail that is said in lists
	Question  string           `json:"question"`
	Settles   string           `json:"settles"` // the data that settles the question
	Default   string           `json:"default"` // what to do without that data
	Fix       string           `json:"fix"`
	Blast     string           `json:"blast_radius"` // of something critical: what it hits
	Ignored   string           `json:"ignored"`      // why a comment in the migration switches it off; empty: it counts
	Action    string           `json:"action"`       // of something critical: the fix
	Explains  []string         `json:"explains"`     // the rules whose findings have this cause
	Explained []Explained      `json:"explained"`    // what these saw
	Where     Where            `json:"where"`
	Runs      []int            `json:"runs"`   // positions of the plans, faster runs of the same plan, that show it too
	Places    []Place          `json:"places"` // of a finding that tells the same of many: all of them
	Evidence  []Evidence       `json:"evidence"`
	New       opt.Value[bool]  `json:"new"`   // BEFORE does not have it, or less severe; null if nothing is compared
	Share     opt.Float        `json:"share"` // 0 to 1: the part of the execution, or of the exported execution time, that it explains
	ImpactMs  opt.Float        `json:"impact_ms"`
}

// Symptom is a finding that another one explains.
type Explained struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
}

type Where struct {
	Input    opt.Value[int] `json:"input"`
	Line     opt.Value[int] `json:"line"`
	Plan     opt.Value[int] `json:"plan"`
	Node     opt.Value[int] `json:"node"`
	Relation *string        `json:"relation"`
	Column   *string        `json:"column"`
	Index    *string        `json:"index"`
	QueryID  *string        `json:"query_id"`
}

// Place is one of the places of a finding.
type Place struct {
	Relation *string        `json:"relation"`
	Column   *string        `json:"column"`
	Index    *string        `json:"index"`
	Input    opt.Value[int] `json:"input"`
	Line     opt.Value[int] `json:"line"`
	Title    string         `json:"title"`
	Change   string         `json:"change"` // what it calls for as plain DDL; the recommendation has the safe steps of the largest place
}

type Evidence struct {
	Name   string `json:"name"`
	Value  any    `json:"value"` // float64 or string
	Unit   string `json:"unit"`
	Source string `json:"source"`
}

type Recommendation struct {
	ID        string `json:"id"`     // R1, R2, ... in the order to try them
	Action    string `json:"action"` // create_index, drop_index, set_work_mem, rewrite_query, analyze, vacuum
	Title     string `json:"title"`  // "index on orders (customer_id, placed_at)"
	Statement string `json:"statement"`
	Rollback  string `json:"rollback"`
	// Steps are the parts of the statement, each with its transaction and its deploy, if
	// it is shipped in several.
	Steps []SafeStep `json:"steps"`
	// Runnable is false if the statement cannot be run as printed, because it
	// contains a hidden literal. NotRunnable says why.
	Runnable    bool       `json:"runnable"`
	NotRunnable string     `json:"not_runnable"`
	Check       string     `json:"check"` // SQL that checks whether it worked; may be empty
	Index       *IndexSpec `json:"index"`
	Rewrite     *Rewrite   `json:"rewrite"` // of rewrite_query
	Basis       string     `json:"basis"`
	Verify      string     `json:"verify"`
	Gain        string     `json:"gain"` // in words, with its basis
	Cost        string     `json:"cost"` // in words, with its basis
	Serves      []Serves   `json:"serves"`
	SizeBytes   opt.Float  `json:"size_bytes"`
	WriteCost   *WriteCost `json:"write_cost"`
	Balance     *Balance   `json:"balance"` // of a new index
	Lock        Lock       `json:"lock"`
	Findings    []int      `json:"findings"`
}

// Rewrite is a query in another form.
type Rewrite struct {
	Original string `json:"original"`
	Draft    string `json:"draft"`
	// EqualIf is what has to hold for the draft to return the same rows. It is empty if
	// it always does, as far as the schema is known.
	EqualIf []string `json:"equal_if"`
	Notes   []string `json:"notes"` // what stands for what in the draft, and which index serves it
}

type IndexSpec struct {
	Schema  string   `json:"schema"`
	Table   string   `json:"table"`
	Method  string   `json:"method"`
	Keys    []string `json:"keys"`
	Include []string `json:"include"`
	Where   string   `json:"where"`
	Unique  bool     `json:"unique"`
}

type Serves struct {
	Plan       opt.Value[int] `json:"plan"`
	QueryID    *string        `json:"query_id"`
	Calls      opt.Float      `json:"calls"`
	CostBefore opt.Float      `json:"cost_before"`
	CostAfter  opt.Float      `json:"cost_after"`
	Method     string         `json:"method"`
	Expected   opt.Value[int] `json:"expected"` // position among the expected plans, of a query that was pasted alone
}

type WriteCost struct {
	EntriesPerInsert        opt.Float `json:"entries_per_insert"`
	WALBytesPerInsert       opt.Float `json:"wal_bytes_per_insert"`
	WALBytesPerNonHOTUpdate opt.Float `json:"wal_bytes_per_nonhot_update"`
	HOTUpdatesLostShare     opt.Float `json:"hot_updates_lost_share"`
	WALBytesPerLostHOT      opt.Float `json:"wal_bytes_per_lost_hot_update"` // in all indexes that the update then writes
	Amplification           opt.Float `json:"amplification"`
	WALBytesPerDay          opt.Float `json:"wal_bytes_per_day"`
	FPIBytesPerDay          opt.Float `json:"fpi_bytes_per_day"` // full page images in WALBytesPerDay
	EntriesPerDay           opt.Float `json:"entries_per_day"`
	GrowthBytesPerDay       opt.Float `json:"index_growth_bytes_per_day"`
	PagesPerCheckpoint      opt.Float `json:"pages_dirtied_per_checkpoint"`
	Pattern                 string    `json:"pattern"` // order of new entries: append, random, duplicates, ascending, descending; empty if unknown
	Basis                   string    `json:"basis"`
	Notes                   []string  `json:"notes"` // why a figure is null, which figures are upper bounds
}

// Balance compares what an index saves per day with the cost of its writes.
type Balance struct {
	SavedMsPerDay     opt.Float `json:"saved_ms_per_day"`
	SavedBlocksPerDay opt.Float `json:"saved_blocks_per_day"`
	CostBlocksPerDay  opt.Float `json:"cost_blocks_per_day"`
}

type Lock struct {
	Mode     string   `json:"mode"`
	Blocks   string   `json:"blocks"`
	Duration string   `json:"duration"`
	Cautions []string `json:"cautions"`
}

type FollowUp struct {
	B string `json:"B"`
	C string `json:"C"`
}

type Refused struct {
	Index string `json:"index"`
	Why   string `json:"why"`
}

// Missing is data that is not in the input: what it would decide, how to get it,
// and the rules that need it.
type Missing struct {
	Input    string   `json:"input"`
	Why      string   `json:"why"`
	How      string   `json:"how"`      // what to do in addition to the commands, or without them
	Commands []string `json:"commands"` // each runs as printed
	Export   string   `json:"export"`   // the commands, joined by newlines
	Rules    []string `json:"rules"`
}

type Summary struct {
	Subject string         `json:"subject"` // what was reviewed, in a few words
	Verdict string         `json:"verdict"`
	Lead    opt.Value[int] `json:"lead"`           // position of the finding that the verdict is about
	Node    *NodeRef       `json:"node"`           // the node in the verdict, if no finding explains most of the time of its plan
	Server  *Server        `json:"server_version"` // the version that rules and costs use
	Top     []string       `json:"top"`            // ids of at most three recommendations, in the order to try them
	// MigrationVerdict is the worst verdict of the migrations: ship, rewrite or hold;
	// empty if there are none.
	MigrationVerdict string         `json:"migration_verdict"`
	Counts           map[string]int `json:"counts"`
}
