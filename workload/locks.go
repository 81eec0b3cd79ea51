package workload

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/rows"
)

// Lock is a row of pg_locks.
type Lock struct {
	PID, Type, Mode string // no PID: of a prepared transaction
	Granted         bool
	Transaction     string // id, of a lock on a transaction
	Relation        string // name or number, as the export has it
	WaitStart       Time   // 14+
	object          [7]string
}

// objectColumns are the columns of pg_locks that identify the locked object.
var objectColumns = [...]string{"database", "page", "tuple", "virtualxid", "classid", "objid", "objsubid"}

const ViewLocks View = "pg_locks"

var locksView = view{
	name:    ViewLocks,
	columns: []string{"pid", "mode", "granted"},
	few:     []string{"pid", "mode", "granted"},
	also:    aliases{"pid": pidNames, "mode": "lock_mode lockmode", "granted": "is_granted", "locktype": "lock_type", "transactionid": "xid transaction_id", "relname": "relation table_name table object_name object", "query": queryNames},
	query: `SELECT l.pid, l.locktype, l.mode, l.granted, l.transactionid, n.nspname AS schemaname, c.relname FROM pg_locks l
		LEFT JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.pid <> pg_backend_pid() AND (l.locktype = 'transactionid' OR l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
	row: readLock,
}

// sessionLocksView reads lists of locks without process ids: the statements beside them
// tell the sessions apart.
var sessionLocksView = view{
	name: ViewLocks,
	few:  []string{"mode", "granted", "query", "relname locktype"},
	also: locksView.also,
	row:  readLock,
}

func readLock(s *Snapshot, r *record) {
	s.putLock(r)
	if x := r.session(); x.PID != "" && (x.State != "" || !x.Query.Empty() || x.BlockedBy != nil) && s.Session(x.PID) == nil { // a join with pg_stat_activity
		s.putSession(x)
		s.mark(ViewActivity)
	}
	s.sessionTimes(r.time("exported_at", "now"))
}

// lockersView reads lists of the sessions that hold or want locks, without the modes of
// the locks: heroku pg:locks.
var lockersView = view{
	name: ViewActivity,
	few:  []string{"pid", "granted", "query"},
	also: locksView.also,
	row: func(s *Snapshot, r *record) {
		x := r.session()
		if x.PID == "" {
			r.bad("pid", "a process id")
			return
		}
		if !r.boolean("granted").Or(true) {
			x.WaitEventType = "Lock"
		}
		if had := s.Session(x.PID); had == nil {
			s.putSession(x)
		} else if fillSession(had, x); x.WaitEventType != "" {
			had.WaitEventType = x.WaitEventType
		}
		s.putLock(r)
	},
}

func (s *Snapshot) putLock(r *record) {
	l := Lock{
		PID: r.process(), Type: r.text("locktype"), Mode: r.text("mode"), Transaction: r.text("transactionid"), Granted: r.boolean("granted").Or(true),
		Relation: r.text("relname", "relation"), WaitStart: r.time("waitstart"),
	}
	if again := r.text("relation" + rows.Again); again != "" && strings.Trim(l.Relation, "0123456789") == "" {
		l.Relation = again // relation::regclass beside the number
	}
	if l.Transaction == "" && r.ofLock() {
		l.Transaction = r.text("backend_xid")
	}
	for i, name := range objectColumns {
		l.object[i] = r.text(name)
	}
	if l.Type == "" && l.Relation != "" {
		l.Type = "relation"
	}
	if l.Mode != "" {
		s.Locks = append(s.Locks, l)
		s.sessionTimes(Time{}, l.WaitStart)
		s.mark(ViewLocks)
	}
}

// Blockers returns the sessions that each waiting session waits for, by pid:
// from pg_blocking_pids, the progress of index builds, or else from the exported locks. PreparedPID stands for
// prepared transactions, and a leader for its parallel workers.
func (s *Snapshot) Blockers() map[string][]string {
	by := map[string][]string{}
	add := func(waiting, holding string) {
		waiting, holding = s.Leader(waiting), s.Leader(holding)
		if waiting != holding && !slices.Contains(by[waiting], holding) {
			by[waiting] = append(by[waiting], holding)
		}
	}
	for _, x := range s.Sessions {
		for _, pid := range x.BlockedBy {
			add(x.PID, pid)
		}
	}
	for _, b := range s.Building {
		if s.Session(b.PID) != nil && b.WaitsFor != "" {
			add(b.PID, b.WaitsFor)
		}
	}
	var byLocks []Lock // waiting locks of sessions without pg_blocking_pids
	for _, l := range s.Locks {
		if x := s.Session(l.PID); !l.Granted && l.PID != "" && (x == nil || x.BlockedBy == nil) {
			byLocks = append(byLocks, l)
		}
	}
	for _, want := range byLocks {
		// If no granted lock conflicts, the session is queued behind others that
		// wait for conflicting locks.
		if !s.heldAgainst(want, true, add) && !s.holderByXID(want, add) {
			s.heldAgainst(want, false, add)
		}
	}
	return by
}

// heldAgainst adds the sessions whose lock, granted or not yet, conflicts with
// the lock that is waited for.
func (s *Snapshot) heldAgainst(want Lock, granted bool, add func(waiting, holding string)) (any bool) {
	for _, l := range s.Locks {
		pid := l.PID
		if pid == "" {
			pid = PreparedPID
		}
		if l.Granted != granted || s.Leader(pid) == s.Leader(want.PID) || !l.sameObject(want) || !conflicts(l.Mode, want.Mode) || older(want.WaitStart, l.WaitStart) {
			continue
		}
		any = true
		add(want.PID, pid)
	}
	return any
}

// Listed reports whether the input has locks that are held on what each of the sessions waits
// for.
func (s *Snapshot) Listed(waiting []string) bool {
	for _, pid := range waiting {
		if !slices.ContainsFunc(s.Locks, func(want Lock) bool {
			return !want.Granted && s.Leader(want.PID) == pid && slices.ContainsFunc(s.Locks, func(held Lock) bool { return held.Granted && held.sameObject(want) })
		}) {
			return false
		}
	}
	return true
}

// Conflicting returns the one lock that conflicts with locks which sessions wait for, of
// those on an object that the export does not name; nil if there is none or several
// sessions have one.
func (s *Snapshot) Conflicting(waiting []string) (held *Lock) {
	unnamed := func(l *Lock) bool { return l.Relation == "" && (l.Type == "" || l.Type == "relation") }
	for i := range s.Locks {
		l := &s.Locks[i]
		if !l.Granted || l.PID == "" || !unnamed(l) || !slices.ContainsFunc(s.Locks, func(m Lock) bool {
			return !m.Granted && unnamed(&m) && slices.Contains(waiting, s.Leader(m.PID)) && s.Leader(m.PID) != s.Leader(l.PID) && conflicts(l.Mode, m.Mode)
		}) {
			continue
		}
		if held != nil && s.Leader(held.PID) != s.Leader(l.PID) {
			return nil
		}
		held = l
	}
	return held
}

// holderByXID adds the session whose transaction is waited for, if its lock was
// not exported.
func (s *Snapshot) holderByXID(want Lock, add func(waiting, holding string)) bool {
	if want.Type != "transactionid" || want.Transaction == "" {
		return false
	}
	for _, x := range s.Sessions {
		if x.XID == want.Transaction {
			add(want.PID, x.PID)
			return true
		}
	}
	for _, p := range s.Prepared {
		if p.XID == want.Transaction {
			add(want.PID, PreparedPID)
			return true
		}
	}
	return false
}

// sameObject reports whether two locks are on the same object, as far as the
// export tells.
func (l Lock) sameObject(m Lock) bool {
	if l.Type != m.Type || l.Transaction != m.Transaction || l.Relation != m.Relation || l.object != m.object {
		return false
	}
	switch l.Type {
	case "transactionid":
		return l.Transaction != ""
	case "relation", "extend":
		return l.Relation != ""
	case "tuple": // one of many if its place is unknown
		return l.Relation != "" && l.object[1] != "" && l.object[2] != ""
	}
	return l.object != [7]string{}
}

// lockModes are the table lock modes, each with its conflicting modes.
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

// conflicts reports whether two lock modes conflict ("Conflicting Lock Modes" in
// the documentation).
func conflicts(held, wanted string) bool { return slices.Contains(lockModes[held], wanted) }

// locked lists the tables on which an ACCESS EXCLUSIVE lock is held or awaited:
// reading their size or definition would wait. busy lists the sequences on which
// nextval would wait. An index counts as its table.
const (
	locked = `WITH locked AS MATERIALIZED (SELECT coalesce(i.indrelid, l.relation) AS relation FROM pg_locks l LEFT JOIN pg_index i ON i.indexrelid = l.relation
		WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) `
	busy = `WITH busy AS MATERIALIZED (SELECT l.relation FROM pg_locks l
		WHERE l.locktype = 'relation' AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) `
)
