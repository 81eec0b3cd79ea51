package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	tempTotal = rule.NewThreshold("total", 1<<30, "bytes", "of temporary files in total")
	tempShare = rule.NewThreshold("share", 0.1, "share", "of the statement's blocks")
)

var tempSpillStatement = rule.Rule{
	ID:     "temp-spill-statement",
	Title:  "Statement writes temporary files on every call",
	Sees:   "A statement that writes 1 MB of temporary files per call or more, and 1 GB in total or 10% of its blocks.",
	Why:    "A sort, hash or aggregate does not fit into work_mem. Every call writes the temporary files and reads them again.",
	Silent: "Statements with less than 1% of total execution time. Maintenance commands.",
	Fix:    "Find the node in the plan. Then use fewer or narrower rows, an index that returns the order, or more work_mem for the role that runs the statement.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html", "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
	},
	Thresholds: []*rule.Threshold{tempPerCall, tempTotal, tempShare, rule.SlowShare},
	Rank:       rule.RankWorkload + 1,
	Spills:     true,
	Needs:      []workload.View{workload.ViewStatements},
	Gist:       true,
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		written := s.TempWritten.Or(0)
		blocks := s.SharedHit.Or(0) + s.SharedRead.Or(0) + written
		if !c.Explains(s, q) || c.ShareOf(s).Or(0) < rule.SlowShare.In(c) || written < tempPerCall.In(c)*s.Calls.Or(0) || written*8192 < tempTotal.In(c) && (!s.SharedHit.Known() || written < tempShare.In(c)*blocks) {
			return
		}
		f := onStatement(c, s, q)
		each := written * 8192 / s.Calls.Or(1)
		f.Number("temporary files per call", opt.Of(each), "bytes", "pg_stat_statements")
		f.Number("temporary files in total", opt.Of(written*8192), "bytes", "pg_stat_statements")
		f.Title = redact.Sprintf("%s writes %s of temporary files per call", rule.Upper(rule.StatementOn(q)), figures.Bytes(each))
		begin(&f, "A sort, hash or aggregate does not fit into work_mem.")
		f.Fix = redact.Plain("Run EXPLAIN (ANALYZE, BUFFERS) to find the node. Then use fewer or narrower rows, an index that returns the order, or more work_mem for the role that runs the statement.")
		found(f)
	},
}
