package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	readPerCall = NewThreshold("blocks_per_call", 1_000, "blocks", "8 MB from outside of the cache, a call")
	readMiss    = NewThreshold("miss_share", 0.2, "share", "of its blocks")
	readIOShare = NewThreshold("io_share", 0.5, "share", "of its time, where track_io_timing is on")
)

var readHeavyStatement = Rule{
	ID:     "read-heavy-statement",
	Title:  "A statement reads from disk at every call",
	Sees:   "A statement that reads 8 MB a call or more from outside of the cache, a fifth of its blocks; or that takes 50 ms a call and waits for reading half of that.",
	Why:    "It takes as long as the storage does, and pushes out of the cache what others need.",
	Silent: "Statements of less than a hundredth of the time.",
	Fix:    "An index, so that fewer blocks are needed; its plan tells which. Else more memory for the cache, or less in the table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*Threshold{readPerCall, readMiss, readIOShare, slowMean},
	Rank:       rankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		read, hit := s.SharedRead.Or(0), s.SharedHit.Or(0)
		calls := s.Calls.Or(0)
		byBlocks := read >= readPerCall.In(c)*calls && read >= readMiss.In(c)*(read+hit)
		byTime := s.ReadMs.Or(0) >= readIOShare.In(c)*s.TotalMs.Or(0) && s.ReadMs.Or(0) > 0 && s.MeanMs.Or(0) >= slowMean.In(c)
		if !c.Explainable(s) || c.shareOf([]*workload.Statement{s}).Or(0) < slowShare.In(c) || !byBlocks && !byTime {
			return
		}
		f := c.slowOne(s, q)
		f.Severity = min(f.Severity, finding.Medium)
		e := evidence(f.Evidence)
		e.number("blocks read a call", opt.Of(read/calls), "blocks", "pg_stat_statements")
		e.number("share of its blocks read", opt.Of(read/max(read+hit, 1)), "share", "pg_stat_statements")
		f.Evidence = e
		f.Title = redact.Sprintf("%s reads %s a call from outside of the cache", upper(statementOn(q)), figures.Bytes(read*8192/calls))
		f.begin("It takes as long as the storage does.")
		f.Fix = redact.Plain("EXPLAIN (ANALYZE, BUFFERS) shows which table, and whether an index would need fewer blocks.")
		found(f)
	},
}
