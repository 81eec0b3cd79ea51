package rules

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	walShare = NewThreshold("share", 0.2, "share", "of the WAL of all exported statements")
	walDaily = NewThreshold("bytes_per_day", 5<<30, "bytes", "which every replica receives and every archive keeps")
	walBulk  = NewThreshold("rows_per_call", 10_000, "rows", "a load, which has to write what it loads")
	walTimes = NewThreshold("times_row", 2, "times", "the width of its row: less than that is the row itself and its headers")
	walPages = NewThreshold("full_pages", 0.5, "share", "of its WAL, at 8 kB each: then checkpoints decide how much it is")
)

var walHeavyStatement = Rule{
	ID:     "wal-heavy-statement",
	Title:  "One statement writes much of the WAL",
	Sees:   "A statement that writes a fifth of the exported statements' WAL, and 5 GB a day or more.",
	Why:    "WAL is written, sent to every replica and archived; what lags behind a peak is a replica's delay or a full disk.",
	Silent: "Loads of 10,000 rows a call; less than 5 GB a day; exports without the age of pg_stat_statements.",
	Fix:    "Where most of it is whole pages: checkpoints further apart, wal_compression. Where it is many times the row: fewer indexes, or keys that are inserted in order.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html", "https://www.postgresql.org/docs/current/wal-configuration.html",
	},
	Thresholds: []*Threshold{walShare, walDaily, walBulk, walPages, walTimes},
	Rank:       rankWorkload - 3,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		if perDay, share := c.walOf(s, q); walHeavy(c, perDay, share) {
			found(c.onWAL(s, q, perDay, share))
		}
	},
}

// walOf is the WAL that a statement of the application writes a day, and its
// share of that of all exported statements; 0 of little, of a load, of one whose
// plan was pasted, and where the window is not known.
func (c *Case) walOf(s *workload.Statement, q *sql.Query) (perDay, share float64) {
	rows, calls, ok := both(s.Rows, s.Calls)
	perDay = c.Snapshot.StatementPerDay(s, func(s *workload.Statement) opt.Float { return s.WALBytes }).Or(0)
	if !ok || perDay < min(ampDaily.In(c), walDaily.In(c)) || q == nil || q.Kind == sql.Select || rows <= 0 || rows >= walBulk.In(c)*calls || !c.Explainable(s) {
		return 0, 0
	}
	all := 0.0
	for _, s := range c.Snapshot.Statements {
		if !s.TopLevel {
			continue
		}
		wal, known := s.WALBytes.Get()
		if !known || c.Snapshot.IsCut(workload.ViewStatements) {
			return 0, 0 // nor is the whole
		}
		all += wal
	}
	return perDay, s.WALBytes.Or(0) / max(all, 1)
}

func walHeavy(c *Case, perDay, share float64) bool {
	return perDay >= walDaily.In(c) && share >= walShare.In(c)
}

// pagesOfWAL is the share of a statement's WAL that whole pages are at most.
func pagesOfWAL(s *workload.Statement) float64 {
	return min(s.WALFpi.Or(0)*workload.BlockSize/max(s.WALBytes.Or(0), 1), 1)
}

func (c *Case) onWAL(s *workload.Statement, q *sql.Query, perDay, share float64) Found {
	wal, rows := s.WALBytes.Or(0), s.Rows.Or(1)
	e := c.ofStatement(s)
	e.number("WAL a day", opt.Of(perDay), "bytes", "pg_stat_statements")
	e.number("share of the exported statements' WAL", opt.Of(share), "share", "pg_stat_statements")
	e.number("WAL a row", opt.Of(wal/rows), "bytes", "pg_stat_statements")
	e.text("statement", s.Query, "pg_stat_statements")
	f := Found{query: q, short: redact.Sprintf("the WAL of %s", statementOn(q))}
	f.Statement, f.Where.Relation = s, c.qualified(q.Tables[0])
	f.Tag, f.Severity = finding.Confirmed, finding.Low
	f.Title = redact.Sprintf("%s writes %s of WAL a day, %s of all", upper(statementOn(q)), figures.Bytes(perDay), figures.Share(share))
	f.Detail = redact.Sprintf("That is %s for each row%s.", figures.Bytes(wal/rows), c.besideWidth(q, &e))
	if width := c.writtenWidth(q); pagesOfWAL(s) < walPages.In(c) && width > 0 && wal/rows < walTimes.In(c)*width {
		f.Severity = finding.Nit
		f.Fix = redact.Plain("It is the rows themselves. Fewer or narrower ones, if they are not all wanted.")
	} else {
		parts, fix := c.partsOfWAL(s, q, c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name), &e)
		f.Detail, f.Fix = redact.Sprintf("%s%s", f.Detail, parts), redact.Plain(fix)
	}
	f.Evidence = e
	return f
}

// besideWidth says what a row of the written table takes, and how many indexes
// get an entry with it.
func (c *Case) besideWidth(q *sql.Query, e *evidence) string {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	width := c.writtenWidth(q)
	if width <= 0 {
		return ""
	}
	e.number("indexes of the table", opt.Of(float64(len(t.Indexes))), "indexes", "pg_index")
	e.number("width of a row", opt.Of(width), "bytes", "pg_stats")
	if len(t.Indexes) == 1 {
		return fmt.Sprintf(" of %s, with 1 index on the table", figures.Bytes(width))
	}
	return fmt.Sprintf(" of %s, with %d indexes on the table", figures.Bytes(width), len(t.Indexes))
}

// writtenWidth is the mean width of the rows of the table that a statement
// writes; 0 where it is not known.
func (c *Case) writtenWidth(q *sql.Query) float64 {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	if t == nil {
		return 0
	}
	width, _ := rowWidth(t)
	return width
}
