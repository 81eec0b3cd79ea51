package review

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/sql"
	wl "github.com/pgverdict/pgverdict/workload"
)

// notExports are the kinds of inputs that are no statistics view.
var notExports = []string{"version", "plan", "query", "schema", "unknown", "own", "migration", "repo", "other"}

// hasExports reports whether a statistics view was read, and not only DDL.
func (b *builder) hasExports() bool {
	for _, in := range b.inputs {
		if !slices.Contains(notExports, in.Kind) {
			return true
		}
	}
	return false
}

// workload is the exports as the report shows them: statements by time,
// tables and indexes by size, each whole.
func (b *builder) workload() *report.Workload {
	s := b.c.Snapshot
	out := &report.Workload{Database: orNil(s.Database), Notes: orEmpty(b.notes), Statements: []report.Statement{}, Tables: []report.Table{}, Indexes: []report.Index{}}
	if at, ok := s.StatsReset.Get(); ok {
		at = at.UTC()
		out.StatsReset = &at
	}
	if at, ok := s.ExportedAt.Get(); ok {
		at = at.UTC()
		out.ExportedAt = &at
	}
	if days, basis, ok := s.Window(); ok {
		out.WindowDays, out.WindowBasis = opt.Of(days), &basis
	}
	out.Log = b.serverLog()
	for i := range out.Notes {
		out.Notes[i] = b.ofLog(out.Notes[i])
	}
	total := b.c.TotalMs()
	if s.Single() {
		total = 0
	}
	b.listed = b.ranking()
	shown := b.listed
	if b.Listed > 0 && len(shown) > b.Listed {
		shown, out.MoreStatements = shown[:b.Listed], len(shown)-b.Listed
	}
	out.Statements = make([]report.Statement, 0, len(shown))
	for _, st := range shown {
		out.Statements = append(out.Statements, report.Statement{
			QueryID: st.QueryID, Query: b.textOf(st), Calls: st.Calls, TotalMs: st.TotalMs, MeanMs: st.MeanMs, MaxMs: st.MaxMs,
			PlanningMs: st.PlanTotalMs, ReadMs: st.ReadMs, Rows: st.Rows,
			SharedHit: st.SharedHit, SharedRead: st.SharedRead, TempWritten: st.TempWritten, WALBytes: st.WALBytes,
			Share:       shareOf(st.TotalMs, total),
			CallsPerDay: b.c.CallsPerDay(st),
			Tables:      b.tableNames(b.c.Statements[st]),
		})
	}
	for _, t := range s.Tables {
		out.Tables = append(out.Tables, b.table(t))
		for _, ix := range t.Indexes {
			out.Indexes = append(out.Indexes, b.index(ix))
		}
	}
	slices.SortStableFunc(out.Tables, func(x, y report.Table) int {
		return cmp.Or(cmp.Compare(y.SizeBytes.Or(0), x.SizeBytes.Or(0)), cmp.Compare(x.Name, y.Name))
	})
	slices.SortStableFunc(out.Indexes, func(x, y report.Index) int {
		return cmp.Or(cmp.Compare(y.SizeBytes.Or(0), x.SizeBytes.Or(0)), cmp.Compare(x.Name, y.Name))
	})
	if b.Top > 0 {
		out.Tables = out.Tables[:min(len(out.Tables), b.Top)]
		out.Indexes = out.Indexes[:min(len(out.Indexes), b.Top)]
	}
	return out
}

// ranking returns the statements in the order in which the report lists them, of --top
// the first ones.
func (b *builder) ranking() []*wl.Statement {
	by := Sorts[0].by
	for _, s := range Sorts {
		if s.Name == b.Sort {
			by = s.by
		}
	}
	type place struct {
		by, ms float64
		at     int
	}
	all := b.c.Snapshot.Statements
	places := make([]place, len(all))
	for i, st := range all {
		places[i] = place{by(st), st.TotalMs.Or(0), i}
	}
	slices.SortFunc(places, func(x, y place) int {
		if x.by != y.by || x.ms != y.ms {
			return cmp.Or(cmp.Compare(y.by, x.by), cmp.Compare(y.ms, x.ms))
		}
		return cmp.Or(cmp.Compare(all[x.at].QueryID, all[y.at].QueryID), cmp.Compare(x.at, y.at))
	})
	if b.Top > 0 {
		places = places[:min(len(places), b.Top)]
	}
	list := make([]*wl.Statement, len(places))
	for i, p := range places {
		list[i] = all[p.at]
	}
	return list
}

// textOf returns a statement's text as the report shows it: without comments, of which the
// text may have nothing else if a list cut it off.
func (b *builder) textOf(st *wl.Statement) string {
	text := b.show(st.Query)
	if strings.TrimSpace(text) == "" && !st.Query.Empty() {
		return "(a comment, without the statement)"
	}
	return text
}

// shareOf returns a statement's share of total execution time.
func (b *builder) shareOf(st *wl.Statement) opt.Float { return shareOf(st.TotalMs, b.c.TotalMs()) }

// Sorts are the orders that statements can be listed in, the default first.
var Sorts = []struct {
	Name string
	by   func(*wl.Statement) float64
}{
	{"time", func(s *wl.Statement) float64 { return s.TotalMs.Or(0) }},
	{"mean", func(s *wl.Statement) float64 { return s.MeanMs.Or(0) }},
	{"calls", func(s *wl.Statement) float64 { return s.Calls.Or(0) }},
	{"io", func(s *wl.Statement) float64 { return s.ReadMs.Or(0)*1e9 + s.SharedRead.Or(0) }},
	{"temp", func(s *wl.Statement) float64 { return s.TempWritten.Or(0) }},
	{"wal", func(s *wl.Statement) float64 { return s.WALBytes.Or(0) }},
	{"planning", func(s *wl.Statement) float64 { return s.PlanTotalMs.Or(0) }},
	{"rows", func(s *wl.Statement) float64 { return s.Rows.Or(0) / max(s.Calls.Or(0), 1) }},
}

func (b *builder) table(t *wl.Table) report.Table {
	out := report.Table{
		Name: t.QName(), SizeBytes: t.Bytes(), Rows: t.RowCount(), SeqScan: t.SeqScan, IdxScan: t.IdxScan,
		Inserted: t.Inserted, Updated: t.Updated, HotUpdated: t.HotUpdated, Deleted: t.Deleted, DeadRows: t.Dead,
	}
	out.WritesPerDay = b.c.Snapshot.TablePerDay(t, (*wl.Table).Writes)
	out.WALTopIndexes = []string{}
	b.walPerByte(t, &out)
	return out
}

// A row's own WAL (heapam_xlog.h): the record with its tuple header, before
// the row's bytes.
const heapRecord = 54

// walPerByte works out what an inserted row writes into the log for each byte of its
// own, and the indexes, two at most, that are most of it.
func (b *builder) walPerByte(t *wl.Table, out *report.Table) {
	row, known := rowBytes(t)
	if !known || len(t.Indexes) == 0 {
		return
	}
	type cost struct {
		name  string
		bytes float64
	}
	var costs []cost
	sum := 0.0
	for _, ix := range t.Indexes {
		insert, ok := b.c.Advisor.IndexCost(ix).WALBytesPerInsert.Get()
		if !ok {
			return
		}
		costs = append(costs, cost{ix.Name, insert})
		sum += insert
	}
	all := heapRecord + row + sum
	out.WALPerByte = opt.Of(all / row)
	slices.SortStableFunc(costs, func(x, y cost) int { return cmp.Or(cmp.Compare(y.bytes, x.bytes), cmp.Compare(x.name, y.name)) })
	top := costs[:min(len(costs), 2)]
	most := 0.0
	for _, c := range top {
		most += c.bytes
		out.WALTopIndexes = append(out.WALTopIndexes, c.name)
	}
	out.WALTopShare = opt.Of(most / all)
}

// rowBytes is the mean width of a row by the statistics of its columns.
func rowBytes(t *wl.Table) (float64, bool) {
	bytes := 0.0
	for _, c := range t.Columns {
		if c.Stats == nil || !c.Stats.AvgWidth.Known() {
			return 0, false
		}
		bytes += c.Stats.AvgWidth.Or(0) * (1 - c.Stats.NullFrac.Or(0))
	}
	return bytes, bytes > 0
}

func (b *builder) index(ix *wl.Index) report.Index {
	return report.Index{
		Name: ix.QName(), Table: ix.Table.QName(), Definition: ix.Definition, Scans: ix.Scans, SizeBytes: ix.SizeBytes,
		Valid: ix.Valid, Unique: ix.Unique, Constraint: orNil(ix.ConstraintType),
		WriteCost: writeCost(b.c.Advisor.IndexCost(ix)),
	}
}

// tableNames are the tables of a statement, each once, as the catalogue names
// them where it knows them.
func (b *builder) tableNames(q *sql.Query) []string {
	names := []string{}
	if q == nil {
		return names
	}
	for _, t := range q.Tables {
		name := t.Name
		if known := b.c.Snapshot.Table(t.Schema, t.Name); known != nil {
			name = known.QName()
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, part := range q.Parts {
		for _, name := range b.tableNames(part) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// shareOf is a part of a whole; absent where the whole is not known, or nothing.
func shareOf(part opt.Float, whole float64) opt.Float {
	if whole <= 0 {
		return opt.Float{}
	}
	return opt.Map(part, func(v float64) float64 { return min(v/whole, 1) })
}
