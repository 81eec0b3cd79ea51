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
	eachDay     = rule.NewThreshold("calls_per_day", 100_000, "calls", "fewer commits than that no storage notices")
	eachMean    = rule.NewThreshold("mean", 1, "ms", "the row itself is done in no time: its commit is what takes time, and does not show there")
	eachCommits = rule.NewThreshold("share_of_commits", 0.5, "share", "of the database's commits: most of what it waits for is this")
	eachBeside  = rule.NewThreshold("calls_beside", 0.5, "times", "another statement is called as often: then both come with each request, and there are no rows to gather")
)

var commitPerRow = rule.Rule{
	ID:     "commit-per-row",
	Title:  "Most commits are of one inserted row",
	Sees:   "An INSERT of one row at a time, 100,000 times per day or more, that makes up half of the database's commits and that nothing else goes along with.",
	Why:    "Each commit waits until its WAL is on disk, and on a synchronous replica. A hundred rows to a commit take one wait.",
	Silent: "Rows that share transactions; an INSERT that comes with each request, beside other statements; synchronous_commit is off; counters younger than a day.",
	Fix:    "Several rows to an INSERT, or COPY, from whoever has several at hand; synchronous_commit = off for the session where the last rows may be lost in a crash.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/populate.html#DISABLE-AUTOCOMMIT", "https://www.postgresql.org/docs/current/wal-async-commit.html",
	},
	Thresholds: []*rule.Threshold{eachDay, eachMean, eachCommits, eachBeside},
	Rank:       rule.RankText,
	Needs:      []workload.View{workload.ViewDatabase, workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if q == nil || q.Kind != sql.Insert || len(q.Arms) != 1 || q.Arms[0].Rows != 1 || !rule.OwnStatement(s, q) {
			return
		}
		calls, perDay := s.Calls.Or(0), c.CallsPerDay(s).Or(0)
		commits, counted := commitsPerDay(c).Get()
		if perDay < eachDay.In(c) || s.MeanMs.Or(eachMean.In(c)) >= eachMean.In(c) || !counted || perDay < eachCommits.In(c)*commits || perDay > commits ||
			c.SettingIsOff("synchronous_commit") || calledBeside(c, s, eachBeside.In(c)*calls) {
			return
		}
		e := c.OfStatement(s)
		e.Number("commits a day", opt.Of(commits), "commits", "pg_stat_database")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e, Where: finding.Where{Relation: c.Qualified(q.Tables[0])}}, Aside: true}
		f.Title = redact.Sprintf("%s of the database's commits are %s of one row", figures.Share(perDay/commits), rule.StatementOn(q))
		f.Detail = redact.Sprintf("%s such rows come in a day, each with a commit of its own, and no other statement is called half as often. "+
			"Judgment needed: whether one client has several rows at hand at a time, as an import or the reader of a queue has. The application's code settles it; without it, leave it.", figures.Count(perDay))
		f.Fix = redact.Plain("INSERT with several rows of VALUES, or COPY, a hundred rows or more at a time. Where the last second of rows may be lost in a crash: synchronous_commit = off in that session.")
		found(f)
	},
}

// commitsPerDay are those of the database; absent while its counters are
// younger than a day.
func commitsPerDay(c *rule.Case) opt.Float {
	age, known := c.Snapshot.StatsAge()
	if !known || age.Hours() < youngDay.In(c)*24 {
		return opt.Float{}
	}
	return opt.Map(c.Snapshot.DatabaseStats["xact_commit"], func(n float64) float64 { return n / (age.Hours() / 24) })
}

// calledBeside reports whether another statement than utility ones is called so
// often.
func calledBeside(c *rule.Case, s *workload.Statement, calls float64) bool {
	for _, o := range c.Snapshot.Statements {
		if q := c.Statements[o]; o != s && o.TopLevel && o.Calls.Or(0) >= calls && (q == nil || q.Kind != sql.Other) {
			return true
		}
	}
	return false
}
