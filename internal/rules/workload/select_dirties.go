package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	dirtyPerCall = rule.NewThreshold("blocks_per_call", 100, "blocks", "800 kB that reading makes the server write")
	dirtyTimes   = rule.NewThreshold("times_tables", 5, "times", "the pages of its tables: the first read after a load dirties each page once, and not again")
	dirtyRecords = rule.NewThreshold("records_per_block", 1.5, "records", "of WAL: pruning a page takes one at most; with more, the SELECT writes rows (by a function that it calls)")
	dirtyPruned  = rule.NewThreshold("pruned", 0.5, "records", "of WAL per block: below that only hint bits were set, and nothing was pruned")
)

var selectDirties = rule.Rule{
	ID:     "select-dirties",
	Title:  "SELECT causes block writes",
	Sees:   "A SELECT that dirties 100 blocks per call or more, and has dirtied its tables' pages five times over.",
	Why:    "The first reader of a row after its transaction sets the row's hint bits, and prunes old row versions on the page. The SELECT does the work of a missing VACUUM, and the pages are written again.",
	Silent: "The first read after a load. FOR UPDATE, and SELECTs that write through a function or a CTE. Less than 1% of total execution time. COPY and cursors.",
	Fix:    "Run VACUUM as the last step of the job that loads or changes the table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html", "https://www.postgresql.org/docs/current/storage-hot.html",
	},
	Thresholds: []*rule.Threshold{dirtyPerCall, dirtyTimes, dirtyRecords, dirtyPruned, rule.SlowCalls, rule.SlowShare},
	Rank:       rule.RankText, // explains little of the time
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		dirtied, calls, ok := opt.Two(s.SharedDirtied, s.Calls)
		records, known := s.WALRecords.Get()
		if !ok || !known || dirtied < dirtyPerCall.In(c)*calls || calls < rule.SlowCalls.In(c) || records > dirtyRecords.In(c)*dirtied ||
			c.ShareOf(s).Or(0) < rule.SlowShare.In(c) || !c.Explainable(s) || !onlyReads(q) {
			return
		}
		pages, whole := pagesOf(c, q).Get()
		if !whole || dirtied < dirtyTimes.In(c)*pages {
			return
		}
		e := c.OfStatement(s)
		e.Number("blocks dirtied per call", opt.Of(dirtied/calls), "blocks", "pg_stat_statements")
		e.Number("pages of its tables", opt.Of(pages), "pages", "pg_class")
		e.Number("WAL records", s.WALRecords, "records", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}, Aside: true}
		f.Title = redact.Sprintf("%s dirties %s per call", rule.Upper(rule.StatementOn(q)), rule.Counted(dirtied/calls, "block"))
		f.Detail = redact.Sprintf("The tables have %s pages, and the statement has dirtied %s.", figures.Count(pages), figures.Count(dirtied))
		f.More = redact.Plain("The SELECT sets hint bits of rows that were loaded or changed and not vacuumed since.")
		if records >= dirtyPruned.In(c)*dirtied {
			f.More = redact.Plain("The SELECT prunes row versions that updates left on the pages.")
		}
		f.Decide("Can the job that loads or changes the table end with a VACUUM?", "the code of that job", "leave the job as it is")
		f.Fix = redact.Plain("Run VACUUM (ANALYZE) as the last step of the job that loads or changes the table. If the table is refilled each time, use TRUNCATE and COPY with FREEZE.")
		found(f)
	},
}

// pagesOf returns the number of pages of the tables that a statement names; absent
// if one of them is unknown.
func pagesOf(c *rule.Case, q *sql.Query) opt.Float {
	sum, seen := opt.Of(0.0), map[*workload.Table]bool{}
	rule.Levels(q, func(level *sql.Query) {
		for _, x := range level.Tables {
			t := c.Snapshot.Table(x.Schema, x.Name)
			switch {
			case t == nil || t.Kind == "p":
				sum = opt.Float{}
			case !seen[t]:
				seen[t] = true
				sum = opt.Sum(sum, t.Pages)
			}
		}
	})
	return sum
}
