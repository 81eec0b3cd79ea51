package workload

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	ampTimes = rule.NewThreshold("times_row", 10, "times", "what a row takes, its header and its values in the TOAST table counted in: the row, an entry in each of several indexes and their headers come to less")
	ampShare = rule.NewThreshold("share", 0.05, "share", "of the WAL of all exported statements")
)

var writeAmplifiedStatement = rule.Rule{
	ID:     "write-amplified-statement",
	Title:  "A statement writes many times its rows into the WAL",
	Sees:   "An INSERT or UPDATE whose WAL is ten times its rows or more, 1 GB a day and a twentieth of the exported statements' WAL.",
	Why:    "What is beside the row is whole pages after a checkpoint and entries of indexes: it is written, sent to every replica and archived like the row itself.",
	Silent: "Values that are large themselves (TOAST); loads of 10,000 rows per call; a statement that writes several tables, or a partitioned one; one that writes much of the WAL anyway (wal-heavy-statement) or into a GIN index without its pending list (gin-fastupdate-off): it is said there.",
	Fix:    "Where it is whole pages: checkpoints further apart, keys that are inserted in order. Where it is entries: fewer indexes.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html", "https://www.postgresql.org/docs/current/wal-configuration.html",
	},
	Thresholds: []*rule.Threshold{ampTimes, ampDaily, ampShare, walBulk, walPages},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements, workload.ViewStats},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		perDay, share := walOf(c, s, q)
		if perDay < ampDaily.In(c) || share < ampShare.In(c) || q.Kind != sql.Insert && q.Kind != sql.Update || writesBeside(q) {
			return
		}
		t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
		width, known := storedWidth(t).Get()
		each := s.WALBytes.Or(0) / s.Rows.Or(1)
		if !known || t.Kind == "p" || withoutPendingList(c, t) || each < ampTimes.In(c)*width || walHeavy(c, perDay, share) {
			return
		}
		e := c.OfStatement(s)
		e.Number("WAL per row", opt.Of(each), "bytes", "pg_stat_statements")
		e.Number("what a row takes", opt.Of(width), "bytes", "pg_stats")
		e.Number("WAL per day", opt.Of(perDay), "bytes", "pg_stat_statements")
		e.Number("share of the exported statements' WAL", opt.Of(share), "share", "pg_stat_statements")
		f := rule.Found{Query: q, Aside: true, Short: redact.Sprintf("the WAL of %s", rule.StatementOn(q))}
		f.Statement, f.Where.Relation = s, t.QName()
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Title = redact.Sprintf("%s writes %s of WAL for each row of %s", rule.Upper(rule.StatementOn(q)), figures.Bytes(each), figures.Bytes(width))
		parts, fix := partsOfWAL(c, s, q, t, &e)
		f.Detail = redact.Sprintf("That is %s, %s a day.%s Judgment needed: whether a trigger or a foreign key's action writes to other tables with it, which counts here too. "+
			"The table's definition settles it; without that, go by these parts.", figures.Times(each/width), figures.Bytes(perDay), parts)
		f.Fix = redact.Plain(fix)
		e.Text("statement", s.Query, "pg_stat_statements")
		f.Evidence = e
		found(f)
	},
}

// withoutPendingList reports whether a table has a GIN index whose fastupdate is
// off.
func withoutPendingList(c *rule.Case, t *workload.Table) bool {
	return slices.ContainsFunc(t.Indexes, func(ix *workload.Index) bool {
		_, off := c.Advisor.WithPendingList(ix)
		return off
	})
}

// writesBeside reports whether a statement writes in one of its CTEs, too.
func writesBeside(q *sql.Query) bool {
	for _, part := range q.Parts {
		if part.Kind != sql.Select || writesBeside(part) {
			return true
		}
	}
	return false
}
