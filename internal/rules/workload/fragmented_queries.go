package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var fragmentedQueries = rule.Rule{
	ID:     "fragmented-queries",
	Title:  "One statement has many query ids",
	Sees:   "Twenty query ids or more whose texts are the same, or differ only in the length of a list, in a number in the name of a savepoint, cursor or prepared statement, or in the constants of COPY and other utility statements.",
	Why:    "Each query id is small in every ranking. Together they may be the most expensive statement. They also evict other statements from pg_stat_statements.",
	Silent: "Groups that take little time and few rows of the view. pg_stat_statements has already evicted statements (statements-evicted, which names the group).",
	Fix:    "Use = ANY($1) with an array instead of IN ($1, $2, ...). Use one name for savepoints and cursors.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{shapeIDs, shapeShare, shapeRoom},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if evicted(c) || c.TotalMs() <= 0 {
			return // statements-evicted reports it, or the share is unknown
		}
		shape := mostScattered(c)
		if len(shape) == 0 {
			return
		}
		share := c.ShareOf(shape...).Or(0)
		top := shape[0]
		var e rule.Evidence
		e.Text("most expensive statement", top.Query, "pg_stat_statements")
		e.Number("query ids", opt.Of(float64(len(shape))), "", "pg_stat_statements")
		e.Number("share of total execution time", opt.Of(share), "share", "pg_stat_statements")
		e.Number("share of the most expensive one", c.ShareOf(shape[0]), "share", "pg_stat_statements")
		e.Number("statements in the export", opt.Of(float64(len(c.Snapshot.Statements))), "statements", "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e, Share: opt.Of(share)}, Statement: top}
		f.SaysShare = true
		f.Title = redact.Sprintf("%d query ids are one statement: together %s of total execution time", len(shape), figures.Share(share))
		f.Detail = redact.Sprintf("%s The most expensive one alone shows as %s.", scatteredBy(shape), figures.Share(c.ShareOf(shape[0]).Or(0)))
		if sameTexts(shape) {
			f.Fix = redact.Plain("Tune the statement as a whole, and raise pg_stat_statements.max to fit the number of schemas.")
			found(f)
			return
		}
		f.Fix = redact.Plain("Pass an array: = ANY($1) instead of IN ($1, $2, ...). Use one name for savepoints, cursors and prepared statements. Tune the statement as a whole.")
		found(f)
	},
}
