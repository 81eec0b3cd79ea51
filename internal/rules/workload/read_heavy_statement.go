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
	readPerCall = rule.NewThreshold("blocks_per_call", 1_000, "blocks", "8 MB from outside of the cache, a call")
	readMiss    = rule.NewThreshold("miss_share", 0.2, "share", "of its blocks")
	readIOShare = rule.NewThreshold("io_share", 0.5, "share", "of its time, where track_io_timing is on")
)

var readHeavyStatement = rule.Rule{
	ID:     "read-heavy-statement",
	Title:  "A statement reads from disk at every call",
	Sees:   "A statement that reads 8 MB per call or more from outside of the cache, a fifth of its blocks; or that takes 50 ms per call and waits for reading half of that.",
	Why:    "It takes as long as the storage does, and pushes out of the cache what others need.",
	Silent: "Statements of less than a hundredth of the time.",
	Fix:    "An index, so that fewer blocks are needed; its plan tells which. Else more memory for the cache, or less in the table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{readPerCall, readMiss, readIOShare, slowMean},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		read, hit := s.SharedRead.Or(0), s.SharedHit.Or(0)
		calls := s.Calls.Or(0)
		byBlocks := read >= readPerCall.In(c)*calls && read >= readMiss.In(c)*(read+hit)
		byTime := s.ReadMs.Or(0) >= readIOShare.In(c)*s.TotalMs.Or(0) && s.ReadMs.Or(0) > 0 && s.MeanMs.Or(0) >= slowMean.In(c)
		if !c.Explainable(s) || c.ShareOf([]*workload.Statement{s}).Or(0) < rule.SlowShare.In(c) || !byBlocks && !byTime {
			return
		}
		f := slowOne(c, s, q)
		f.Severity = min(f.Severity, finding.Medium)
		e := rule.Evidence(f.Evidence)
		e.Number("blocks read a call", opt.Of(read/calls), "blocks", "pg_stat_statements")
		e.Number("share of its blocks read", opt.Of(read/max(read+hit, 1)), "share", "pg_stat_statements")
		f.Evidence = e
		f.Title = redact.Sprintf("%s reads %s a call from outside of the cache", rule.Upper(rule.StatementOn(q)), figures.Bytes(read*8192/calls))
		begin(&f, "It takes as long as the storage does.")
		f.Fix = redact.Plain("EXPLAIN (ANALYZE, BUFFERS) shows which table, and whether an index would need fewer blocks.")
		found(f)
	},
}
