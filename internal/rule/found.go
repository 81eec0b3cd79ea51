package rule

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Found is a finding before it is reported, with its changes and the objects that
// later steps need.
type Found struct {
	finding.Finding
	Remedies []Remedy
	Index    redact.Text // which index serves the query in its other form, or has to be created: a sentence behind Fix
	Unused   redact.Text // which existing index the plan does not use: a sentence behind Detail
	First    redact.Text // what has to be done before the changes, which may not help otherwise
	SavedMs  float64     // of total execution time, by the costs before and after; 0: not known

	Statement *workload.Statement // the exported statement it is on

	Position  int // of its rule in the list that is run
	of        *Rule
	Plan      *Plan
	Runs      []*Plan           // faster runs of the same plan, which show it too
	On        string            // what it is about, if that is no node: the trigger
	Covered   []*plan.Node      // nodes whose time this finding explains
	Cost      Cost              // what the rule judged it by; unless set, the cost of Covered
	Hurts     *plan.Node        // the node that is slow because of it, if it is another one
	Table     *workload.Table   // the table it is about
	index     *workload.Index   // the index it is about
	Keeps     *workload.Index   // the index that replaces it
	Query     *sql.Query        // the statement it is about, if only its time is known
	Short     redact.Text       // what to call it as a line of another finding; else its title
	Named     []*workload.Table // the tables that this statement names
	ReadWhole *workload.Table   // the table that this statement scans sequentially
	Checked   []string          // the tables whose foreign keys this statement has to check
	Aside     bool              // not a cause: it leads no verdict
	SaysShare bool              // its title or detail says its share of total execution time

	Walked   *plan.Node         // the scan below a LIMIT that reads far before it finds its rows
	Whole    opt.Float          // ms that Share refers to, if not the execution time
	UnderWay bool               // harm in progress at the time of the export, such as a lock queue
	Together bool               // its indexes help only together
	InForm   bool               // its index helps only once the query is rewritten
	At       rewrite.Place      // where in the query the forms of its rule are wanted
	Forms    []*rewrite.Rewrite // instead of those of its rule
	text     *Text              // the text it is on
	asItIs   bool               // the query as it is was fast in another plan: no other form is called for
	Rewrites bool               // its remedy is another query, as of every finding of RankRewrite

	Designed *design.Table // the table of a schema that it is about
	Since    int           // the statement of a migration that made what a finding on a schema is about; 0: it was there before

	Change *migration.Statement // the statement of a migration that it is about
	File   *migration.File      // the file of a migration that it is about
	Loses  bool                 // it loses data, or nothing brings back what it changes
	Back   bool                 // it is about the part that takes the file back
}

// ExplainedMs returns the time that the finding explains: of the exported statements
// if known, or else of one execution.
func (c *Case) ExplainedMs(f Found) float64 {
	share := f.Share.Or(0)
	switch {
	case f.Plan == nil && c.Snapshot == nil:
		return 0
	case f.Plan == nil:
		return share * c.TotalMs()
	case f.Plan.Statement != nil:
		return share * f.Plan.Statement.TotalMs.Or(0)
	}
	return f.Cost.Ms.Or(0)
}

// EstimatedShare returns the share of the estimated cost that a finding explains, on a
// plan that was not executed; 0 for any other.
func (f Found) EstimatedShare() float64 { return f.Cost.estimate.Or(0) }

// Bytes returns the size of the index or table of a finding; 0 if unknown.
func (f Found) Bytes() float64 {
	switch {
	case f.index != nil:
		return SizeOf(f.index).Or(0)
	case f.Table != nil:
		return f.Table.Bytes().Or(0)
	}
	return 0
}

// Leading returns the first figure of the evidence, which orders findings of one
// rule on several objects.
func (f Found) Leading() float64 {
	for _, e := range f.Evidence {
		if v, ok := e.Value.(float64); ok {
			return v
		}
	}
	return 0
}

// Remedy is a change that a finding calls for. Exactly one field is set.
type Remedy struct {
	Create   *indexadvisor.Proposal
	Drop     *workload.Index
	WorkMem  *WorkMem
	Rewrite  *rewrite.Draft
	Command  *Command
	Refused  *Refused
	DDL      string              // a statement that changes the schema, as if nobody used the table: it is shipped in safe steps
	Dropped  string              // the index that DDL drops
	Part     string              // the partition or chunk that the index was called for on, of the table that it is created on
	Instead  *indexadvisor.Index // the index that the finding alone would call for, of one chosen for all statements
	ForKey   *KeyCheck           // the check of a foreign key that it serves; nil: of none
	For      *workload.Statement // the exported statement it serves
	ForPlan  *Plan               // the plan it serves
	ForPaste opt.Value[int]      // position among the case's queries of the one it serves
}

// KeyCheck is the check of a foreign key when rows of the referenced table are
// deleted.
type KeyCheck struct {
	Deleted float64 // rows of the referenced table, so far
}

// WorkMem is memory for one statement.
type WorkMem struct {
	Bytes float64
	Gain  string // what it saves
}

// Refused is an index that was considered and not proposed.
type Refused struct {
	Index    indexadvisor.Index
	Why      string
	Existing *workload.Index // the same one, which is there already; nil: another reason
}

// Exists is the remedy of an index that is there already.
func Exists(ix *workload.Index) Remedy {
	return Remedy{Refused: &Refused{Index: *IndexLike(ix), Why: "exists already as " + ix.QName(), Existing: ix}}
}

// rank returns the rank of the finding's rule.
func (f *Found) rank() int { return f.of.Rank }

// CallsForRewrite reports whether the only remedy of a finding is another query, and
// there is no draft of it.
func (f Found) CallsForRewrite() bool {
	return len(f.Remedies) == 0 && f.Walked == nil && (f.Rewrites || f.rank() == RankRewrite || len(f.of.Forms) > 0)
}

// AboutIndexes reports whether a finding calls for an index, for one less, or
// says why none is proposed.
func (f Found) AboutIndexes() bool {
	return slices.ContainsFunc(f.Remedies, func(r Remedy) bool { return r.Create != nil || r.Drop != nil || r.Refused != nil })
}

// AboutPasted reports whether a finding is about a plan or a query that was
// pasted.
func (f Found) AboutPasted() bool {
	return f.Where.Plan.Known() || slices.ContainsFunc(f.Remedies, func(r Remedy) bool { return r.ForPaste.Known() })
}

// IsPosture reports whether a finding asks for a line before the migration, and no
// other statement.
func (f Found) IsPosture() bool { return f.of.Posture }

// Prepend returns the statement that a file should begin with; empty if there is none.
func (f Found) Prepend() string { return f.of.Prepend }

// LeadsVerdict reports whether the verdict may begin with the finding: it is not
// minor and states a cause.
func (f Found) LeadsVerdict() bool { return f.Severity > finding.Nit && !f.Aside }

// weigh sets the figures of a finding on a plan that every page and the verdict use:
// the time that it explains, and its share of the execution.
func (f *Found) weigh() {
	if f.Plan == nil || f.Share.Known() {
		return
	}
	if f.Cost == (Cost{}) {
		f.Cost = f.Plan.CostOf(f.Covered...)
	}
	f.Share = f.Cost.Share
	var e Evidence
	e.Number("time spent", f.Cost.Ms, "ms", "plan")
	e.Number("share of execution time", f.Cost.Share, "share", "plan")
	f.Evidence = append(e, f.Evidence...)
}

// Rounded returns the value of work_mem in bytes, rounded up to whole MB.
func (w WorkMem) Rounded() float64 { return math.Ceil(w.Bytes/(1<<20)) * (1 << 20) }

// Setting returns the value of work_mem in whole MB.
func (w WorkMem) Setting() string { return fmt.Sprintf("%dMB", int64(w.Rounded())>>20) }

// Decide states what a concern leaves open: the question, the data that settles
// it, and what to do without that data.
func (f *Found) Decide(question, settles, without string) {
	f.Question, f.Settles, f.Default = redact.Plain(question), redact.Plain(settles), redact.Plain(without)
}
