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
	dirtyTimes   = rule.NewThreshold("times_tables", 5, "times", "the pages of its tables: the first reading after a load dirties each of them once, and that is over")
	dirtyRecords = rule.NewThreshold("records_per_block", 1.5, "records", "of WAL: cleaning up a page takes one at most; more, and the SELECT writes rows (by a function that it calls)")
	dirtyPruned  = rule.NewThreshold("pruned", 0.5, "records", "of WAL a block: below that the pages were not cleaned up, only marked")
)

var selectDirties = rule.Rule{
	ID:     "select-dirties",
	Title:  "A SELECT makes the server write",
	Sees:   "A SELECT that dirties 100 blocks per call or more, and has dirtied its tables' pages five times over.",
	Why:    "The first to read a row after its transaction marks it as committed, and clears away what updates left on the page: the reader does what VACUUM was not there for, and the pages are written again.",
	Silent: "The first reading after a load; FOR UPDATE, and SELECTs that write by a function or a CTE; less than a hundredth of the time; COPY and cursors.",
	Fix:    "VACUUM as the last step of what loads or changes the table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html", "https://www.postgresql.org/docs/current/storage-hot.html",
	},
	Thresholds: []*rule.Threshold{dirtyPerCall, dirtyTimes, dirtyRecords, dirtyPruned, rule.SlowCalls, rule.SlowShare},
	Rank:       rule.RankText, // it explains little of the time
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		dirtied, calls, ok := opt.Two(s.SharedDirtied, s.Calls)
		records, known := s.WALRecords.Get()
		if !ok || !known || dirtied < dirtyPerCall.In(c)*calls || calls < rule.SlowCalls.In(c) || records > dirtyRecords.In(c)*dirtied ||
			c.ShareOf([]*workload.Statement{s}).Or(0) < rule.SlowShare.In(c) || !c.Explainable(s) || !onlyReads(q) {
			return
		}
		pages, whole := pagesOf(c, q).Get()
		if !whole || dirtied < dirtyTimes.In(c)*pages {
			return
		}
		e := c.OfStatement(s)
		e.Number("blocks dirtied a call", opt.Of(dirtied/calls), "blocks", "pg_stat_statements")
		e.Number("pages of its tables", opt.Of(pages), "pages", "pg_class")
		e.Number("WAL records", s.WALRecords, "records", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}, Aside: true}
		f.Title = redact.Sprintf("%s dirties %s a call", rule.Upper(rule.StatementOn(q)), rule.Counted(dirtied/calls, "block"))
		does := "It marks rows as committed whose writers nobody had looked up before: the table was loaded or changed, and no VACUUM was there since."
		if records >= dirtyPruned.In(c)*dirtied {
			does = "It clears away row versions that updates left on the pages."
		}
		f.Detail = redact.Sprintf("Its tables have %s pages, and it has dirtied %s. %s Judgment needed: whether what changes the table can end with a VACUUM of it. Its code settles it; without that, leave it.", figures.Count(pages), figures.Count(dirtied), does)
		f.Fix = redact.Plain("VACUUM (ANALYZE) as the last step of the job that loads or changes the table; a table that is filled anew each time is better truncated and loaded by COPY with FREEZE.")
		found(f)
	},
}

// pagesOf are the pages of the tables that a statement names; absent where one
// of them is not known.
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
				sum = opt.Both(sum, t.Pages, func(a, b float64) float64 { return a + b })
			}
		}
	})
	return sum
}
