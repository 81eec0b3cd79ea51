package workload

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	walShare = rule.NewThreshold("share", 0.2, "share", "of the WAL of all exported statements")
	walDaily = rule.NewThreshold("bytes_per_day", 5<<30, "bytes", "which every replica receives and every archive keeps")
	walBulk  = rule.NewThreshold("rows_per_call", 10_000, "rows", "a load, which has to write what it loads")
	walPages = rule.NewThreshold("full_pages", 0.5, "share", "of its WAL, at 8 kB each: then checkpoints decide how much it is")
)

// walOf is the WAL that a statement of the application writes a day, and its
// share of that of all exported statements; 0 of little, of a load, of one whose
// plan was pasted, and where the window is not known.
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
			return 0, 0 // nor is the whole
		}
		all += wal
	}
	return perDay, s.WALBytes.Or(0) / max(all, 1)
}

func walHeavy(c *rule.Case, perDay, share float64) bool {
	return perDay >= walDaily.In(c) && share >= walShare.In(c)
}

// pagesOfWAL is the share of a statement's WAL that whole pages are at most.
func pagesOfWAL(s *workload.Statement) float64 {
	return min(s.WALFpi.Or(0)*workload.BlockSize/max(s.WALBytes.Or(0), 1), 1)
}

var (
	ampDaily = rule.NewThreshold("bytes_per_day", 1<<30, "bytes", "below that nobody feels it: on a quiet server nearly every write is the first to its page after a checkpoint")
)

// partsOfWAL says of what a statement's WAL is, beside the rows: whole pages by
// what was counted, entries of indexes by the model; and what helps.
func partsOfWAL(c *rule.Case, s *workload.Statement, q *sql.Query, t *workload.Table, e *rule.Evidence) (parts, fix string) {
	each := s.WALBytes.Or(0) / s.Rows.Or(1)
	pages := pagesOfWAL(s)
	e.Number("full pages", s.WALFpi, "", "pg_stat_statements")
	if pages >= walPages.In(c) {
		parts = fmt.Sprintf(" Up to %s of it is whole pages, written because a checkpoint had come since the page was last changed.", figures.Share(pages))
		fix = "Checkpoints further apart (max_wal_size, checkpoint_timeout), and wal_compression, which makes whole pages smaller at some cost of CPU."
	} else {
		fix = "See which of the table's indexes are worth their entries, and whether several rows can go with one call. wal_compression helps little where it is not whole pages."
	}
	top, most, sum, ok := entriesOfWAL(c, q, t)
	if !ok || top == nil {
		return parts, fix
	}
	e.Number("entries of the indexes, for each row", opt.Of(sum), "bytes", "model")
	parts += fmt.Sprintf(" Entries of indexes are %s of it by the model", figures.Share(min(sum/each, 1)))
	if most >= walPages.In(c)*sum && len(t.Indexes) > 1 {
		parts += fmt.Sprintf(", mostly %s (%s)", top.Name, top.Def.Method)
	}
	return parts + ".", fix
}

// entriesOfWAL is what the entries of a table's indexes take of a row's WAL, and
// the dearest of these; not ok where the model does not know all of them.
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

// notHOT is the share of a table's updates that write into its indexes.
func notHOT(t *workload.Table) opt.Float {
	return opt.Both(t.HotUpdated, t.Updated, func(hot, all float64) float64 { return 1 - min(hot/max(all, 1), 1) })
}
