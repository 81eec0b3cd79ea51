// Package report holds the finished Report, the contract's JSON, and writes it
// as text, Markdown, JSON, JSON lines or HTML.
//
// A renderer is given a Report in which everything is decided, ordered and
// redacted; it computes nothing, so that all formats say the same thing.
package report

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// SchemaVersion is raised when a field of the JSON report is renamed or dropped.
const SchemaVersion = 1

// Report is the whole answer. Strings in it are ready to be shown: redacted,
// unless the user asked for literals.
type Report struct {
	SchemaVersion   int              `json:"schema_version"`
	Tool            Tool             `json:"tool"`
	Inputs          []Input          `json:"inputs"`
	Symptom         Symptom          `json:"symptom"`
	Plans           []Plan           `json:"plans"`
	Expected        []Expected       `json:"expected"` // of pasted queries whose plan was not
	Queries         []LoggedQuery    `json:"queries"`  // of inputs with several plans of one query, the costliest first
	Workload        *Workload        `json:"workload"`
	Changes         []Change         `json:"changes"`    // between two exports
	Configured      []Configured     `json:"configured"` // rules that the user switched off or set otherwise
	Findings        []Finding        `json:"findings"`
	Recommendations []Recommendation `json:"recommendations"`
	FollowUp        FollowUp         `json:"follow_up"`
	Planner         string           `json:"planner"`
	Refused         []Refused        `json:"refused"`
	Missing         []Missing        `json:"missing"`
	Summary         Summary          `json:"summary"`
	Warnings        []string         `json:"warnings"` // what of pgverdict itself failed on the input
}

type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Input is one document that was read, or could not be.
type Input struct {
	Path     string   `json:"path"`
	Kind     string   `json:"kind"`
	Format   string   `json:"format"`
	Rows     int      `json:"rows"`
	Note     string   `json:"note"` // what of it is not reported, and why
	Warnings []string `json:"warnings"`
}

// Symptom is what a reader asks first: which query is slow, where it runs, how
// often, how slow it is and since when.
type Symptom struct {
	Query    string   `json:"query"` // of the plan or statement that the verdict is on; may be empty
	Facts    []Fact   `json:"facts"`
	NotGiven []string `json:"not_given"` // keys that neither the input nor the user answers
}

// Fact is an answer, under its key of ContextKeys.
type Fact struct {
	Key    string `json:"key"`
	Text   string `json:"text"`
	Source string `json:"source"` // an input, or "given" where the user says so
}

type Plan struct {
	Input       int       `json:"input"`
	Query       string    `json:"query"`
	QueryID     *string   `json:"query_id"`
	PlanningMs  opt.Float `json:"planning_ms"`
	ExecutionMs opt.Float `json:"execution_ms"`
	RootCost    opt.Float `json:"root_cost"`
	Analyzed    bool      `json:"analyzed"` // it was executed, and has times or real rows
	Complete    bool      `json:"complete"` // nothing shows that it was cut
	Nodes       []Node    `json:"nodes"`
	Fine        string    `json:"fine"` // why nothing is wrong with this plan; empty if something is
}

// LoggedQuery is a query with what its plans in a log come to.
type LoggedQuery struct {
	Query   string  `json:"query"`
	QueryID *string `json:"query_id"`
	Plans   int     `json:"plans"`
	TotalMs float64 `json:"total_ms"`
	WorstMs float64 `json:"worst_ms"`
	Worst   int     `json:"worst_plan"` // position among the plans
}

type Node struct {
	ID             int         `json:"id"`
	Parent         *int        `json:"parent"`
	Type           string      `json:"type"`
	Label          string      `json:"label"` // as the tree names it: "Parallel Seq Scan on orders o"
	Relation       *string     `json:"relation"`
	Alias          *string     `json:"alias"`
	Index          *string     `json:"index"`
	Loops          opt.Float   `json:"loops"`
	RowsTotal      opt.Float   `json:"rows_total"`
	PlanRowsTotal  opt.Float   `json:"plan_rows_total"`
	ExpectedTotal  opt.Float   `json:"expected_rows_total"` // the planner's own total: below a Gather less than rows by loops
	Cost           opt.Float   `json:"cost"`                // total cost as planned, per loop
	TotalMs        opt.Float   `json:"total_ms"`
	SelfMs         opt.Float   `json:"self_ms"`
	SelfShare      opt.Float   `json:"self_share"`
	SharedHit      opt.Float   `json:"shared_hit"`
	SharedRead     opt.Float   `json:"shared_read"`
	TempRead       opt.Float   `json:"temp_read"`
	TempWritten    opt.Float   `json:"temp_written"`
	SelfSharedHit  opt.Float   `json:"self_shared_hit"`
	SelfSharedRead opt.Float   `json:"self_shared_read"`
	Conditions     []Condition `json:"conditions"` // by what it finds, joins, sorts and groups its rows
	Notes          []string    `json:"notes"`      // what the eye needs beside the node: rows dropped, disk, why it is right
}

// Condition is an expression of a node under EXPLAIN's own name for it: Index
// Cond, Filter, Sort Key.
type Condition struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Expected is what the cost model expects of a query whose plan nobody pasted:
// a conjecture, and how to get the plan itself.
type Expected struct {
	Input      int           `json:"input"`
	Line       int           `json:"line"`
	Query      string        `json:"query"`
	QueryID    *string       `json:"query_id"`
	Conjecture bool          `json:"conjecture"` // always true
	Why        string        `json:"why"`        // why there is no plan; empty if there is one
	Assumed    []string      `json:"assumed"`    // what the costs rest on that the input does not hold
	Today      *ExpectedPlan `json:"today"`      // with the indexes that there are
	Proposed   *ExpectedPlan `json:"proposed"`   // with the recommended ones; null where they change nothing
	Ask        string        `json:"ask"`        // the command that gets the real plan; empty if none can be printed
	How        string        `json:"how"`        // what to do beside it, or in its place
}

type ExpectedPlan struct {
	With  []string       `json:"with"` // the recommendations whose indexes it uses
	Cost  float64        `json:"cost"`
	Nodes []ExpectedNode `json:"nodes"`
}

// ExpectedNode is a node in the words of EXPLAIN; figures are per loop.
type ExpectedNode struct {
	ID             int       `json:"id"`
	Parent         *int      `json:"parent"`
	Type           string    `json:"type"`
	Label          string    `json:"label"`
	Relation       *string   `json:"relation"`
	Alias          *string   `json:"alias"`
	Index          *string   `json:"index"`
	Recommendation *string   `json:"recommendation"` // the one that would build the index
	Rows           opt.Float `json:"rows"`
	Cost           opt.Float `json:"cost"`
	Proposed       bool      `json:"proposed"`   // of the plan with the recommended indexes
	Conjecture     bool      `json:"conjecture"` // always true
}

type Workload struct {
	Database    *string     `json:"database"`
	ExportedAt  *time.Time  `json:"exported_at"`
	WindowDays  opt.Float   `json:"window_days"`
	WindowBasis *string     `json:"window_basis"`
	Notes       []string    `json:"notes"` // what of the exports could not be joined or compared
	Statements  []Statement `json:"statements"`
	Tables      []Table     `json:"tables"`
	Indexes     []Index     `json:"indexes"`
}

type Statement struct {
	QueryID     string    `json:"query_id"`
	Query       string    `json:"query"`
	Calls       opt.Float `json:"calls"`
	TotalMs     opt.Float `json:"total_ms"`
	MeanMs      opt.Float `json:"mean_ms"`
	MaxMs       opt.Float `json:"max_ms"`
	PlanningMs  opt.Float `json:"planning_ms"` // of all calls; absent where track_planning is off
	ReadMs      opt.Float `json:"read_ms"`     // of all calls, waiting for blocks
	Rows        opt.Float `json:"rows"`
	SharedHit   opt.Float `json:"shared_hit"`
	SharedRead  opt.Float `json:"shared_read"`
	TempWritten opt.Float `json:"temp_written"`
	WALBytes    opt.Float `json:"wal_bytes"`
	Share       opt.Float `json:"share"`
	CallsPerDay opt.Float `json:"calls_per_day"`
	Tables      []string  `json:"tables"`
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
	WALPerByte    opt.Float `json:"wal_per_row_byte"` // WAL of an inserted row with its index entries, by the bytes of the row
	WALTopIndexes []string  `json:"wal_top_indexes"`  // the indexes, two at most, that are most of it
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

// Configured is a rule that does not run as it comes.
type Configured struct {
	Rule       string             `json:"rule"`
	Off        bool               `json:"off"`
	Thresholds map[string]float64 `json:"thresholds"`
	Reason     string             `json:"reason"`
}

// Change is what differs between two exports of one database.
type Change struct {
	Kind    string    `json:"kind"`    // statement-regressed, statement-new, statement-gone, index-now-unused, ...
	Subject string    `json:"subject"` // a query id, a table, an index
	Title   string    `json:"title"`
	Brief   string    `json:"-"` // the times of two plans without what makes the difference
	Before  opt.Float `json:"before"`
	After   opt.Float `json:"after"`
	Unit    string    `json:"unit"`
}

// Server is a version of PostgreSQL, and what says so.
type Server struct {
	Value string `json:"value"`
	Basis string `json:"basis"`
}

// NodeRef is a node of a plan, both counted from 0.
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
	Action    string           `json:"action"`       // of something critical: the fix
	Explains  []string         `json:"explains"`     // the rules whose findings have this cause
	Explained []Explained      `json:"explained"`    // what these saw
	Where     Where            `json:"where"`
	Evidence  []Evidence       `json:"evidence"`
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
	Index    *string        `json:"index"`
	QueryID  *string        `json:"query_id"`
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
	// Runnable is false where the statement cannot be run as printed, for it
	// holds a hidden literal; NotRunnable says why.
	Runnable    bool       `json:"runnable"`
	NotRunnable string     `json:"not_runnable"`
	Check       string     `json:"check"` // SQL that tells whether it worked; may be empty
	Index       *IndexSpec `json:"index"`
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
	WALBytesPerLostHOT      opt.Float `json:"wal_bytes_per_lost_hot_update"` // over all indexes that it then writes into
	Amplification           opt.Float `json:"amplification"`
	WALBytesPerDay          opt.Float `json:"wal_bytes_per_day"`
	FPIBytesPerDay          opt.Float `json:"fpi_bytes_per_day"` // of it, full page images
	EntriesPerDay           opt.Float `json:"entries_per_day"`
	GrowthBytesPerDay       opt.Float `json:"index_growth_bytes_per_day"`
	PagesPerCheckpoint      opt.Float `json:"pages_dirtied_per_checkpoint"`
	Pattern                 string    `json:"pattern"` // in which entries arrive: append, random, duplicates, ascending, descending; empty if unknown
	Basis                   string    `json:"basis"`
	Notes                   []string  `json:"notes"` // what a null is for lack of, what is "at most"
}

// Balance is what an index saves a day against what its writes cost.
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

// Missing is data that was not in the input, what could not be decided for
// lack of it, how it is got, and the rules that stay silent meanwhile.
type Missing struct {
	Input    string   `json:"input"`
	Why      string   `json:"why"`
	How      string   `json:"how"`      // what to do beside the commands, or where there is none
	Commands []string `json:"commands"` // each runs as it stands
	Export   string   `json:"export"`   // the commands, joined by newlines
	Rules    []string `json:"rules"`
}

type Summary struct {
	Subject string         `json:"subject"` // what was looked at, in a few words
	Verdict string         `json:"verdict"`
	Lead    opt.Value[int] `json:"lead"`           // position of the finding that the verdict is about
	Node    *NodeRef       `json:"node"`           // the node that the verdict names where no finding explains most of a plan's time
	Server  *Server        `json:"server_version"` // the one that rules and prices go by
	Top     []string       `json:"top"`            // ids of at most three recommendations, in the order to try them
	Counts  map[string]int `json:"counts"`
}
