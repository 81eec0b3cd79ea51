package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	slowCommitMean  = rule.NewThreshold("mean", 5, "ms", "per COMMIT: an SSD takes less than 1 ms to have the WAL safe, a network volume 1 to 3 ms")
	slowCommitCalls = rule.NewThreshold("calls", 1_000, "calls", "fewer may be from one bad moment")
)

var slowCommit = rule.Rule{
	ID:     "slow-commit",
	Title:  "COMMIT is slow",
	Sees:   "COMMIT in pg_stat_statements (track_utility) with 5 ms or more per call, and 1,000 calls.",
	Why:    "A COMMIT waits until its WAL is on the disk, and on a synchronous replica if there is one. Every transaction that writes waits for that, also those of one statement, whose COMMIT is in no statistics.",
	Silent: "Fewer calls. Servers that do not track utility statements.",
	Fix:    "Look at the disk of pg_wal, and at synchronous replicas. Put several changes into one transaction.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/wal-async-commit.html", "https://www.postgresql.org/docs/current/pgtestfsync.html",
	},
	Thresholds: []*rule.Threshold{slowCommitMean, slowCommitCalls},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		calls, ms := 0.0, 0.0
		for _, s := range c.Snapshot.Statements {
			switch strings.ToUpper(strings.TrimRight(lex.Normalize(s.Query.Raw()), "; ")) {
			case "COMMIT", "END", "COMMIT TRANSACTION", "COMMIT WORK", "END TRANSACTION":
				if n, total, ok := opt.Two(s.Calls, s.TotalMs); ok {
					calls, ms = calls+n, ms+total
				}
			}
		}
		if calls < slowCommitCalls.In(c) || ms < slowCommitMean.In(c)*calls {
			return
		}
		var e rule.Evidence
		e.Number("calls of COMMIT", opt.Of(calls), "calls", string(workload.ViewStatements))
		e.Number("time of COMMIT", opt.Of(ms), "ms", string(workload.ViewStatements))
		found(rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e,
			Title:  redact.Sprintf("COMMIT takes %s on average, in %s calls", figures.Ms(ms/calls), figures.Count(calls)),
			Detail: redact.Plain("It waits until its WAL is on the disk, and on a synchronous replica if there is one. Deferred constraints and triggers run in it as well."),
			Fix:    redact.Plain("Measure the disk of pg_wal with pg_test_fsync, and look at synchronous_standby_names and its replicas (pg_stat_replication: flush_lag). Put several changes into one transaction. For data whose last moment may be lost in a crash, synchronous_commit = off does not wait."),
		}})
	},
}
