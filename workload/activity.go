package workload

import "github.com/pgverdict/pgverdict/internal/redact"

// Session is a row of pg_stat_activity: one connection at the time of the
// export.
type Session struct {
	PID                              string
	Database, User, Application      string
	State, WaitEventType, WaitEvent  string
	BackendType                      string
	Query                            Text
	XactStart, QueryStart, StateFrom Time
}

// Lock is a row of pg_locks.
type Lock struct {
	PID, Type, Mode string
	Granted         bool
	Relation        string // name or number, as the export has it
}

// Replica is a row of pg_stat_replication.
type Replica struct {
	Name, State, SyncState string
	ReplayLag              string // an interval, as the server prints it
}

// ExtendedStats is a row of pg_stats_ext.
type ExtendedStats struct {
	Table   *Table
	Name    string
	Columns []string
	Kinds   []string // d: distinct counts, f: dependencies, m: most common values
}

var activityReader = reader{
	view:  ViewActivity,
	marks: []string{"pid", "state", "wait_event xact_start"},
	row: func(s *Snapshot, r *record) {
		s.Sessions = append(s.Sessions, Session{
			PID: r.text("pid"), Database: r.text("datname"), User: r.text("usename"), Application: r.text("application_name"),
			State: r.text("state"), WaitEventType: r.text("wait_event_type"), WaitEvent: r.text("wait_event"), BackendType: r.text("backend_type"),
			Query: redact.SQL(r.text("query")), XactStart: r.time("xact_start"), QueryStart: r.time("query_start"), StateFrom: r.time("state_change"),
		})
		set(&s.ExportedAt, r.time("exported_at", "now"))
	},
}

var locksReader = reader{
	view:  ViewLocks,
	marks: []string{"pid", "mode", "granted"},
	row: func(s *Snapshot, r *record) {
		s.Locks = append(s.Locks, Lock{
			PID: r.text("pid"), Type: r.text("locktype"), Mode: r.text("mode"), Granted: r.boolean("granted").Or(true), Relation: r.text("relname", "relation"),
		})
	},
}

var replicationReader = reader{
	view:  ViewReplication,
	marks: []string{"pid", "sync_state", "replay_lsn replay_lag"},
	row: func(s *Snapshot, r *record) {
		s.Replicas = append(s.Replicas, Replica{
			Name: r.text("application_name"), State: r.text("state"), SyncState: r.text("sync_state"), ReplayLag: r.text("replay_lag"),
		})
		set(&s.ExportedAt, r.time("exported_at", "now"))
	},
}

var extendedStatsReader = reader{
	view:  ViewStatsExt,
	marks: []string{"statistics_name", "tablename", "attnames"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "tablename")
		if t == nil {
			return
		}
		x := ExtendedStats{Table: t, Name: r.text("statistics_name")}
		x.Columns, _ = array(r.text("attnames"))
		x.Kinds, _ = array(r.text("kinds"))
		s.ExtendedStats = append(s.ExtendedStats, x)
	},
}
