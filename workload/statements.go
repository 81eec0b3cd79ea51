package workload

import (
	"errors"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

const ViewStatements View = "pg_stat_statements"

var statementsView = view{
	name:    ViewStatements,
	use:     "statements by total execution time",
	columns: []string{"query", "calls", "total_exec_time total_time"},
	also:    statementAliases,
	few:     []string{"query queryid", "calls " + strings.Join(slices.Concat(totalTimes, meanTimes), " ")},
	query: `SELECT now() AS exported_at, s.* FROM pg_stat_statements s
		WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
	row: readStatement,
}

// totalTimes and meanTimes are the names that people give to the times; a unit in a name
// holds for its values.
var (
	totalTimes = timeNames("total_exec", "total", "sum", "total_execution")
	meanTimes  = timeNames("mean_exec", "mean", "avg", "average", "avg_exec")
)

func timeNames(starts ...string) []string {
	var list []string
	for _, start := range starts {
		for _, end := range []string{"time", "ms", "msec", "time_ms", "seconds", "sec", "secs", "s", "time_seconds", "time_sec", "minutes", "min", "mins", "time_minutes", "time_min", "hours", "time_hours"} {
			list = append(list, start+"_"+end)
		}
	}
	return list
}

// HiddenText is what pg_stat_statements shows in place of a statement's text to
// a role that may not see statements of other users.
const HiddenText = "<insufficient privilege>"

// Hidden reports whether the exporting role may not see the statement's text.
func (st *Statement) Hidden() bool { return st.Query.Raw() == HiddenText }

// statementKey identifies a statement. Without a query id (compute_query_id is
// off) the text does. If the text is hidden as well, each row is a statement of
// its own.
type statementKey struct {
	id       string
	database string
	nested   bool
}

func (st *Statement) key() statementKey {
	id := st.QueryID
	if id == "" {
		id = "text:" + st.Query.Raw() + st.row
	}
	return statementKey{id, st.Database, !st.TopLevel}
}

// readStatement adds the rows of one statement, which the view keeps by user. A
// repeated row (the same file read twice) counts once: user, database, level and
// counters identify it.
func readStatement(s *Snapshot, r *record) {
	st := &Statement{
		QueryID: r.text("queryid"), Query: redact.SQL(r.text("query")),
		Database: r.text("datname", "dbid"), TopLevel: r.boolean("toplevel").Or(true),
	}
	if st.Query.Empty() && st.QueryID == "" {
		r.bad("queryid", "a statement's id or its text")
		return
	}
	if st.Hidden() {
		st.row = strings.Join([]string{r.text("userid", "rolname"), r.text("calls"), r.text("total_exec_time", "total_time"),
			r.text("max_exec_time", "max_time"), r.text("rows"), r.text("shared_blks_hit")}, " ")
	}
	key := st.key()
	if r.Has("userid") && r.Has("dbid") && st.QueryID != "" {
		entry := rowHash(key, r.text("userid"))
		if r.entries[entry] { // the view has each once: here it begins again
			if !r.polled {
				r.warn(&SyntaxError{Name: r.name, Line: r.Line, Want: "each statement once per user", Err: errors.New("the file holds the view several times, and the last one is read")})
			}
			r.polled, s.Statements, s.byKey, r.entries = true, nil, nil, nil
		}
		if r.entries == nil {
			r.entries = map[uint64]bool{}
		}
		r.entries[entry] = true
	}
	if s.byKey == nil {
		s.byKey = map[statementKey]*Statement{}
		s.seen = map[uint64]bool{}
	}
	row := rowHash(key, r.text("userid", "rolname"), r.text("calls"), r.text("total_exec_time", "total_time"))
	if s.seen[row] {
		return
	}
	s.seen[row] = true
	if had := s.byKey[key]; had != nil {
		st = had
	} else {
		s.byKey[key] = st
		s.Statements = append(s.Statements, st)
		if !slices.Contains(s.databases, st.Database) {
			s.databases = append(s.databases, st.Database)
		}
	}
	plus := func(to *Float, names ...string) Float {
		f, unreadable := r.figure(names...)
		if unreadable {
			if st.unread == nil {
				st.unread = map[*Float]bool{}
			}
			st.unread[to] = true
		}
		switch v, ok := f.Get(); {
		case st.unread[to]:
			*to = Float{} // the sum is unknown, too
		case ok:
			*to = opt.Of(to.Or(0) + v)
		}
		return f
	}
	calls := plus(&st.Calls, "calls").Or(0)
	plus(&st.Plans, "plans")
	plus(&st.TotalMs, totalTimes...)
	plus(&st.PlanTotalMs, "total_plan_time")
	plus(&st.Rows, "rows")
	plus(&st.SharedHit, "shared_blks_hit")
	plus(&st.SharedRead, "shared_blks_read")
	plus(&st.SharedDirtied, "shared_blks_dirtied")
	plus(&st.SharedWritten, "shared_blks_written")
	plus(&st.TempRead, "temp_blks_read")
	plus(&st.TempWritten, "temp_blks_written")
	for _, c := range []string{"local_blks_hit", "local_blks_read", "local_blks_dirtied", "local_blks_written"} {
		plus(&st.Local, c)
	}
	plus(&st.ReadMs, "shared_blk_read_time", "blk_read_time")
	plus(&st.WriteMs, "shared_blk_write_time", "blk_write_time")
	for _, c := range []string{"jit_generation_time", "jit_inlining_time", "jit_optimization_time", "jit_emission_time"} {
		plus(&st.JITMs, c)
	}
	plus(&st.WALRecords, "wal_records")
	plus(&st.WALFpi, "wal_fpi")
	plus(&st.WALBytes, "wal_bytes")
	if mean := r.number(meanTimes...); !st.TotalMs.Known() && !st.unread[&st.TotalMs] {
		st.TotalMs = opt.Both(mean, st.Calls, func(m, c float64) float64 { return m * c })
	}
	st.MeanMs = opt.Both(st.TotalMs, st.Calls, func(t, c float64) float64 { return t / c }) // absent without calls
	// Deviations and extremes cannot be added. Those of the row with the most
	// calls are kept.
	if calls >= st.busiest {
		st.busiest = calls
		st.MinMs, st.MaxMs, st.StddevMs = r.number("min_exec_time", "min_time"), r.number("max_exec_time", "max_time"), r.number("stddev_exec_time", "stddev_time")
	}
	if since, ok := r.time("stats_since").Get(); ok && (!st.StatsSince.Known() || since.Before(st.StatsSince.Or(since))) {
		st.StatsSince = opt.Of(since)
	}
	s.exported(r.time("exported_at"))
}

var seed = maphash.MakeSeed()

// rowHash identifies a row in the set of rows that were read. A set of 200,000
// texts would take more memory than the export.
func rowHash(key statementKey, rest ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(key.id + "\x00" + key.database)
	if key.nested {
		h.WriteByte(1)
	}
	for _, s := range rest {
		h.WriteByte(0)
		h.WriteString(s)
	}
	return h.Sum64()
}

const ViewStatementsInfo View = "pg_stat_statements_info"

var statementsInfoView = view{
	name:    ViewStatementsInfo,
	use:     "evicted statements",
	columns: []string{"dealloc", "stats_reset"},
	query:   `SELECT now() AS exported_at, i.* FROM pg_stat_statements_info i`,
	row: func(s *Snapshot, r *record) {
		set(&s.StatementsReset, r.time("stats_reset"))
		set(&s.Deallocated, r.number("dealloc"))
		s.exported(r.time("exported_at"))
	},
}
