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

var walTimes = rule.NewThreshold("times_row", 2, "times", "the width of its row: less than that is the row itself and its headers")

var walHeavyStatement = rule.Rule{
	ID:     "wal-heavy-statement",
	Title:  "One statement writes much of the WAL",
	Sees:   "A statement that writes 20% of the exported statements' WAL, and 5 GB per day or more.",
	Why:    "WAL is written, sent to every replica and archived. A peak causes replication lag or a full disk.",
	Silent: "Loads of 10,000 rows per call. Less than 5 GB per day. Exports without the reset time of pg_stat_statements.",
	Fix:    "If most of the WAL is full page images, make checkpoints less frequent and use wal_compression. If the WAL is many times the row, use fewer indexes, or keys that are inserted in order.",
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
	f.Title = redact.Sprintf("%s writes %s of WAL per day, %s of all exported WAL", rule.Upper(rule.StatementOn(q)), figures.Bytes(perDay), figures.Share(share))
	f.Detail = redact.Sprintf("Each row takes %s of WAL%s.", figures.Bytes(wal/rows), besideWidth(c, q, &e))
	if width := writtenWidth(c, q); pagesOfWAL(s) < walPages.In(c) && width > 0 && wal/rows < walTimes.In(c)*width {
		f.Severity = finding.Nit
		f.Fix = redact.Plain("Write fewer or narrower rows, if they are not all needed. The WAL is mainly the rows themselves.")
	} else {
		parts, fix := partsOfWAL(c, s, q, c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name), &e)
		f.More, f.Fix = redact.Plain(parts), redact.Plain(fix)
	}
	f.Evidence = e
	return f
}

// besideWidth says how large a row of the written table is, and how many indexes
// get an entry for it.
func besideWidth(c *rule.Case, q *sql.Query, e *rule.Evidence) string {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	width := writtenWidth(c, q)
	if width <= 0 {
		return ""
	}
	e.Number("indexes of the table", opt.Of(float64(len(t.Indexes))), "indexes", "pg_index")
	e.Number("row width", opt.Of(width), "bytes", "pg_stats")
	indexes := fmt.Sprintf("%d indexes", len(t.Indexes))
	if len(t.Indexes) == 1 {
		indexes = "1 index"
	}
	return fmt.Sprintf("; the row itself is %s, and the table has %s", figures.Bytes(width), indexes)
}

// writtenWidth returns the average width of the rows of the table that a statement
// writes; 0 if it is unknown.
func writtenWidth(c *rule.Case, q *sql.Query) float64 {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	if t == nil {
		return 0
	}
	width, _ := rowWidth(t)
	return width
}
