package workload

import (
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

var statementsReader = reader{
	view:  ViewStatements,
	marks: []string{"query", "calls", "total_exec_time total_time"},
	row:   readStatement,
}

// readStatement merges the rows of one statement, which the view keeps apart
// by user and database. A row that comes twice (the same file given twice)
// counts once: it is known by user, database, level and all its counters.
func readStatement(s *Snapshot, r *record) {
	id := r.text("queryid")
	if id == "" {
		id = "text:" + r.text("query") // before compute_query_id, or without the privilege to see it
	}
	top := r.boolean("toplevel").Or(true)
	key := id
	if !top {
		key += " nested"
	}
	if s.byID == nil {
		s.byID = map[string]*Statement{}
		s.seen = map[statementRow]bool{}
	}
	seen := statementRow{key, r.text("userid", "rolname"), r.text("dbid", "datname"), r.text("calls"), r.text("total_exec_time", "total_time")}
	if s.seen[seen] {
		return
	}
	s.seen[seen] = true
	st := s.byID[key]
	if st == nil {
		st = &Statement{QueryID: r.text("queryid"), Query: redact.SQL(r.text("query")), TopLevel: top}
		s.byID[key] = st
		s.Statements = append(s.Statements, st)
	}
	plus := func(to *Float, names ...string) {
		if v, ok := r.number(names...).Get(); ok {
			*to = opt.Of(to.Or(0) + v)
		}
	}
	plus(&st.Calls, "calls")
	plus(&st.Plans, "plans")
	plus(&st.TotalMs, "total_exec_time", "total_time")
	plus(&st.PlanTotalMs, "total_plan_time")
	plus(&st.Rows, "rows")
	plus(&st.SharedHit, "shared_blks_hit")
	plus(&st.SharedRead, "shared_blks_read")
	plus(&st.SharedDirtied, "shared_blks_dirtied")
	plus(&st.SharedWritten, "shared_blks_written")
	plus(&st.TempRead, "temp_blks_read")
	plus(&st.TempWritten, "temp_blks_written")
	plus(&st.ReadMs, "shared_blk_read_time", "blk_read_time")
	plus(&st.WriteMs, "shared_blk_write_time", "blk_write_time")
	for _, c := range []string{"jit_generation_time", "jit_inlining_time", "jit_optimization_time", "jit_emission_time"} {
		plus(&st.JITMs, c)
	}
	plus(&st.WALRecords, "wal_records")
	plus(&st.WALFpi, "wal_fpi")
	plus(&st.WALBytes, "wal_bytes")
	st.MeanMs = opt.Both(st.TotalMs, st.Calls, func(t, c float64) float64 { return t / max(c, 1) })
	// Spread and extremes do not add up: they are kept of the busiest row.
	if calls := r.number("calls").Or(0); calls >= st.busiest {
		st.busiest = calls
		st.MinMs, st.MaxMs, st.StddevMs = r.number("min_exec_time", "min_time"), r.number("max_exec_time", "max_time"), r.number("stddev_exec_time", "stddev_time")
	}
	if since, ok := r.time("stats_since").Get(); ok && (!st.StatsSince.Known() || since.Before(st.StatsSince.Or(since))) {
		st.StatsSince = opt.Of(since)
	}
	set(&s.ExportedAt, r.time("exported_at"))
}

type statementRow struct{ key, user, database, calls, total string }

var statementsInfoReader = reader{
	view:  ViewStatementsInfo,
	marks: []string{"dealloc", "stats_reset"},
	row: func(s *Snapshot, r *record) {
		set(&s.StatementsReset, r.time("stats_reset"))
		set(&s.Deallocated, r.number("dealloc"))
		set(&s.ExportedAt, r.time("exported_at"))
	},
}
