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
	commitDaily  = rule.NewThreshold("calls_per_day", 100_000, "calls", "fewer commits are no load for the storage")
	commitMean   = rule.NewThreshold("mean", 1, "ms", "the row itself is written quickly: its commit takes the time, and is not counted here")
	commitShare  = rule.NewThreshold("share_of_commits", 0.5, "share", "of the database's commits: most commits are of this statement")
	commitBeside = rule.NewThreshold("calls_beside", 0.5, "times", "another statement is called as often: then both run with each request, and there are no rows to batch")
)

var commitPerRow = rule.Rule{
	ID:     "commit-per-row",
	Title:  "One commit per inserted row",
	Sees:   "An INSERT of one row at a time, 100,000 times per day or more, that accounts for half of the database's commits and runs without other statements.",
	Why:    "Each commit waits until its WAL is on disk, and on a synchronous replica. A hundred rows in one commit wait once.",
	Silent: "Rows that share transactions. An INSERT that runs with each request, beside other statements. Servers with synchronous_commit = off. Less than one day since the last statistics reset.",
	Fix:    "Insert several rows per INSERT, or use COPY, if the client has several rows at a time. Set synchronous_commit = off in the session if the last rows may be lost in a crash.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/populate.html#DISABLE-AUTOCOMMIT", "https://www.postgresql.org/docs/current/wal-async-commit.html",
	},
	Thresholds: []*rule.Threshold{commitDaily, commitMean, commitShare, commitBeside, youngDay},
	Rank:       rule.RankText,
	Needs:      []workload.View{workload.ViewDatabase, workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if q == nil || q.Kind != sql.Insert || len(q.Arms) != 1 || q.Arms[0].Rows != 1 || !rule.OwnStatement(s, q) {
			return
		}
		calls, perDay := s.Calls.Or(0), c.CallsPerDay(s).Or(0)
		commits, counted := commitsPerDay(c).Get()
		if perDay < commitDaily.In(c) || s.MeanMs.Or(commitMean.In(c)) >= commitMean.In(c) || !counted || perDay < commitShare.In(c)*commits || perDay > commits ||
			c.SettingIsOff("synchronous_commit") || calledBeside(c, s, commitBeside.In(c)*calls) {
			return
		}
		e := c.OfStatement(s)
		e.Number("commits per day", opt.Of(commits), "commits", "pg_stat_database")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e, Where: finding.Where{Relation: c.Qualified(q.Tables[0])}}, Aside: true}
		f.Title = redact.Sprintf("Commits of one row: %s accounts for %s of the database's commits", rule.StatementOn(q), figures.Share(perDay/commits))
		f.Detail = redact.Sprintf("%s rows per day are inserted one at a time, each with its own commit. No other statement is called half as often.", figures.Count(perDay))
		f.Decide("Does one client have several rows at a time, as an import or a queue consumer does?", "the application's code", "leave the statement as it is")
		f.Fix = redact.Plain("Insert a hundred rows or more at a time: INSERT with several rows of VALUES, or COPY. If the last second of rows may be lost in a crash, set synchronous_commit = off in that session.")
		found(f)
	},
}

// commitsPerDay returns the database's commits per day; absent for less than a
// day of statistics.
func commitsPerDay(c *rule.Case) opt.Float {
	age, known := c.Snapshot.StatsAge()
	if !known || age.Hours() < youngDay.In(c)*24 {
		return opt.Float{}
	}
	return opt.Map(c.Snapshot.DatabaseStats["xact_commit"], func(n float64) float64 { return n / (age.Hours() / 24) })
}

// calledBeside reports whether another statement, other than utility statements,
// has that many calls.
func calledBeside(c *rule.Case, s *workload.Statement, calls float64) bool {
	for _, o := range c.Snapshot.Statements {
		if q := c.Statements[o]; o != s && o.TopLevel && o.Calls.Or(0) >= calls && (q == nil || q.Kind != sql.Other) {
			return true
		}
	}
	return false
}
