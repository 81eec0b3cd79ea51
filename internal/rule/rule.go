// Package rule defines what a rule is and what it sees, and runs rules over a
// Case.
//
// A rule is a value: what it sees, why that matters, when it stays silent and
// which thresholds it goes by. Listing, documentation and tests come from these
// values. The runner visits each input once, keeps the guards that hold for all
// rules on plans, and leaves one finding per cause. The package knows no rule.
// A Case is built once. Rules only read it, so they may run in any order.
package rule

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

func (r *Rule) Threshold(name string) *Threshold {
	for _, t := range r.Thresholds {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Rule is one cause that can be recognised. The function that is set says what
// the rule looks at; where a plan or the counters show the same as a text does,
// two of them are.
type Rule struct {
	ID    string
	Title string

	Sees       string   // what makes it fire
	Why        string   // why that matters
	Silent     string   // when it stays silent
	Fix        string   // what to do about it
	Sources    []string // where the reasoning can be checked
	Thresholds []*Threshold

	// Estimates says that the rule can speak on a plan without actual
	// figures; what it says there is a concern, medium at most.
	Estimates bool
	// Rank orders rules that see the same cause: the highest one speaks, the
	// others become a line of its detail.
	Rank int

	// Forms are the forms of the query that cure it, the best first.
	Forms []*rewrite.Rewrite

	// Needs are the views that the rule cannot do without: Case has a snapshot then.
	Needs  []workload.View
	Either bool // one of Needs is enough
	// RowAlone tells that what the rule sees in a row holds whatever other rows are missing.
	RowAlone bool

	// Subject is what rules share that see the same thing in different inputs;
	// empty: the ID. If one of them has spoken of a statement, by its plan or its
	// counters, Text is not asked.
	Subject string

	// Designs says that what the rule proposes for statements is proposed for a schema
	// that is given with statements.
	Designs    bool
	Selects    bool   // its indexes are chosen for the whole workload, and plans are fitted to the choice
	WantsIndex bool   // it sees tables read again and again; the index that another rule selects cures that
	Spills     bool   // it sees temporary files, which an index does not explain
	Posture    bool   // what it asks for is one line before the migration: alone it does not stop a file
	Prepend    string // of such a rule: that line, which a verdict says beside ship; empty if it is not one statement

	On   []string // the node types that Node is for; nil: all
	Node func(c *Case, n *Node, found func(Found))
	Plan func(c *Case, p *Plan, found func(Found)) // for what no single node shows
	// Rest is asked after all rules on plans, about what they did not explain.
	Rest      func(c *Case, p *Plan, explained func(*plan.Node) bool, found func(Found))
	Table     func(c *Case, t *workload.Table, found func(Found))
	Statement func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) // q is nil where the text could not be read
	// Gist: of a text that could not be read, what it does and to which table is enough for Statement.
	Gist     bool
	Text     func(c *Case, t *Text, found func(Found))               // for what a statement's text alone says
	Case     func(c *Case, found func(Found))                        // for settings, and what joins everything
	Proposed func(c *Case, ix indexadvisor.Index, found func(Found)) // an index that another rule proposes

	// Engine is the engine whose migrations a rule on migrations judges: "mysql",
	// "sqlite", AnyEngine; empty for PostgreSQL.
	Engine string
	// Tables says that a rule on migrations of MySQL or SQLite judges their schemas,
	// too: each table as the statement that would create it.
	Tables bool
	Change func(c *Case, s *migration.Statement, found func(Found)) // a statement of a migration, also in a body that it runs
	File   func(c *Case, f *migration.File, found func(Found))      // for what a file shows as a whole
	Set    func(c *Case, found func(Found))                         // for what only all files together show
	// Blocks says that Change judges the part that takes a file back as well.
	Blocks   bool
	Relation func(c *Case, t *design.Table, found func(Found)) // a table of a schema
	Schema   func(c *Case, found func(Found))                  // for what is no table, and what all tables show together: of Case.Schema
	// Last is asked after all rules on migrations, about what they found.
	Last func(c *Case, all []Found, found func(Found))
}

// AnyEngine is the Engine of a rule that judges migrations of all engines.
const AnyEngine = "any"

// judges reports whether a rule on migrations is for an engine.
func (r *Rule) judges(engine string) bool {
	return r.Engine == AnyEngine || cmp.Or(r.Engine, migration.PostgreSQL) == engine
}

// Threshold is a number a rule goes by, and the reason for it. It is never
// changed: what a user sets instead is in the Case.
type Threshold struct {
	Name  string
	Value float64
	Unit  string
	Why   string
}

// NewThreshold declares a threshold by its name, value, unit and reason.
func NewThreshold(name string, value float64, unit, why string) *Threshold {
	return &Threshold{name, value, unit, why}
}

// String returns the value, as a user would set it, and the unit.
func (t *Threshold) String() string {
	return strings.TrimSpace(strconv.FormatFloat(t.Value, 'f', -1, 64) + " " + t.Unit)
}

// In is the threshold's value in a case.
func (t *Threshold) In(c *Case) float64 {
	if set, ok := c.Thresholds[t]; ok {
		return set
	}
	return t.Value
}

// subject is what the rule's findings are about.
func (r *Rule) subject() string {
	if r.Subject != "" {
		return r.Subject
	}
	return r.ID
}
