package rules

import (
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	ampTimes = NewThreshold("times_row", 10, "times", "what a row takes, its header and its values in the TOAST table counted in: the row, an entry in each of several indexes and their headers come to less")
	ampDaily = NewThreshold("bytes_per_day", 1<<30, "bytes", "below that nobody feels it: on a quiet server nearly every write is the first to its page after a checkpoint")
	ampShare = NewThreshold("share", 0.05, "share", "of the WAL of all exported statements")
)

var writeAmplifiedStatement = Rule{
	ID:     "write-amplified-statement",
	Title:  "A statement writes many times its rows into the WAL",
	Sees:   "An INSERT or UPDATE whose WAL is ten times its rows or more, 1 GB a day and a twentieth of the exported statements' WAL.",
	Why:    "What is beside the row is whole pages after a checkpoint and entries of indexes: it is written, sent to every replica and archived like the row itself.",
	Silent: "Values that are large themselves (TOAST); loads of 10,000 rows a call; a statement that writes several tables, or a partitioned one; one that writes much of the WAL anyway (wal-heavy-statement) or into a GIN index without its pending list (gin-fastupdate-off): it is said there.",
	Fix:    "Where it is whole pages: checkpoints further apart, keys that are inserted in order. Where it is entries: fewer indexes.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html", "https://www.postgresql.org/docs/current/wal-configuration.html",
	},
	Thresholds: []*Threshold{ampTimes, ampDaily, ampShare, walBulk, walPages},
	Rank:       rankWorkload - 3,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements, workload.ViewStats},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		perDay, share := c.walOf(s, q)
		if perDay < ampDaily.In(c) || share < ampShare.In(c) || q.Kind != sql.Insert && q.Kind != sql.Update || writesBeside(q) {
			return
		}
		t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
		width, known := storedWidth(t).Get()
		each := s.WALBytes.Or(0) / s.Rows.Or(1)
		if !known || t.Kind == "p" || c.withoutPendingList(t) || each < ampTimes.In(c)*width || walHeavy(c, perDay, share) {
			return
		}
		e := c.ofStatement(s)
		e.number("WAL a row", opt.Of(each), "bytes", "pg_stat_statements")
		e.number("what a row takes", opt.Of(width), "bytes", "pg_stats")
		e.number("WAL a day", opt.Of(perDay), "bytes", "pg_stat_statements")
		e.number("share of the exported statements' WAL", opt.Of(share), "share", "pg_stat_statements")
		f := Found{query: q, aside: true, short: redact.Sprintf("the WAL of %s", statementOn(q))}
		f.Statement, f.Where.Relation = s, t.QName()
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Title = redact.Sprintf("%s writes %s of WAL for each row of %s", upper(statementOn(q)), figures.Bytes(each), figures.Bytes(width))
		parts, fix := c.partsOfWAL(s, q, t, &e)
		f.Detail = redact.Sprintf("That is %s, %s a day.%s Judgment needed: whether a trigger or a foreign key's action writes to other tables with it, which counts here too. "+
			"The table's definition settles it; without that, go by these parts.", figures.Times(each/width), figures.Bytes(perDay), parts)
		f.Fix = redact.Plain(fix)
		e.text("statement", s.Query, "pg_stat_statements")
		f.Evidence = e
		found(f)
	},
}

// partsOfWAL says of what a statement's WAL is, beside the rows: whole pages by
// what was counted, entries of indexes by the model; and what helps.
func (c *Case) partsOfWAL(s *workload.Statement, q *sql.Query, t *workload.Table, e *evidence) (parts, fix string) {
	each := s.WALBytes.Or(0) / s.Rows.Or(1)
	pages := pagesOfWAL(s)
	e.number("full pages", s.WALFpi, "", "pg_stat_statements")
	if pages >= walPages.In(c) {
		parts = fmt.Sprintf(" Up to %s of it is whole pages, written because a checkpoint had come since the page was last changed.", figures.Share(pages))
		fix = "Checkpoints further apart (max_wal_size, checkpoint_timeout), and wal_compression, which makes whole pages smaller at some cost of CPU."
	} else {
		fix = "See which of the table's indexes are worth their entries, and whether several rows can go with one call. wal_compression helps little where it is not whole pages."
	}
	top, most, sum, ok := c.entriesOfWAL(q, t)
	if !ok || top == nil {
		return parts, fix
	}
	e.number("entries of the indexes, for each row", opt.Of(sum), "bytes", "model")
	parts += fmt.Sprintf(" Entries of indexes are %s of it by the model", figures.Share(min(sum/each, 1)))
	if most >= walPages.In(c)*sum && len(t.Indexes) > 1 {
		parts += fmt.Sprintf(", mostly %s (%s)", top.Name, top.Def.Method)
	}
	return parts + ".", fix
}

// entriesOfWAL is what the entries of a table's indexes take of a row's WAL, and
// the dearest of these; not ok where the model does not know all of them.
func (c *Case) entriesOfWAL(q *sql.Query, t *workload.Table) (top *workload.Index, most, sum float64, ok bool) {
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

// withoutPendingList reports whether a table has a GIN index whose fastupdate is
// off.
func (c *Case) withoutPendingList(t *workload.Table) bool {
	return slices.ContainsFunc(t.Indexes, func(ix *workload.Index) bool {
		_, off := c.Advisor.WithPendingList(ix)
		return off
	})
}

// notHOT is the share of a table's updates that write into its indexes.
func notHOT(t *workload.Table) opt.Float {
	return opt.Both(t.HotUpdated, t.Updated, func(hot, all float64) float64 { return 1 - min(hot/max(all, 1), 1) })
}

// storedWidth is what a row takes on average, with its header and with its
// values in the TOAST table; absent where a column has no statistics or the
// sizes are not known.
func storedWidth(t *workload.Table) opt.Float {
	if t == nil || len(t.Columns) == 0 {
		return opt.Float{}
	}
	for _, col := range t.Columns {
		if col.Stats == nil || !col.Stats.AvgWidth.Known() {
			return opt.Float{}
		}
	}
	width, _ := rowWidth(t)
	return opt.Both(toastBytes(t), t.RowCount(), func(toast, rows float64) float64 { return rowHeader + rowPtr + width + toast/max(rows, 1) })
}

// toastBytes is the size of a table's TOAST, its index counted in.
func toastBytes(t *workload.Table) opt.Float {
	sum := opt.Both(t.TotalBytes, t.SizeBytes, func(total, heap float64) float64 { return total - heap })
	for _, ix := range t.Indexes {
		sum = opt.Both(sum, sizeOf(ix), func(a, b float64) float64 { return a - b })
	}
	return opt.Map(sum, func(bytes float64) float64 { return max(bytes, 0) })
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
