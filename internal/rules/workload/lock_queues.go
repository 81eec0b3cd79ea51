package workload

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// lockWaits holds which processes wait for a lock, and for which other ones.
type lockWaits struct {
	*workload.Snapshot
	by    map[string][]string      // the known holders that a session waits for
	wants map[string]workload.Lock // the lock that a session waits for, if pg_locks is in the input
	waits map[string]bool
}

// lockQueue holds sessions that wait for the same holders, directly or behind
// others.
type lockQueue struct {
	heads   []string // holders that do not wait, the one with most sessions behind it first; empty if unknown
	waiting []string // the longest wait first
	circle  bool     // the sessions wait for each other
}

// locksWaitedFor collects the waits from the columns that the export has.
func locksWaitedFor(c *rule.Case) *lockWaits {
	w := &lockWaits{Snapshot: c.Snapshot, by: c.Snapshot.Blockers(), wants: map[string]workload.Lock{}, waits: map[string]bool{}}
	for pid := range w.by {
		w.waits[pid] = true
	}
	for i := range c.Snapshot.Sessions {
		if x := &c.Snapshot.Sessions[i]; x.WaitEventType == "Lock" && x.WaitEvent != "extend" { // which nobody holds for long
			w.waits[w.Leader(x.PID)] = true
		}
	}
	for _, l := range c.Snapshot.Locks {
		if !l.Granted && l.PID != "" {
			w.waits[w.Leader(l.PID)] = true
			w.wants[w.Leader(l.PID)] = l
		}
		if l.Granted && l.Type == "tuple" && l.PID != "" {
			w.waits[w.Leader(l.PID)] = true // who holds it is the first to wait for the transaction that locked the row
		}
	}
	w.dropTwins()
	return w
}

// dropTwins removes the waiting sessions whose process ids pg_stat_activity was exported
// without, if pg_locks has as many that wait: they are the same.
func (w *lockWaits) dropTwins() {
	var nameless []string
	locks := 0
	for pid := range w.waits {
		switch {
		case !workload.IsPID(pid):
			nameless = append(nameless, pid)
		case w.Session(pid) == nil && w.wants[pid].Mode != "":
			locks++
		}
	}
	if len(nameless) > locks {
		return
	}
	for _, pid := range nameless {
		delete(w.waits, pid)
	}
}

// queues groups the waiting sessions by their holders, the longest queue first.
// unknown has the sessions with unknown holders; nil if there are none.
func (w *lockWaits) queues() (list []*lockQueue, unknown *lockQueue) {
	beside := map[string][]string{} // by pid, the sessions that wait for it or that it waits for
	for pid, holders := range w.by {
		for _, holder := range holders {
			beside[pid], beside[holder] = append(beside[pid], holder), append(beside[holder], pid)
		}
	}
	seen := map[string]bool{}
	for _, pid := range slices.Sorted(maps.Keys(w.waits)) {
		if seen[pid] {
			continue
		}
		q := &lockQueue{circle: true}
		for next := []string{pid}; len(next) > 0; next = next[1:] {
			at := next[0]
			if seen[at] {
				continue
			}
			seen[at] = true
			next = append(next, beside[at]...)
			if !w.waits[at] {
				q.heads = append(q.heads, at)
				continue
			}
			q.waiting = append(q.waiting, at)
			q.circle = q.circle && len(w.by[at]) > 0
		}
		w.order(q)
		switch {
		case len(q.heads) > 0 || q.circle:
			list = append(list, q)
		case unknown == nil:
			unknown = q
		default:
			unknown.waiting = append(unknown.waiting, q.waiting...)
			w.order(unknown)
		}
	}
	slices.SortStableFunc(list, func(a, b *lockQueue) int { return cmp.Compare(len(b.waiting), len(a.waiting)) })
	return list, unknown
}

// order sorts the heads by the sessions behind them, and the waiting sessions by
// the length of their wait.
func (w *lockWaits) order(q *lockQueue) {
	slices.SortStableFunc(q.heads, func(a, b string) int {
		return cmp.Or(cmp.Compare(w.behind(q, b), w.behind(q, a)), cmp.Compare(w.openFor(b).ms.Or(0), w.openFor(a).ms.Or(0)), cmp.Compare(a, b))
	})
	slices.SortStableFunc(q.waiting, func(a, b string) int {
		return cmp.Or(cmp.Compare(w.waited(b).ms.Or(0), w.waited(a).ms.Or(0)), cmp.Compare(a, b))
	})
}

// behind returns the number of sessions of a queue that wait for a process,
// directly or behind others.
func (w *lockWaits) behind(q *lockQueue, head string) (n int) {
	for _, pid := range q.waiting {
		if w.reaches(pid, "", func(at string) bool { return at == head }) {
			n++
		}
	}
	return n
}

// freedBy returns the number of sessions of a queue that continue if one waiting
// session gives up: the ones that wait for no other session.
func (w *lockWaits) freedBy(q *lockQueue, gone string) (n int) {
	for _, pid := range q.waiting {
		if pid != gone && len(w.by[pid]) > 0 && !w.reaches(pid, gone, func(at string) bool { return !w.waits[at] || len(w.by[at]) == 0 }) {
			n++
		}
	}
	return n
}

// reaches follows the waits from a process, without one session, to a process that
// there accepts.
func (w *lockWaits) reaches(from, without string, there func(pid string) bool) bool {
	seen := map[string]bool{without: true}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		at := next[0]
		if seen[at] {
			continue
		}
		seen[at] = true
		if there(at) {
			return true
		}
		next = append(next, w.by[at]...)
	}
	return false
}

// span is a length of time, exact or a lower bound.
type span struct {
	ms      opt.Float
	atLeast bool
}

// known reports whether the length says anything: "at least 0" does not.
func (s span) known() bool { return s.ms.Known() && (!s.atLeast || s.ms.Or(0) > 0) }

func (s span) String() string {
	if s.atLeast {
		return "at least " + figures.Ms(s.ms.Or(0))
	}
	return figures.Ms(s.ms.Or(0))
}

// since returns the time from then until the sessions were exported.
func (w *lockWaits) since(then workload.Time) span {
	ms, atLeast := w.SinceMs(then)
	return span{ms, atLeast}
}

// wait is the longest that a session can have waited: since the wait began, if
// pg_locks shows that (exact), otherwise since its statement began.
type wait struct {
	span
	exact  bool
	atMost bool // the age of a statement or of its transaction, in which it did not wait for longer
}

// name returns the name of the figure: a statement may have run before it waited.
func (x wait) name() string {
	name := "age of the oldest waiting statement"
	if x.exact {
		name = "longest wait"
	}
	if x.atLeast {
		name += ", at least"
	}
	return name
}

func (w *lockWaits) waited(pid string) wait {
	if s := w.since(w.wants[pid].WaitStart); s.ms.Known() {
		return wait{span: s, exact: true}
	}
	x := w.Session(pid)
	if x == nil {
		return wait{}
	}
	if s := w.since(x.QueryStart); s.ms.Known() {
		return wait{span: s}
	}
	return wait{span: span{x.OpenMs, true}, atMost: true}
}

// openFor returns how long the transaction of a process has been open.
func (w *lockWaits) openFor(pid string) span {
	if pid == workload.PreparedPID {
		oldest := span{}
		for _, p := range w.Prepared {
			if s := w.since(p.Since); s.ms.Or(-1) > oldest.ms.Or(-1) {
				oldest = s
			}
		}
		return oldest
	}
	if x := w.Session(pid); x != nil {
		return w.openSince(x)
	}
	return span{}
}

// openSince returns how long the transaction of a session has been open. If its
// start was not exported, the start of its statement gives a lower bound.
func (w *lockWaits) openSince(x *workload.Session) span {
	if s := w.since(x.XactStart); s.ms.Known() || x.State == "idle" {
		if s.atLeast && x.State != "idle" && x.OpenMs.Or(-1) > s.ms.Or(-1) { // a duration beside the start, without the time of the export
			return span{x.OpenMs, true}
		}
		return s
	}
	if x.OpenMs.Known() {
		return span{x.OpenMs, true}
	}
	s := w.since(x.QueryStart)
	if state := w.since(x.StateFrom); idleInTransaction(x) && state.ms.Or(-1) > s.ms.Or(-1) {
		s = state
	}
	return span{s.ms, true}
}

// who names a process so that the reader can find it.
func (w *lockWaits) who(pid string) string {
	if pid == workload.PreparedPID {
		return "a prepared transaction"
	}
	x := w.Session(pid)
	if x == nil {
		return short(pid)
	}
	var of []string
	for _, f := range []struct{ name, value string }{{"user ", x.User}, {"application ", x.Application}} {
		if f.value != "" {
			of = append(of, f.name+f.value)
		}
	}
	if x.BackendType != "" && !isClient(x) {
		of = append(of, x.BackendType)
	}
	if len(of) == 0 {
		return short(pid)
	}
	return short(pid) + " (" + strings.Join(of, ", ") + ")"
}

// short names a process without what it is.
func short(pid string) string {
	switch {
	case pid == workload.PreparedPID:
		return "the prepared transaction"
	case !workload.IsPID(pid):
		return "the session at " + workload.Place(pid)
	}
	return "pid " + pid
}

// doing returns the state of a process that holds locks, to put behind its name.
func (w *lockWaits) doing(pid string) string {
	x := w.Session(pid)
	switch {
	case pid == workload.PreparedPID:
		return "which has no session"
	case x == nil:
		return "whose session is not in the input"
	case x.Hidden:
		return "whose state this role may not see"
	case x.State == "" || x.State == "disabled":
		return "whose state is not in the input"
	}
	return x.State
}

// isClient reports whether a session belongs to an application.
func isClient(x *workload.Session) bool {
	return x.BackendType == "" || x.BackendType == "client backend"
}

func idleInTransaction(x *workload.Session) bool {
	return strings.HasPrefix(x.State, "idle in transaction")
}

// relations returns what sessions wait for. all is false if nothing tells what one of
// them waits for.
func (w *lockWaits) relations(c *rule.Case, pids []string) (names []string, all bool) {
	all = true
	for _, pid := range pids {
		name := w.relationOf(c, pid)
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		all = all && (name != "" || w.wants[pid].Mode != "")
	}
	return names, all
}

// relationOf returns the relation of the lock that a session waits for, or else the table
// of its statement; empty if neither is known.
func (w *lockWaits) relationOf(c *rule.Case, pid string) string {
	if l := w.wants[pid]; l.Relation != "" {
		if strings.Trim(l.Relation, "0123456789") == "" {
			return "the relation with OID " + l.Relation
		}
		return l.Relation
	}
	x := w.Session(pid)
	if x == nil || x.Query.Empty() {
		return ""
	}
	if table := onlyTable(x.Query.Raw()); table != "" {
		return table
	}
	if q, err := sql.Parse(x.Query.Raw()); err == nil && len(q.Tables) > 0 && (q.Target != "" || len(q.Tables) == 1 && w.waitsForTable(pid)) {
		return c.Qualified(q.Tables[0])
	}
	return ""
}

// onlyTable returns the table of a statement such as ALTER TABLE; empty for one that locks another
// one as well, by a foreign key.
func onlyTable(query string) string {
	for t := range lex.Tokens(query) {
		if t.Kind == lex.Word && strings.EqualFold(t.Text, "REFERENCES") {
			return ""
		}
	}
	return rule.UtilityOf(query).Table
}

// waitsForTable reports whether a session is known to wait for a lock on a
// table as a whole.
func (w *lockWaits) waitsForTable(pid string) bool {
	x := w.Session(pid)
	return w.wants[pid].Type == "relation" || x != nil && x.WaitEvent == "relation"
}

// ddl returns the command of a session's statement if it locks a whole table;
// empty if it does not, or is unknown.
func (w *lockWaits) ddl(pid string) string {
	if x := w.Session(pid); x != nil {
		if u := rule.UtilityOf(x.Query.Raw()); u.Locks {
			return u.Command
		}
	}
	return ""
}

// strongModes are the table locks that no query and no write of rows takes: a
// session that waits for one blocks all later ones.
var strongModes = map[string]bool{"ShareLock": true, "ShareRowExclusiveLock": true, "ExclusiveLock": true, "AccessExclusiveLock": true}

// blockersQuery shows who blocks whom, in a form that is read here.
const blockersQuery = "SELECT now(), pid, usename, application_name, backend_type, state, wait_event_type, wait_event, xact_start, query_start, state_change, pg_blocking_pids(pid) AS blocked_by, query FROM pg_stat_activity WHERE datname IS NOT NULL"
