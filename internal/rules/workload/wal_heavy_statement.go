package workload

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	walTimes = rule.NewThreshold("times_row", 2, "times", "the width of its row: less than that is the row itself and its headers")
)

var walHeavyStatement = rule.Rule{
	ID:     "wal-heavy-statement",
	Title:  "One statement writes much of the WAL",
	Sees:   "A statement that writes a fifth of the exported statements' WAL, and 5 GB a day or more.",
	Why:    "WAL is written, sent to every replica and archived; what lags behind a peak is a replica's delay or a full disk.",
	Silent: "Loads of 10,000 rows per call; less than 5 GB a day; exports without the age of pg_stat_statements.",
	Fix:    "Where most of it is whole pages: checkpoints further apart, wal_compression. Where it is many times the row: fewer indexes, or keys that are inserted in order.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html", "https://www.postgresql.org/docs/current/wal-configuration.html",
	},
	Thresholds: []*rule.Threshold{walShare, walDaily, walBulk, walPages, walTimes},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if perDay, share := walOf(c, s, q); walHeavy(c, perDay, share) {
			found(onWAL(c, s, q, perDay, share))
		}
	},
}

func onWAL(c *rule.Case, s *workload.Statement, q *sql.Query, perDay, share float64) rule.Found {
	wal, rows := s.WALBytes.Or(0), s.Rows.Or(1)
	e := c.OfStatement(s)
	e.Number("WAL per day", opt.Of(perDay), "bytes", "pg_stat_statements")
	e.Number("share of the exported statements' WAL", opt.Of(share), "share", "pg_stat_statements")
	e.Number("WAL per row", opt.Of(wal/rows), "bytes", "pg_stat_statements")
	e.Text("statement", s.Query, "pg_stat_statements")
	f := rule.Found{Query: q, Short: redact.Sprintf("the WAL of %s", rule.StatementOn(q))}
	f.Statement, f.Where.Relation = s, c.Qualified(q.Tables[0])
	f.Tag, f.Severity = finding.Confirmed, finding.Low
	f.Title = redact.Sprintf("%s writes %s of WAL per day, %s of all", rule.Upper(rule.StatementOn(q)), figures.Bytes(perDay), figures.Share(share))
	f.Detail = redact.Sprintf("That is %s for each row%s.", figures.Bytes(wal/rows), besideWidth(c, q, &e))
	if width := writtenWidth(c, q); pagesOfWAL(s) < walPages.In(c) && width > 0 && wal/rows < walTimes.In(c)*width {
		f.Severity = finding.Nit
		f.Fix = redact.Plain("It is the rows themselves. Fewer or narrower ones, if they are not all wanted.")
	} else {
		parts, fix := partsOfWAL(c, s, q, c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name), &e)
		f.Detail, f.Fix = redact.Sprintf("%s%s", f.Detail, parts), redact.Plain(fix)
	}
	f.Evidence = e
	return f
}

// besideWidth says what a row of the written table takes, and how many indexes
// get an entry with it.
func besideWidth(c *rule.Case, q *sql.Query, e *rule.Evidence) string {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	width := writtenWidth(c, q)
	if width <= 0 {
		return ""
	}
	e.Number("indexes of the table", opt.Of(float64(len(t.Indexes))), "indexes", "pg_index")
	e.Number("width of a row", opt.Of(width), "bytes", "pg_stats")
	if len(t.Indexes) == 1 {
		return fmt.Sprintf(" of %s, with 1 index on the table", figures.Bytes(width))
	}
	return fmt.Sprintf(" of %s, with %d indexes on the table", figures.Bytes(width), len(t.Indexes))
}

// writtenWidth is the mean width of the rows of the table that a statement
// writes; 0 where it is not known.
func writtenWidth(c *rule.Case, q *sql.Query) float64 {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	if t == nil {
		return 0
	}
	width, _ := rowWidth(t)
	return width
}
