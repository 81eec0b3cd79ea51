package workload

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	walShare = rule.NewThreshold("share", 0.2, "share", "of the WAL of all exported statements")
	walDaily = rule.NewThreshold("bytes_per_day", 5<<30, "bytes", "which every replica receives and every archive stores")
	walBulk  = rule.NewThreshold("rows_per_call", 10_000, "rows", "a load, which has to write what it loads")
	walPages = rule.NewThreshold("full_pages", 0.5, "share", "of its WAL, at 8 kB per page: then checkpoints determine its amount")
)

// walOf returns the WAL that a statement of the application writes per day, and
// its share of that of all exported statements; 0 for little WAL, for a load, for
// a statement with a plan, and if the period is unknown.
func walOf(c *rule.Case, s *workload.Statement, q *sql.Query) (perDay, share float64) {
	rows, calls, ok := opt.Two(s.Rows, s.Calls)
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
			return 0, 0 // the total is unknown
		}
		all += wal
	}
	return perDay, s.WALBytes.Or(0) / max(all, 1)
}

func walHeavy(c *rule.Case, perDay, share float64) bool {
	return perDay >= walDaily.In(c) && share >= walShare.In(c)
}

// pagesOfWAL returns the share of full page images in a statement's WAL, at most.
func pagesOfWAL(s *workload.Statement) float64 {
	return min(s.WALFpi.Or(0)*workload.BlockSize/max(s.WALBytes.Or(0), 1), 1)
}

var ampDaily = rule.NewThreshold("bytes_per_day", 1<<30, "bytes", "less is not noticed: on a quiet server nearly every write is the first to its page after a checkpoint")

// partsOfWAL says what a statement's WAL contains beside the rows, and what helps:
// full page images as counted, and index entries by the size model.
func partsOfWAL(c *rule.Case, s *workload.Statement, q *sql.Query, t *workload.Table, e *rule.Evidence) (parts, fix string) {
	each := s.WALBytes.Or(0) / s.Rows.Or(1)
	pages := pagesOfWAL(s)
	e.Number("full page images", s.WALFpi, "", "pg_stat_statements")
	if pages >= walPages.In(c) {
		parts = fmt.Sprintf("Up to %s of this WAL is full page images, written for the first change of a page after a checkpoint.", figures.Share(pages))
		fix = "Make checkpoints less frequent (max_wal_size, checkpoint_timeout). Consider wal_compression, which makes full page images smaller at some CPU cost."
	} else {
		fix = "Check which indexes of the table are needed, and whether one call can write several rows. wal_compression helps little here, because it compresses only full page images."
	}
	top, most, sum, ok := entriesOfWAL(c, q, t)
	if !ok || top == nil {
		return parts, fix
	}
	e.Number("index entries per row", opt.Of(sum), "bytes", "model")
	parts += fmt.Sprintf(" Index entries are %s of the WAL by the size model", figures.Share(min(sum/each, 1)))
	if most >= walPages.In(c)*sum && len(t.Indexes) > 1 {
		parts += fmt.Sprintf(", mostly %s (%s)", top.Name, top.Def.Method)
	}
	return strings.TrimSpace(parts + "."), fix
}

// entriesOfWAL returns the bytes of a row's WAL that are index entries, and the
// index with most of them; not ok if the model does not know all indexes.
func entriesOfWAL(c *rule.Case, q *sql.Query, t *workload.Table) (top *workload.Index, most, sum float64, ok bool) {
	if t == nil {
		return nil, 0, 0, false
	}
	for _, ix := range t.Indexes {
		cost := c.Advisor.IndexCost(ix)
		bytes := cost.WALBytesPerInsert
		if q.Kind == sql.Update {
			bytes = opt.Both(cost.WALBytesPerNonHOTUpdate, notHOT(t), func(b, share float64) float64 { return b * share })
		}
		b, known := bytes.Get()
		if !known {
			return nil, 0, 0, false
		}
		if sum += b; top == nil || b > most {
			top, most = ix, b
		}
	}
	return top, most, sum, true
}

// notHOT returns the share of a table's updates that write to its indexes.
func notHOT(t *workload.Table) opt.Float {
	return opt.Both(t.HotUpdated, t.Updated, func(hot, all float64) float64 { return 1 - min(hot/max(all, 1), 1) })
}
