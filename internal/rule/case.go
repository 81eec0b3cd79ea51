package rule

import (
	"sync"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Case is all input, joined. It is built once and is read-only afterwards.
type Case struct {
	Plans    []*Plan
	Queries  []Query            // pasted statements whose plan was not
	Pairs    []Pair             // of the plans that are of one query, found once the plans are there
	Snapshot *workload.Snapshot // nil: no statistics and no schema
	// Migration is the migration under review; nil if there is none.
	Migration *migration.Set
	// Schema is the schema under review, which Migration made; nil if there is none.
	Schema *design.Schema
	// Recon is what the repository tells that the migration is in; nil if it was not
	// looked at.
	Recon *recon.Report
	// Code is the code that uses the database; nil if none was given.
	Code    *recon.Code
	Advisor *indexadvisor.Advisor
	// Server is the server's version, as far as the input or the user tells it.
	Server pgversion.Version
	// Off holds the rules that the user switched off.
	Off map[string]bool
	// Thresholds holds the values that the user set.
	Thresholds map[*Threshold]float64
	// Limits bound the indexes that are proposed for the whole workload.
	Limits indexadvisor.Limits
	// Statements are the shapes of the workload's statements; those that could
	// not be read are not among them.
	Statements map[*workload.Statement]*sql.Query
	// Gists are what the beginnings of those others tell: what they do, and to which table.
	Gists map[*workload.Statement]*sql.Query
	// ParsedMs is the least time of a statement that was parsed: of a large workload,
	// those that hardly take any are only counted.
	ParsedMs float64
	// Explained holds the EXPLAIN statements, which are not part of the workload.
	Explained map[*workload.Statement]bool
	// Pasted are the statements of pasted SQL, without those that belong to a plan.
	Pasted []*Text
	// Texts are the statements whose text is known, each once: from plans, the
	// workload, and pasted SQL.
	Texts []*Text

	adopted   map[adoption]bool            // the selected indexes that findings on plans call for
	planned   map[scanOf]bool              // the scans for which findings on plans propose an index of their own
	explained map[scanOf]bool              // the scans that have another cause by their plan
	rewritten map[*workload.Statement]bool // the statements whose plan calls for another query
	derived   *sync.Map
}

// NewCase returns an empty case.
func NewCase(advisor *indexadvisor.Advisor) *Case {
	return &Case{Advisor: advisor, derived: new(sync.Map)}
}

// Query is a pasted statement whose plan was not pasted, with what the cost
// model expects of it.
type Query struct {
	Text      redact.Text
	Shape     *sql.Query
	Input     int
	Line      int
	Statement *workload.Statement    // its row of pg_stat_statements; nil if none
	Expected  *indexadvisor.Expected // nil: the model cannot tell
	Why       string                 // why it cannot
}

// Plan is a plan with its place in the input and what it was joined to.
type Plan struct {
	*plan.Plan
	Input     int                 // position among the inputs
	Position  int                 // position among the plans
	Repeats   bool                // a worse plan of the same query is looked at instead
	Earlier   bool                // a plan of what the case is compared with
	Query     *sql.Query          // its statement's shape; nil if no text is known
	Statement *workload.Statement // its row of pg_stat_statements; nil if none

	first   *Plan  // the first one of the same query
	slowest *Plan  // the slowest run of the same plan
	summed  *Cost  // rated in place of any other cost
	nodes   []Node // by ID
	account func() *account.Account
	Case    *Case
	derived sync.Map
}

// NewPlan returns a plan with its place in a case.
func NewPlan(c *Case, p *plan.Plan, input, position int) *Plan {
	made := &Plan{Plan: p, Input: input, Position: position, nodes: make([]Node, p.Len()), Case: c}
	made.account = sync.OnceValue(func() *account.Account { return account.Of(p) })
	for n := range p.Nodes() {
		made.nodes[n.ID].Node, made.nodes[n.ID].Plan = n, made
	}
	return made
}

// Node is a plan node with its plan.
type Node struct {
	*plan.Node
	Plan *Plan

	advised  sync.Once
	proposal *indexadvisor.Proposal // few nodes have one
}

// Node returns a node with its plan; nil if it is none of this plan.
func (p *Plan) Node(n *plan.Node) *Node {
	if n == nil || n.ID >= len(p.nodes) || p.nodes[n.ID].Node != n {
		return nil
	}
	return &p.nodes[n.ID]
}

// At returns the node with an ID; nil if there is none.
func (p *Plan) At(id int) *plan.Node {
	if id < 0 || id >= len(p.nodes) {
		return nil
	}
	return p.nodes[id].Node
}

// Number returns the plan's number in the report, from 1.
func (p *Plan) Number() int { return p.Position + 1 }

// Table returns the node's table in the snapshot; nil if it is not there.
func (n *Node) Table() *workload.Table {
	if n.Plan.Case.Snapshot == nil || n.Relation == "" {
		return nil
	}
	return n.Plan.Case.Snapshot.Table(n.Schema, n.Relation)
}

// RelationName returns the node's relation, with its schema if known.
func (n *Node) RelationName() string {
	if t := n.Table(); t != nil {
		return t.QName()
	}
	return n.Name()
}

// Proposal returns the index that the advisor proposes for the scan. It is computed
// once.
func (n *Node) Proposal() indexadvisor.Proposal {
	n.advised.Do(func() {
		proposal := n.Plan.Case.Advisor.ForScan(n.Node)
		n.proposal = &proposal
	})
	return *n.proposal
}

// TablePages returns the table's size in pages: from the snapshot, or else what a
// complete sequential scan read.
func (n *Node) TablePages() opt.Float {
	if t := n.Table(); t != nil && t.Pages.Known() {
		return t.Pages
	}
	if n.Type != "Seq Scan" || n.StoppedEarly() {
		return opt.Float{}
	}
	return opt.Both(n.SelfBlocks(), n.Executions(), func(blocks, times float64) float64 {
		return blocks / max(times, 1)
	})
}

// TableRows returns the table's row count: from the snapshot, or else what a
// complete sequential scan read.
func (n *Node) TableRows() opt.Float {
	if t := n.Table(); t != nil && t.RowCount().Known() {
		return t.RowCount()
	}
	if n.Type != "Seq Scan" || n.StoppedEarly() {
		return opt.Float{}
	}
	return n.ScannedPerExec()
}

// Filter returns the conjuncts of the node's filter, without those that the grammar
// does not accept.
func (n *Node) Filter() []sql.Cond { return conditions.Filter(n.Plan.Case.Snapshot, n.Node) }

// PlaceOnPlan sets the place of a finding on a whole plan.
func (f *Found) PlaceOnPlan(p *Plan) {
	f.Where.Input, f.Where.Plan = opt.Some(p.Input), opt.Some(p.Position)
	if p.Statement != nil {
		f.Statement = p.Statement
	}
	for i := range f.Remedies {
		f.Remedies[i].ForPlan = p
		f.Remedies[i].For = p.Statement
	}
}

// place sets the place of a finding on a node, unless the rule has set it.
func (f *Found) place(p *Plan, n *plan.Node) {
	f.Where.Input, f.Where.Plan = opt.Some(p.Input), opt.Some(p.Position)
	if !f.Where.Node.Known() {
		f.Where.Node = opt.Some(n.ID)
	}
	if n.Line > 0 && !f.Where.Line.Known() {
		f.Where.Line = opt.Some(n.Line)
	}
	if f.Where.Relation == "" {
		f.Where.Relation = p.Node(n).RelationName()
	}
	if p.Statement != nil {
		f.Statement = p.Statement
	}
	for i := range f.Remedies {
		f.Remedies[i].ForPlan = p
		f.Remedies[i].For = p.Statement
	}
}

// onEstimates lowers a finding on a plan that was not executed.
func (f *Found) onEstimates() {
	f.Tag = finding.Concern
	f.Severity = min(f.Severity, finding.Medium)
}
