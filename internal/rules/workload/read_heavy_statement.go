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
	readPerCall = rule.NewThreshold("blocks_per_call", 1_000, "blocks", "8 MB per call that are not in shared_buffers")
	readMiss    = rule.NewThreshold("miss_share", 0.2, "share", "of its blocks")
	readIOShare = rule.NewThreshold("io_share", 0.5, "share", "of its time, if track_io_timing is on")
)

var readHeavyStatement = rule.Rule{
	ID:     "read-heavy-statement",
	Title:  "Statement reads from disk on every call",
	Sees:   "A statement that reads 8 MB per call or more that are not in shared_buffers, 20% of its blocks. Or a statement that takes 50 ms per call and spends half of that on disk reads.",
	Why:    "The statement is as fast as the storage, and it evicts from shared_buffers what other statements need.",
	Silent: "Statements with less than 1% of total execution time.",
	Fix:    "Create an index, so that fewer blocks are needed; the plan shows which one. Otherwise use more memory for the cache, or keep less data in the table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{readPerCall, readMiss, readIOShare, slowMean, rule.SlowShare},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Gist:       true,
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		read, hit := s.SharedRead.Or(0), s.SharedHit.Or(0)
		calls := s.Calls.Or(0)
		byBlocks := read >= readPerCall.In(c)*calls && read >= readMiss.In(c)*(read+hit)
		io := s.ReadMs.Or(s.IOMs.Or(0))
		byTime := io >= readIOShare.In(c)*s.TotalMs.Or(0) && io > 0 && s.MeanMs.Or(0) >= slowMean.In(c)
		if !c.Explains(s, q) || c.ShareOf(s).Or(0) < rule.SlowShare.In(c) || !byBlocks && !byTime {
			return
		}
		f := onStatement(c, s, q)
		f.Severity = min(f.Severity, finding.Medium)
		if s.SharedRead.Known() {
			f.Number("blocks read per call", opt.Of(read/calls), "blocks", "pg_stat_statements")
			f.Number("share of blocks read", opt.Of(read/max(read+hit, 1)), "share", "pg_stat_statements")
			f.Title = redact.Sprintf("%s reads %s per call that are not in shared_buffers", rule.Upper(rule.StatementOn(q)), figures.Bytes(read*8192/calls))
		} else {
			f.Title = redact.Sprintf("%s takes %s per call, of which %s are I/O of blocks", rule.Upper(rule.StatementOn(q)), figures.Ms(s.MeanMs.Or(0)), figures.Share(io/s.TotalMs.Or(io)))
		}
		if byTime && !s.ReadMs.Known() {
			f.Number("I/O time", s.IOMs, "ms", "pg_stat_statements")
			begin(&f, "Most of the time is reads and writes of blocks that are not in shared_buffers.")
		} else if byTime {
			begin(&f, "Most of the time is disk reads.")
		} else {
			begin(&f, "%s of the blocks were not in shared_buffers.", figures.Share(read/max(read+hit, 1)))
		}
		f.Fix = redact.Plain("Run EXPLAIN (ANALYZE, BUFFERS) of the statement. It shows which table is read, and whether an index would need fewer blocks.")
		found(f)
	},
}
