package workload

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	blockedMs   = rule.NewThreshold("waiting", 1_000, "ms", "the longest wait; shorter waits are normal")
	blockedHigh = rule.NewThreshold("waiting_high", 60_000, "ms", "the longest wait, or as many sessions as below, or any behind a statement that waits for a whole table")
	blockedMany = rule.NewThreshold("sessions", 5, "sessions", "behind one holder; every new session joins the queue")
)

var blockedSessions = rule.Rule{
	ID:     "blocked-sessions",
	Title:  "Lock queue: sessions wait for a lock that another session holds",
	Sees:   "Sessions that wait for a lock, by pg_stat_activity, pg_locks, or a list of who blocks whom, and the session at the head of the queue. If the input does not show who blocks whom: the waiting sessions, and the oldest session that may hold the lock.",
	Why:    "Behind a strong lock every session queues, readers as well. Nothing moves until the session at the head ends its transaction.",
	Silent: "Waits of less than 1 s. LWLock, IO, Client and other wait events, which are not lock waits.",
	Fix:    "Cancel a waiting migration and retry it with lock_timeout. Or end the transaction at the head: in the application, or with pg_cancel_backend or pg_terminate_backend. Then set lock_timeout for migrations, and idle_in_transaction_session_timeout.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html", "https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION", "https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL",
	},
	Thresholds: []*rule.Threshold{blockedMs, blockedHigh, blockedMany},
	Rank:       rule.RankSettings,
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		w := locksWaitedFor(c)
		queues, unknown := w.queues()
		if unknown != nil {
			queues = append(queues, unknown)
		}
		for _, q := range queues {
			longest := w.longest(q)
			if ms, known := longest.ms.Get(); known && (!longest.atLeast || longest.atMost) && ms < blockedMs.In(c) {
				continue
			}
			f := ofQueue(c, w, q)
			switch {
			case q == unknown:
				w.holderUnknown(q, &f)
			case q.circle && len(q.heads) == 0:
				w.deadlock(q, &f)
			default:
				w.holderKnown(q, &f)
			}
			found(f)
		}
	},
}

// longest returns the longest wait of a queue.
func (w *lockWaits) longest(q *lockQueue) wait { return w.waited(q.waiting[0]) }

// ofQueue begins a finding on a queue: its figures, its severity, and in its
// detail what the sessions wait for and for how long.
func ofQueue(c *rule.Case, w *lockWaits, q *lockQueue) rule.Found {
	longest := w.longest(q)
	source := "pg_stat_activity"
	if !c.Snapshot.Has(workload.ViewActivity) {
		source = "pg_locks"
	}
	var e rule.Evidence
	e.Number("waiting sessions", opt.Of(float64(len(q.waiting))), "", source)
	e.Number(longest.name(), longest.ms, "ms", source)
	for _, pid := range q.heads[:min(len(q.heads), 1)] {
		e.Number("age of the blocking transaction", w.openFor(pid).ms, "ms", source)
		if x := w.Session(pid); x != nil {
			e.Text("state of the blocking session", redact.Plain(x.State), source)
			e.Text("statement of the blocking session", x.Query, source)
		}
	}
	for _, pid := range q.waiting[:min(len(q.waiting), 3)] {
		if x := w.Session(pid); x != nil && !x.Query.Empty() && !x.Hidden {
			e.Text("statement of waiting "+strings.TrimPrefix(short(pid), "the "), x.Query, source)
		} else if l := w.wants[pid]; l.Mode != "" {
			e.Text("lock that "+short(pid)+" waits for", redact.Plain(strings.TrimSpace(l.Mode+" "+l.Type+" "+l.Relation)), "pg_locks")
		}
	}
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	// Behind a statement that waits for a whole table, every new session on the table waits.
	_, behind := w.cancelled(q)
	if longest.ms.Or(0) >= blockedHigh.In(c) || len(q.waiting) >= int(blockedMany.In(c)) || behind > 0 {
		f.Severity = finding.High
	}
	f.UnderWay = f.Severity == finding.High || !longest.known() || longest.atLeast
	on, all := w.relations(c, q.waiting)
	if len(on) > 0 {
		f.Where.Relation = on[0]
	}
	for _, pid := range q.waiting {
		if w.wants[pid].Type == "virtualxid" || w.Session(pid) != nil && w.Session(pid).WaitEvent == "virtualxid" {
			on = append(on, "the end of older transactions (as CREATE INDEX CONCURRENTLY does)")
			break
		}
	}
	if len(on) > 0 {
		subject := "The sessions wait"
		if len(q.waiting) == 1 {
			subject = "The session waits"
		}
		if !all {
			subject = "At least one of them waits"
		}
		f.Detail = redact.Sprintf("%s for %s.", subject, strings.Join(rule.FirstFew(on), ", "))
	}
	if longest.known() {
		began := "The oldest waiting statement started %s ago."
		if longest.exact {
			began = "The longest wait has lasted %s."
		}
		f.Detail = redact.Append(f.Detail, began, longest)
	}
	return f
}

// sessionsWait says how many sessions wait, or which one.
func sessionsWait(waiting []string) string {
	switch n := len(waiting); {
	case n > 1:
		return figures.Plural(n, "session") + " wait"
	case workload.IsPID(waiting[0]):
		return "1 session (" + short(waiting[0]) + ") waits"
	}
	return "1 session waits"
}

// holderKnown completes a finding on a queue behind sessions that are known.
func (w *lockWaits) holderKnown(q *lockQueue, f *rule.Found) {
	head := q.heads[0]
	f.Title = redact.Sprintf("Lock queue: %s behind %s, %s", sessionsWait(q.waiting), w.who(head), w.doing(head))
	if open := w.openFor(head); open.known() {
		f.Title = redact.Sprintf("%s, its transaction open for %s", f.Title, open)
	}
	others := q.heads[1:]
	switch len(others) {
	case 0:
	case 1:
		f.Title = redact.Sprintf("%s, and behind %s", f.Title, short(others[0]))
	default:
		f.Title = redact.Sprintf("%s, and behind %s", f.Title, figures.Plural(len(others), "other session"))
	}
	if x := w.Session(head); x != nil && x.Hidden {
		f.More = redact.Plain("The export was made by a role without pg_monitor: states, times and statements of other users are hidden.")
	}
	if len(others) == 0 {
		f.More = redact.Append(f.More, "All sessions queued behind %s wait until its transaction ends. New sessions that need the same lock join the queue.", short(head))
	}
	if len(others) > 0 {
		var names []string
		for _, pid := range others {
			names = append(names, fmt.Sprintf("%s, %s", w.who(pid), w.doing(pid)))
		}
		f.More = redact.Append(f.More, "Others block this queue as well, and all of them have to end: %s.", strings.Join(rule.FirstFew(names), "; "))
	}
	end, remedy := w.end(head), w.ended(head)
	switch freed := w.freedBy(q, head); {
	case len(others) == 0:
	case freed == 0:
		all := "both blocking sessions"
		if len(q.heads) > 2 {
			all = fmt.Sprintf("all %d blocking sessions", len(q.heads))
		}
		end, remedy = fmt.Sprintf("end %s, because ending one of them frees no session. For %s: %s", all, short(head), end), nil
	default:
		end += fmt.Sprintf(" This frees %d of %d waiting sessions. The rest also wait for the other blocking sessions.", freed, len(q.waiting))
		if remedy != nil {
			remedy.Gain = sessionsContinue(freed)
		}
	}
	fix := []string{end}
	if pid, freed := w.cancelled(q); pid != "" {
		fix = append(fix, w.cancel(q, pid, freed))
		if freed > 0 || len(q.waiting) == 1 {
			slices.Reverse(fix) // this costs the least, and is enough
			if remedy = nil; workload.IsPID(pid) {
				remedy = &rule.Command{Action: "cancel_statement", Statement: "SELECT pg_cancel_backend(" + pid + ")", Gain: sessionsContinue(freed)}
			}
		}
	}
	if pid, freed := w.inBetween(q); pid != "" && len(fix) == 1 {
		remedy = nil
		argument, _ := lookup(pid, "its")
		fix = []string{fmt.Sprintf("look at the statement of %s first: it waits itself, and %s only behind it. If it changes or rewrites a table (a migration, VACUUM FULL, TRUNCATE), run SELECT pg_cancel_backend(%s): then they continue, and the migration is retried with SET lock_timeout = '2s'.",
			short(pid), sessionsWait(q.waiting[:freed]), argument), "for " + short(q.heads[0]) + ": " + end}
		f.Fix = redact.Plain(rule.Upper(fix[0]) + " " + rule.Upper(fix[1]))
		return
	}
	if remedy != nil {
		f.Remedies = append(f.Remedies, rule.Remedy{Command: remedy})
	}
	f.Fix = redact.Plain(rule.Upper(strings.Join(fix, " Or ")))
}

// sessionsContinue says how many sessions no longer wait.
func sessionsContinue(n int) string {
	switch n {
	case 0:
		return "the lock wait ends"
	case 1:
		return "1 session continues"
	}
	return figures.Plural(n, "session") + " continue"
}

// cancelled returns the session that waits for a whole table, as a migration
// does: the one that most others wait for alone, and the number of these. Empty
// if there is none.
func (w *lockWaits) cancelled(q *lockQueue) (pid string, freed int) {
	for _, at := range q.waiting {
		n := w.freedBy(q, at)
		migrates := w.ddl(at) != "" || w.wants[at].Type == "relation" && strongModes[w.wants[at].Mode] || n > 0 && (w.waitsForTable(at) || w.holdsUpReader(q, at))
		if migrates && (pid == "" || n > freed) {
			pid, freed = at, n
		}
	}
	return pid, freed
}

// holdsUpReader reports whether a query that only reads waits for a session alone. It waits for
// a lock on a whole table then, as reading takes no other one.
func (w *lockWaits) holdsUpReader(q *lockQueue, at string) bool {
	return slices.ContainsFunc(q.waiting, func(pid string) bool {
		x := w.Session(pid)
		if x == nil || len(w.by[pid]) != 1 || w.by[pid][0] != at {
			return false
		}
		read, err := sql.Parse(x.Query.Raw())
		return err == nil && onlyReads(read) && len(rule.OwnTables(read)) > 0
	})
}

// inBetween returns the session of the queue that most others wait for alone, if neither its
// statement nor its lock is known, and the number of these. Empty if there is none.
func (w *lockWaits) inBetween(q *lockQueue) (pid string, freed int) {
	for _, at := range q.waiting {
		x := w.Session(at)
		if w.wants[at].Mode != "" || x != nil && (x.WaitEvent != "" || !lex.Scan(x.Query.Raw()).End()) {
			continue
		}
		if n := w.freedBy(q, at); n > freed {
			pid, freed = at, n
		}
	}
	return pid, freed
}

// cancel returns the cheapest fix: giving up the statement in the queue that the
// others wait behind.
func (w *lockWaits) cancel(q *lockQueue, pid string, freed int) string {
	command := w.ddl(pid)
	what := "its statement"
	switch mode := w.wants[pid].Mode; {
	case command != "":
		what = "the waiting " + command
	case strongModes[mode]:
		what = "the statement that waits for " + mode
	}
	argument, run := lookup(pid, "the waiting session's")
	said := fmt.Sprintf("%s SELECT pg_cancel_backend(%s), which cancels only %s. Retry it with SET lock_timeout = '2s'.", run, argument, what)
	switch {
	case freed == 1:
		said += " 1 session waits only behind it and continues."
	case freed > 1:
		said += fmt.Sprintf(" %d sessions wait only behind it and continue.", freed)
	case w.waitsForTable(pid):
		said += " New sessions then no longer queue behind it; those that wait for the blocking session still do."
	}
	if x := w.Session(pid); strings.HasSuffix(command, "CONCURRENTLY") || command == "" && x != nil && x.WaitEvent == "virtualxid" {
		said += " A CREATE INDEX CONCURRENTLY that is cancelled leaves an INVALID index to drop."
	}
	return said
}

// deadlock completes a finding on sessions that wait for each other.
func (w *lockWaits) deadlock(q *lockQueue, f *rule.Found) {
	f.Tag, f.Severity, f.UnderWay = finding.Concern, finding.Medium, false
	who := "pids " + strings.Join(q.waiting, ", ")
	if !workload.IsPID(q.waiting[0]) {
		who = figures.Plural(len(q.waiting), "session")
	}
	f.Title = redact.Sprintf("Deadlock: %s wait for each other", who)
	f.Detail = redact.Append(f.Detail, "The server ends one of them after deadlock_timeout (1 s by default).")
	f.Decide("Has the server already ended one of them?", "the server's log (deadlock detected)", "look at pg_stat_activity again")
	f.Fix = redact.Plain("Lock and write rows in the same order in every transaction. Retry the transaction that was ended.")
}

// locksQuery shows the locks where there is no pg_blocking_pids, in a form that is read here.
const locksQuery = "SELECT * FROM pg_locks"

// holderUnknown completes a finding on sessions that wait for an unknown holder.
func (w *lockWaits) holderUnknown(q *lockQueue, f *rule.Found) {
	f.Tag = finding.Concern
	f.Title = redact.Sprintf("Lock wait: %s for a lock and the input does not show who holds it", sessionsWait(q.waiting))
	if longest := w.longest(q); longest.known() {
		f.Title = redact.Sprintf("Lock wait: %s for a lock, the oldest statement for %s, and the input does not show who holds it", sessionsWait(q.waiting), longest)
	}
	query, old := blockersQuery, w.ServerVersion().Lacks(pgversion.BlockingPIDs)
	if old {
		query = locksQuery
	}
	f.Asks = []finding.Ask{{Input: string(workload.ViewLocks), Why: "which session holds the lock that others wait for", Query: query}}
	f.Question = redact.Plain("Which session holds the lock?")
	if x := w.suspect(q); x != nil {
		seen := ""
		if w.seenRunning(q, x) {
			seen = fmt.Sprintf(" Its transaction %s is the oldest one that the waiting sessions see as running (backend_xmin).", x.XID)
		}
		f.More = f.Detail
		f.Detail = redact.Sprintf("%s, %s for %s, is the oldest session that may hold the lock.%s", rule.Upper(w.who(x.PID)), x.State, w.openSince(x), seen)
		if !w.openSince(x).ms.Known() {
			f.Detail = redact.Sprintf("%s is %s and may hold the lock.%s", rule.Upper(w.who(x.PID)), x.State, seen)
		}
		f.Question = redact.Sprintf("Does %s hold the lock?", short(x.PID))
	} else if l := w.Conflicting(q.waiting); l != nil && !w.waits[w.Leader(l.PID)] {
		f.More = f.Detail
		f.Detail = redact.Sprintf("%s has %s and may hold the lock.", rule.Upper(w.who(l.PID)), l.Mode)
		f.Question = redact.Sprintf("Does %s hold the lock?", short(l.PID))
	}
	f.Settles = redact.Plain("pg_blocking_pids(pid) or pg_locks, taken while the sessions wait")
	f.Default = redact.Plain("end no session")
	f.Fix = redact.Plain("Run SELECT pid, pg_blocking_pids(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' before you end any session.")
	if old {
		f.Settles = redact.Plain("pg_locks, taken while the sessions wait")
		f.Fix = redact.Sprintf("Run %s before you end any session.", locksQuery)
	}
}

// suspect returns the oldest session that may hold the lock that others wait
// for: idle in a transaction, or else active, and older than their statements.
// nil if there is none.
func (w *lockWaits) suspect(q *lockQueue) *workload.Session {
	if w.Listed(q.waiting) {
		return nil // who holds a lock that conflicts would be known
	}
	var oldest *workload.Session
	rows := slices.ContainsFunc(q.waiting, func(pid string) bool {
		x := w.Session(pid)
		return x != nil && (x.WaitEvent == "transactionid" || x.WaitEvent == "tuple")
	})
	longest := w.longest(q).ms.Or(0)
	better := func(a, b *workload.Session) bool {
		if x, y := idleInTransaction(a), idleInTransaction(b); x != y {
			return x
		}
		return w.openSince(a).ms.Or(0) > w.openSince(b).ms.Or(0)
	}
	for i := range w.Sessions {
		x := &w.Sessions[i]
		open, known := w.openSince(x).ms.Get()
		writes := !rows || !x.XIDs || x.XID != "" // a session that holds a row has a transaction id
		if (known && open >= longest || !known && idleInTransaction(x)) && !w.waits[w.Leader(x.PID)] && x.State != "idle" && x.State != "" && isClient(x) && writes && (oldest == nil || better(x, oldest)) {
			oldest = x
		}
	}
	return oldest
}

// seenRunning reports whether a session's transaction is the oldest that one
// of those that wait sees as running.
func (w *lockWaits) seenRunning(q *lockQueue, x *workload.Session) bool {
	return x.XID != "" && slices.ContainsFunc(q.waiting, func(pid string) bool {
		s := w.Session(pid)
		return s != nil && s.Xmin == x.XID
	})
}
