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
	Title:  "One statement stands under many query ids",
	Sees:   "Twenty query ids or more whose texts are the same, or differ only in the length of a list, in a number in the name of a savepoint, cursor or prepared statement, or in the constants of COPY and other utility statements.",
	Why:    "Each of them is small in every ranking, and together they may be the costliest statement of all; and they push others out of pg_stat_statements.",
	Silent: "Shapes that take little time and little room; pg_stat_statements has forgotten statements already (statements-evicted, which names the shape).",
	Fix:    "= ANY($1) with an array instead of IN ($1, $2, ...); one name for savepoints and cursors.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{shapeIDs, shapeShare, shapeRoom},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		if evicted(c) || c.TotalMs() <= 0 {
			return // it is said there; or of how much they are a part is not known
		}
		shape := mostScattered(c)
		if len(shape) == 0 {
			return
		}
		share := c.ShareOf(shape).Or(0)
		top := shape[0]
		var e rule.Evidence
		e.Text("the costliest of them", top.Query, "pg_stat_statements")
		e.Number("query ids of the shape", opt.Of(float64(len(shape))), "", "pg_stat_statements")
		e.Number("their share of total execution time", opt.Of(share), "share", "pg_stat_statements")
		e.Number("the costliest one's share", c.ShareOf(shape[:1]), "share", "pg_stat_statements")
		e.Number("statements in the export", opt.Of(float64(len(c.Snapshot.Statements))), "statements", "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e, Share: opt.Of(share)}, Statement: top}
		f.Title = redact.Sprintf("%d query ids are one statement and take %s of total execution time together", len(shape), figures.Share(share))
		f.Detail = redact.Sprintf("%s The costliest alone shows as %s.", scatteredBy(shape), figures.Share(c.ShareOf(shape[:1]).Or(0)))
		if sameTexts(shape) {
			f.Fix = redact.Plain("Look at the statement as a whole when it is tuned, and raise pg_stat_statements.max for the number of schemas.")
			found(f)
			return
		}
		f.Fix = redact.Plain("Pass an array: = ANY($1) instead of IN ($1, $2, ...); use one name for savepoints, cursors and prepared statements. Look at the statement as a whole when it is tuned.")
		found(f)
	},
}
