package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	perRowBlocks = NewThreshold("blocks_per_row", 1_000, "blocks", "8 MB touched for each row that comes back, or for each call")
	perRowShare  = NewThreshold("share_of_blocks", 0.05, "share", "of all blocks that the exported statements touched")
)

var blockHeavyStatement = Rule{
	ID:     "block-heavy-statement",
	Title:  "A statement touches many blocks for few rows",
	Sees:   "A statement that touches 1,000 blocks or more for each row that it returns or changes, and a twentieth of all blocks.",
	Why:    "The rows are easy to name and dear to find: an index that leads to them is missing, or bloat stands between them.",
	Silent: "Few calls; aggregates, which read many rows for one; a hundredth of the time or less; a statement of which another rule says why, or that is slow enough to be named for that (slow-statement, top-statement).",
	Fix:    "EXPLAIN (ANALYZE, BUFFERS) of it shows the node that touches them.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*Threshold{perRowBlocks, perRowShare, slowCalls, slowShare},
	Rank:       rankWorkload - 3,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		blocks, rows, ok := both(opt.Both(s.SharedHit, s.SharedRead, func(a, b float64) float64 { return a + b }), s.Rows)
		each := blocks / max(rows, s.Calls.Or(0), 1)
		if !ok || each < perRowBlocks.In(c) || s.Calls.Or(0) < slowCalls.In(c) || q == nil || q.Kind == sql.Insert || gathers(q) || !c.Explainable(s) ||
			blocks < perRowShare.In(c)*c.allBlocks() || c.shareOf([]*workload.Statement{s}).Or(0) < slowShare.In(c) {
			return
		}
		f := c.slowOne(s, q)
		e := evidence(f.Evidence)
		e.number("blocks for a row or a call", opt.Of(each), "blocks", "pg_stat_statements")
		e.number("share of all blocks", opt.Of(blocks/c.allBlocks()), "share", "pg_stat_statements")
		f.Evidence = e
		f.Title = redact.Sprintf("%s touches %s for each row", upper(statementOn(q)), counted(each, "block"))
		if rows < s.Calls.Or(0) {
			f.Title = redact.Sprintf("%s touches %s a call and mostly finds no row", upper(statementOn(q)), counted(each, "block"))
		}
		f.begin("That is %s of all blocks that the exported statements touched.", figures.Share(blocks/c.allBlocks()))
		found(f)
	},
}

// gathers reports whether a statement makes few rows of many by intent.
func gathers(q *sql.Query) bool {
	if q.Count || q.Sums > 0 || q.Distinct || len(q.Group) > 0 {
		return true
	}
	for _, part := range q.Parts {
		if gathers(part) {
			return true
		}
	}
	return false
}

// allBlocks are the blocks that all exported statements touched.
func (c *Case) allBlocks() float64 {
	sum := 0.0
	for _, s := range c.Snapshot.Statements {
		if s.TopLevel {
			sum += s.SharedHit.Or(0) + s.SharedRead.Or(0)
		}
	}
	return sum
}
