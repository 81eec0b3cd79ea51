package workload

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// Session is a row of pg_stat_activity: one connection at the time of the
// export.
type Session struct {
	PID                              string
	Database, User, Application      string
	State, WaitEventType, WaitEvent  string
	BackendType                      string
	Query                            Text
	XactStart, QueryStart, StateFrom Time
	BlockedBy                        []string // pids, as pg_blocking_pids gave them
}

// Lock is a row of pg_locks.
type Lock struct {
	PID, Type, Mode string
	Granted         bool
	Transaction     string // id, of a lock on a transaction
	Relation        string // name or number, as the export has it
}

// Replica is a row of pg_stat_replication.
type Replica struct {
	Name, State, SyncState string
	ReplayLag              string // an interval, as the server prints it
}

var activityReader = reader{
	view:  ViewActivity,
	marks: []string{"pid", "state", "wait_event xact_start"},
	row: func(s *Snapshot, r *record) {
		blockers, _ := array(r.text("blocked_by", "pg_blocking_pids", "blocking_pids"))
		s.Sessions = append(s.Sessions, Session{
			BlockedBy: blockers,
			PID:       r.text("pid"), Database: r.text("datname"), User: r.text("usename"), Application: r.text("application_name"),
			State: r.text("state"), WaitEventType: r.text("wait_event_type"), WaitEvent: r.text("wait_event"), BackendType: r.text("backend_type"),
			Query: redact.SQL(r.text("query")), XactStart: r.time("xact_start"), QueryStart: r.time("query_start"), StateFrom: r.time("state_change"),
		})
		s.exported(r.time("exported_at", "now"))
	},
}

var locksReader = reader{
	view:  ViewLocks,
	marks: []string{"pid", "mode", "granted"},
	row: func(s *Snapshot, r *record) {
		s.Locks = append(s.Locks, Lock{
			PID: r.text("pid"), Type: r.text("locktype"), Mode: r.text("mode"), Transaction: r.text("transactionid"), Granted: r.boolean("granted").Or(true), Relation: r.text("relname", "relation"),
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
		s.exported(r.time("exported_at", "now"))
	},
}

// Blockers are the sessions that each waiting one waits for, by pid: as the
// server said, else by the locks that were exported beside.
func (s *Snapshot) Blockers() map[string][]string {
	by := map[string][]string{}
	for _, x := range s.Sessions {
		if len(x.BlockedBy) > 0 {
			by[x.PID] = x.BlockedBy
		}
	}
	if len(by) > 0 {
		return by
	}
	for _, want := range s.Locks {
		if want.Granted {
			continue
		}
		for _, held := range s.Locks {
			if held.Granted && held.PID != want.PID && !slices.Contains(by[want.PID], held.PID) && held.sameObject(want) && conflicts(held.Mode, want.Mode) {
				by[want.PID] = append(by[want.PID], held.PID)
			}
		}
	}
	return by
}

// sameObject reports whether two locks are on one relation, or on one
// transaction; of the others the export does not tell.
func (l Lock) sameObject(m Lock) bool {
	switch l.Type {
	case "transactionid":
		return m.Type == l.Type && l.Transaction != "" && l.Transaction == m.Transaction
	case "relation":
		return m.Type == l.Type && l.Relation != "" && l.Relation == m.Relation
	}
	return false
}

// lockModes are the table lock modes, each with those it keeps out.
var lockModes = map[string][]string{
	"AccessShareLock":          {"AccessExclusiveLock"},
	"RowShareLock":             {"ExclusiveLock", "AccessExclusiveLock"},
	"RowExclusiveLock":         {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"},
	"ShareUpdateExclusiveLock": {"ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"},
	"ShareLock":                {"RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"},
	"ShareRowExclusiveLock":    {"RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"},
	"ExclusiveLock":            {"RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"},
	"AccessExclusiveLock":      {"AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"},
}

// conflicts reports whether one lock keeps another one out. The table is that
// of the documentation, "Conflicting Lock Modes".
func conflicts(held, wanted string) bool { return slices.Contains(lockModes[held], wanted) }
