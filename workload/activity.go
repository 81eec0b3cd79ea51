package workload

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rows"
)

// Session is a row of pg_stat_activity: one connection at the time of the
// export. Fields that the export does not hold are empty.
type Session struct {
	PID                              string // or where it is in the input, if that has no pids: see IsPID
	Leader                           string // of a parallel worker
	User, Application                string
	State, WaitEventType, WaitEvent  string
	BackendType                      string
	Query                            Text
	XactStart, QueryStart, StateFrom Time
	OpenMs                           Float    // a column such as duration: lower bound of how long the transaction is open
	XID, Xmin                        string   // backend_xid, backend_xmin
	XIDs                             bool     // both columns were exported, perhaps without a value
	Hidden                           bool     // the exporting role may not see the session's query
	BlockedBy                        []string // pids of pg_blocking_pids; nil: not exported
}

// IsPID reports whether a session has a process id. A list without them tells sessions
// apart by their places: see Place.
func IsPID(pid string) bool { return strings.Trim(pid, "0123456789") == "" }

// Place returns where a session without a process id is in the input: "line 7 of
// sessions.txt", without the file's folder.
func Place(pid string) string {
	line, file, _ := strings.Cut(pid, " of ")
	return line + " of " + filepath.Base(file)
}

// PreparedPID is the process id that pg_blocking_pids returns for a prepared
// transaction.
const PreparedPID = "0"

// Names of the columns in common queries of pg_stat_activity.
var (
	blockersColumns = []string{"blocked_by", "pg_blocking_pids", "blocking_pids", "blocking_pid", "blockers", "blocked_by_pids", "blocked_by_pid", "blocker_pids", "blocker_pid", "blocker", "wait_for", "waits_for", "waiting_for_pid", "waiting_for_pids", "blocking",
		"bloqueado_por", "bloqueada_por", "bloqué_par", "bloque_par", "blockiert_von", "blockiert_durch", "заблокирован", "кем_заблокирован"}
	openColumns = withUnits("duration", "dur", "age", "xact_age", "query_age", "state_age", "transaction_age", "xact_duration", "query_duration", "transaction_duration", "tx_duration", "run_time", "runtime", "running_for", "running_time", "running", "elapsed", "elapsed_time", "waiting_for", "query_time", "time_running", "long_running", "wait_duration",
		"idade", "idade_transacao", "idade_transação", "edad", "duração", "duracao", "duración", "duracion", "durée", "duree", "dauer", "длительность", "возраст")
	openSeconds = []string{"xact_s", "xact_sec", "xact_secs", "xact_seconds", "xact_ms", "tx_s", "tx_sec", "tx_seconds", "open_s", "open_sec", "open_seconds"}
)

// waitColumns are how long the blocked session of a row waits.
var waitColumns = withUnits("wait_time", "wait_duration", "waiting_duration", "waiting_time", "waiting_for", "blocked_for", "wait_age", "duration", "dur", "waited")

// isOpenName reports whether a column's name says that it is how long a session does what
// it does, and not how long it is connected. Its values have units.
func isOpenName(column string) bool {
	is := false
	for _, w := range strings.Split(column, "_") {
		is = is || openWords[w]
		if connectedWords[w] {
			return false
		}
	}
	return is
}

var (
	openWords      = map[string]bool{"duration": true, "age": true, "elapsed": true, "running": true, "runtime": true, "open": true, "idle": true, "since": true}
	connectedWords = map[string]bool{"backend": true, "connection": true, "connected": true, "conn": true, "session": true, "login": true, "uptime": true, "xid": true, "xmin": true, "avg": true, "max": true, "min": true, "mean": true, "blocking": true, "blocker": true}
)

// withUnits returns names as they are and with the unit of their values.
func withUnits(names ...string) []string {
	list := slices.Clone(names)
	for _, n := range names {
		for _, unit := range []string{"ms", "s", "sec", "secs", "seconds", "min", "mins", "minutes", "h", "hours"} {
			list = append(list, n+"_"+unit)
		}
	}
	return list
}

// Names that reports give to the process and to the text of its statement.
const (
	pidNames   = "procpid process_id backend_pid pid_number session_pid"
	queryNames = "current_query q stmt sql sql_text query_text query_snippet snippet query_preview query_short short_query query_start_text query_sample statement qry truncated_query left substr substring consulta sentencia requête requete abfrage запрос 查询 クエリ 쿼리"
)

const ViewActivity View = "pg_stat_activity"

var activityView = view{
	name:    ViewActivity,
	use:     "sessions and lock waits",
	columns: []string{"pid", "state query wait_event", "wait_event xact_start query_start state_change " + strings.Join(openColumns, " ") + " " + strings.Join(blockersColumns, " ")},
	few:     []string{"pid", "query state wait_event"},
	also: aliases{"pid": pidNames, "usename": "username user_name user db_user role", "application_name": "app app_name application program source", "query": queryNames,
		"state": "status session_state estado état etat zustand состояние статус", "wait_event_type": "wait_type event_type we_type", "xact_start": "transaction_start tx_start", "state_change": "state_changed", "backend_xid": "xid", "backend_xmin": "xmin"},
	query: `SELECT now() AS exported_at, pid, datname, usename, application_name, backend_type, state, wait_event_type, wait_event,
		backend_start, xact_start, query_start, state_change, pg_blocking_pids(pid) AS blocked_by{values} FROM pg_stat_activity WHERE pid <> pg_backend_pid()`,
	values: []columnsSince{{0, ", query"}},
	row:    readSession,
}

// sessionsView reads lists of sessions without their process ids.
var sessionsView = view{
	name: ViewActivity,
	few:  []string{"state", "query", "xact_start query_start state_change " + strings.Join(openColumns, " ")},
	also: activityView.also,
	row:  readSession,
	unlike: func(r *record, first []rows.Row) string {
		for _, row := range first {
			if r.Row = row; sessionStates[stateOf(r.text("state"))] {
				return ""
			}
		}
		if len(first) == 0 {
			return ""
		}
		return "no value in column state is one of a session. " + insteadOf
	},
}

// sessionStates are the states that pg_stat_activity shows.
var sessionStates = map[string]bool{"active": true, "idle": true, "idle in transaction": true, "idle in transaction (aborted)": true, "fastpath function call": true}

func readSession(s *Snapshot, r *record) {
	x := r.session()
	if x.PID == "" {
		r.bad("pid", "a process id")
		return
	}
	at := r.time("exported_at", "now")
	if older(at, s.SessionsAt) {
		return // from an earlier sample in the same file
	}
	if older(s.SessionsAt, at) {
		s.Sessions, s.Locks, s.byPID = nil, nil, nil
	}
	if r.ofLock() {
		x.XID, x.XIDs = "", false
	}
	s.putSession(x)
	if r.beforeWaitEvents() {
		s.SayVersion(pgversion.Between(0, 9, string(ViewActivity)))
	}
	if r.Has("granted") {
		s.putLock(r) // a join of the two views
	}
	s.exported(at)
	s.sessionTimes(at, x.XactStart, x.QueryStart, x.StateFrom, r.time("backend_start"))
}

// waitPattern matches what a session waits for in one column: Lock:transactionid.
var waitPattern = regexp.MustCompile(`^(Activity|BufferPin|Client|Extension|IO|IPC|InjectionPoint|Lock|LWLock|Timeout)(?:\s*[:/.]\s*(\w+))?$`)

// lockEvents are the wait events of type Lock, which no other type has.
var lockEvents = wordSet("relation extend frozenid page tuple transactionid virtualxid spectoken object userlock advisory applytransaction")

// session returns the session of a row.
func (r *record) session() Session {
	x := Session{
		PID: r.process(), Leader: r.pid("leader_pid"), BlockedBy: r.pids(blockersColumns...),
		User: r.text("usename"), Application: r.text("application_name"),
		State: stateOf(r.text("state")), WaitEventType: r.text("wait_event_type"), WaitEvent: r.text("wait_event"), BackendType: r.text("backend_type"),
		Query: redact.SQL(pointed.ReplaceAllString(r.text("query"), "")), XactStart: r.time("xact_start"), QueryStart: r.time("query_start"), StateFrom: r.time("state_change"), OpenMs: r.interval(openColumns...),
		XID: r.text("backend_xid"), Xmin: r.text("backend_xmin"), XIDs: r.Has("backend_xid") && r.Has("backend_xmin"),
	}
	x.BackendType = cmp.Or(x.BackendType, workerOf(x.Query.Raw()))
	if wait := r.text("wait"); wait != "" && x.WaitEventType == "" && x.WaitEvent == "" {
		if both := waitPattern.FindStringSubmatch(wait); both != nil {
			x.WaitEventType, x.WaitEvent = both[1], both[2]
		} else if eventName.MatchString(wait) || lockEvents[wait] {
			x.WaitEvent = wait
		} else {
			r.bad("wait", "a wait event such as Lock:transactionid")
		}
	}
	if x.WaitEventType == "" && !r.has("wait_event_type") && lockEvents[x.WaitEvent] {
		x.WaitEventType = "Lock"
	}
	if v := r.text("waiting"); x.WaitEventType == "" && (v == "t" || v == "true") { // before 9.6: for a lock
		x.WaitEventType = "Lock"
	}
	for _, c := range r.columns {
		if !x.OpenMs.Known() && isOpenName(c) && !slices.Contains(openColumns, c) {
			x.OpenMs = r.interval(c)
		}
	}
	x.Hidden = x.Query.Raw() == "<insufficient privilege>" || x.User != "" && x.State == "" && x.BackendType == "" && r.Has("state") && r.Has("backend_type")
	if x.BackendType == "" && strings.HasPrefix(x.Query.Raw(), "autovacuum: ") {
		x.BackendType = "autovacuum worker"
	}
	return x
}

// pointed matches the arrow behind a statement with which somebody says what it is.
var pointed = regexp.MustCompile(`(?: {2,}|\t)(?:<--?|<==?|←|⇐|◀|◄) \S[^\n]*$`)

// blockingView reads lists of blocking sessions, such as those of the lock
// monitoring queries in the PostgreSQL wiki: a blocked and a blocking session in
// each row.
var blockingView = view{
	name:    ViewActivity,
	columns: []string{strings.Join(waitingPIDs, " "), strings.Join(holdingPIDs, " ") + " blocked_by"},
	row: func(s *Snapshot, r *record) {
		waiting, several := r.sideOf(waitingSide...), r.pids(waitingPIDs...)
		waiting.BlockedBy, waiting.WaitEventType = r.pids(append(holdingPIDs, "blocked_by")...), "Lock"
		if len(several) == 0 || len(waiting.BlockedBy) == 0 {
			r.bad("blocked_pid", "the process ids of a blocked and of a blocking session")
			return
		}
		if !waiting.OpenMs.Known() {
			waiting.OpenMs = r.interval(waitColumns...)
		}
		holding := r.sideOf(holdingSide...)
		if holding.PID == "" && len(waiting.BlockedBy) == 1 {
			holding.PID = waiting.BlockedBy[0] // in a list of one
		}
		if holding.Query.Empty() {
			holding.Query = redact.SQL(r.text("current_statement_in_blocking_process", "current_or_recent_query_in_blocking_process"))
			holding.BackendType = workerOf(holding.Query.Raw())
		}
		on := r.text("relation", "relname", "blocked_relation", "locked_relation", "blocked_table", "locked_item", "waiting_table", "table_name")
		mode := r.text("blocked_mode", "waiting_mode", "mode")
		for _, pid := range several {
			one := waiting
			if one.PID = pid; len(several) > 1 { // all that wait for one session
				one = Session{PID: pid, BlockedBy: waiting.BlockedBy, WaitEventType: "Lock"}
			}
			if i, known := s.byPID[pid]; known {
				one.BlockedBy = append(slices.Clone(s.Sessions[i].BlockedBy), one.BlockedBy...)
			}
			s.putSession(one)
			if on != "" {
				s.Locks = append(s.Locks, Lock{PID: pid, Type: "relation", Relation: on, Mode: mode})
			}
		}
		if holding.PID != "" && holding.PID != PreparedPID {
			if i, known := s.byPID[holding.PID]; known {
				fillSession(&s.Sessions[i], holding)
			} else {
				s.putSession(holding)
			}
		}
		s.exported(r.time("exported_at", "now"))
		s.sessionTimes(r.time("exported_at", "now"), waiting.XactStart, waiting.QueryStart, holding.XactStart, holding.QueryStart)
	},
}

// The two sides of a row, by the beginnings of their columns.
var (
	waitingSide = []string{"blocked_", "waiting_", "waiter_", "victim_", "bloqueado_", "bloqueada_", "等待", "被阻塞", "ожидающий_", "заблокированный_"}
	holdingSide = []string{"blocking_", "blocker_", "holding_", "holder_", "other_", "culprit_", "bloqueador_", "bloqueadora_", "bloqueante_", "持锁", "阻塞", "блокирующий_"}
	waitingPIDs = withEndings(waitingSide, "pid", "pids")
	holdingPIDs = withEndings(holdingSide, "pid", "pids")
)

// withEndings returns the columns that begin and end with one of the words each.
func withEndings(begin []string, endings ...string) (names []string) {
	for _, b := range begin {
		for _, e := range endings {
			names = append(names, b+e)
		}
	}
	return names
}

// sideOf returns one of the two sessions of a row, from the columns with a
// prefix.
func (r *record) sideOf(prefixes ...string) Session {
	columns := func(endings ...string) []string { return withEndings(prefixes, endings...) }
	x := Session{
		PID: r.pid(columns("pid")...), User: r.text(columns("user", "usename")...), Application: r.text(columns("application", "application_name", "app")...),
		State: stateOf(r.text(columns("state")...)), Query: redact.SQL(r.text(columns("statement", "query", "sql", "query_text", "stmt", "query_snippet", "query_preview")...)),
		XactStart: r.time(columns("xact_start")...), QueryStart: r.time(columns("query_start")...), OpenMs: r.interval(columns(append(slices.Clone(openColumns), openSeconds...)...)...),
	}
	x.BackendType = workerOf(x.Query.Raw())
	x.Hidden = x.Query.Raw() == "<insufficient privilege>"
	return x
}

// workerOf returns the type of a process that its statement tells; empty for any other.
func workerOf(query string) string {
	if strings.HasPrefix(query, "autovacuum: ") {
		return "autovacuum worker"
	}
	return ""
}

// nameSessions names the columns of sessions that have another name by their cells: those with
// the processes that block each, {123,124} or 123, and with the statements.
func (r *record) nameSessions(of *view, list []rows.Row) {
	if of.name != ViewActivity || len(list) == 0 {
		return
	}
	pids := map[string]bool{}
	for _, row := range list {
		r.Row = row
		pids[r.text("pid")] = true
	}
	name := func(column string, is func(v string) bool) {
		for _, c := range r.columns {
			any, other := false, false
			for _, row := range list {
				v, _ := row.Get(c)
				any, other = any || v != "" && v != "{}", other || v != "" && v != "{}" && !is(v)
			}
			if any && !other && !slices.Contains(slices.Collect(maps.Values(r.named)), c) && !ofViews()[c] && !idleColumns()[c] {
				if r.named == nil {
					r.named = map[string]string{}
				}
				r.named[column] = c
				return
			}
		}
	}
	if !slices.ContainsFunc(blockersColumns, r.has) && r.has("pid") {
		name("blocked_by", func(v string) bool {
			list := strings.Trim(v, "{}")
			return list != "" && !slices.ContainsFunc(strings.Split(list, ","), func(pid string) bool {
				return !IsPID(pid) || pid == "" || list == v && !pids[pid]
			})
		})
	}
	if !r.has("query") {
		name("query", IsStatement)
	}
}

// idleIn matches a state that people shorten.
var idleIn = regexp.MustCompile(`^(?i)idle[ _-]?(?:in)?[ _-]?(?:tx|trx|txn|xact|tran\pL*\.?)(?:\b|…|$)`)

// IsState reports whether a state is one that the server shows.
func IsState(s string) bool { return sessionStates[s] }

// stateOf returns a state as the server names it.
func stateOf(s string) string {
	if lower := strings.ToLower(s); sessionStates[lower] {
		return lower
	}
	const idle = "idle in transaction"
	if plain := strings.TrimLeftFunc(s, func(c rune) bool { return !unicode.IsLetter(c) }); plain != s && plain != "" {
		return stateOf(plain) // a page marks it
	}
	if cut := strings.TrimRight(strings.ToLower(s), "…. "); len(cut) > len("idle ") && strings.HasPrefix(idle, cut) {
		return idle // the display cut it off
	}
	if at := idleIn.FindString(s); at != "" {
		return idle + s[len(at):]
	}
	return s
}

// ofLock reports whether the transaction in a row is that of a lock, and not the session's.
func (r *record) ofLock() bool {
	return r.Has("granted") && r.Has("locktype") && r.named["backend_xid"] == "xid"
}

// putSession adds a session, or replaces what an earlier row said of its
// process.
func (s *Snapshot) putSession(x Session) {
	if i, known := s.byPID[x.PID]; known {
		s.Sessions[i] = x
		return
	}
	if s.byPID == nil {
		s.byPID = map[string]int{}
	}
	s.byPID[x.PID] = len(s.Sessions)
	s.Sessions = append(s.Sessions, x)
}

// Session returns the session of a process; nil if none was exported.
func (s *Snapshot) Session(pid string) *Session {
	if i, known := s.byPID[pid]; known {
		return &s.Sessions[i]
	}
	return nil
}

func (s *Snapshot) fillSessions(from *Snapshot) {
	for _, x := range from.Sessions {
		if had := s.Session(x.PID); had != nil {
			fillSession(had, x)
		} else {
			s.putSession(x)
		}
	}
	s.sessionTimes(from.SessionsAt, from.newestStart)
}

// nameSessions gives sessions without process ids those of the processes that hold the locks
// on their transaction IDs.
func (s *Snapshot) nameSessions() {
	var pids map[string]string // by the transaction ID
	for i := range s.Sessions {
		x := &s.Sessions[i]
		if IsPID(x.PID) || x.XID == "" {
			continue
		}
		if pids == nil {
			pids = map[string]string{}
			for _, l := range s.Locks {
				if l.Type == "transactionid" && l.Granted && l.PID != "" {
					pids[l.Transaction] = l.PID
				}
			}
		}
		if pid := pids[x.XID]; pid != "" && s.Session(pid) == nil {
			delete(s.byPID, x.PID)
			x.PID, s.byPID[pid] = pid, i
		}
	}
}

// fillSession adds what another export of the same session holds.
func fillSession(to *Session, from Session) {
	fillIn(to, &from)
	if to.BlockedBy == nil {
		to.BlockedBy = from.BlockedBy
	}
}

// sessionTimes notes when the sessions were exported, if a column says so, and
// the times in their rows.
func (s *Snapshot) sessionTimes(at Time, in ...Time) {
	if !s.SessionsAt.Known() || older(s.SessionsAt, at) {
		set(&s.SessionsAt, at)
	}
	for _, t := range in {
		if older(s.newestStart, t) || !s.newestStart.Known() {
			set(&s.newestStart, t)
		}
	}
}

// SinceMs returns the time from then to the export of the sessions. If no column and no result
// beside them holds the export's time, or one from before them does, the newest time in the
// rows stands for it, and the result is a lower bound.
func (s *Snapshot) SinceMs(then Time) (ms Float, atLeast bool) {
	now := s.SessionsAt
	if !now.Known() || older(now, s.newestStart) {
		now, atLeast = s.newestStart, true
	}
	from, known := then.Get()
	if !known {
		return Float{}, atLeast
	}
	return opt.Figure(now, func(now time.Time) float64 { return max(float64(now.Sub(from).Milliseconds()), 0) }), atLeast
}

// older reports whether a time is known to be before another one.
func older(a, b Time) bool {
	then, known := a.Get()
	return known && then.Before(b.Or(then))
}

// pid returns a process id, which may be the only one of an array; empty unless the column
// holds a number, because it is printed in statements to run.
func (r *record) pid(names ...string) string {
	v := strings.Trim(ungrouped(r.text(names...)), " {}[]")
	if strings.Trim(v, "0123456789") != "" {
		return ""
	}
	return v
}

// process returns the process id of a row, or the place of its session if the file has no
// such column: the row's line, its number if the line has several, or the place of the first
// lock which the same session has.
func (r *record) process() string {
	if r.has("pid") {
		return r.pid("pid")
	}
	if r.place.row != r.Rows+1 {
		again := r.Line == r.place.line // several rows in a line of JSON
		if r.place.row, r.place.line, r.place.is = r.Rows+1, r.Line, fmt.Sprintf("line %d of %s", r.Line, r.name); again {
			r.place.is = fmt.Sprintf("row %d of %s", r.Rows+1, r.name)
		}
	}
	place := r.place.is
	if !r.has("granted") {
		return place
	}
	shows := strings.Join([]string{r.text("usename"), r.text("application_name"), r.text("state"), r.text("query"), r.text("xact_start"), r.text("query_start")}, "\x00")
	if r.places == nil {
		r.places = map[string]string{}
	}
	if r.places[shows] == "" {
		r.places[strings.Clone(shows)] = place
	}
	return r.places[shows]
}

// rowPIDs are the columns of the processes of a row.
var rowPIDs = slices.Concat([]string{"pid"}, waitingPIDs, holdingPIDs)

var pidPattern = regexp.MustCompile(`[0-9]+`)

// pids returns the process ids of a column, each once, in any format: an array
// of the server or of JSON, a list, or a single one. nil means that there is no
// such column. psql's numericlocale prints 26,513, which can be a list as well: such a
// value is one process if the process of the row is printed so, too, and otherwise none.
func (r *record) pids(names ...string) []string {
	for _, n := range names {
		if !r.has(n) {
			continue
		}
		_, v, _ := r.get(n)
		list := []string{}
		if one := ungrouped(v); one != v {
			if !slices.ContainsFunc(rowPIDs, func(c string) bool { own := r.text(c); return c != n && ungrouped(own) != own }) {
				r.bad(n, "process ids without marks of thousands")
				return nil
			}
			v = one
		}
		for _, pid := range pidPattern.FindAllString(v, -1) {
			if !slices.Contains(list, pid) {
				list = append(list, pid)
			}
		}
		return list
	}
	return nil
}

// interval returns a length of time in ms from an interval in any of the
// server's styles. A bare number is absent unless the column's name has its unit.
func (r *record) interval(names ...string) Float {
	unread := ""
	r.asksAll(names)
	for _, n := range names {
		if v, ok := r.Get(n); ok {
			if times, known := timeUnits[unitIn(n)]; known && isPlain(v) {
				if f, err := strconv.ParseFloat(v, 64); err == nil {
					return opt.Of(f * times)
				}
			}
			if ms, ok := intervalMs(v); ok {
				return opt.Of(ms)
			}
			if unread == "" && strings.ContainsAny(v, "0123456789") {
				unread = n
			}
		}
	}
	if unread != "" {
		r.bad(unread, "a duration such as 00:12:09 or 12 min")
	}
	return Float{}
}

var (
	clockPattern = regexp.MustCompile(`^(-?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?$`)
	unitPattern  = regexp.MustCompile(`^(-?\d+(?:\.\d+)?)\s*(\pL+),?\s*`)
)

// unitMs are the units of an interval by the beginning of their names, in ms. A
// month has thirty days, as in extract(epoch ...).
var unitMs = []struct {
	name string
	ms   float64
}{
	{"stunde", 3_600_000}, {"sek", 1_000}, {"hora", 3_600_000}, {"heure", 3_600_000}, {"dia", 86_400_000}, {"día", 86_400_000}, {"tag", 86_400_000}, {"jour", 86_400_000}, {"дн", 86_400_000}, {"час", 3_600_000}, {"мин", 60_000}, {"сек", 1_000},
	{"일", 86_400_000}, {"시간", 3_600_000}, {"분", 60_000}, {"초", 1_000},
	{"天", 86_400_000}, {"日", 86_400_000}, {"小时", 3_600_000}, {"小時", 3_600_000}, {"時間", 3_600_000}, {"分", 60_000}, {"分钟", 60_000}, {"分鐘", 60_000}, {"秒", 1_000},
	{"year", 365.25 * 86_400_000}, {"mon", 30 * 86_400_000}, {"day", 86_400_000}, {"hour", 3_600_000}, {"hr", 3_600_000}, {"min", 60_000}, {"sec", 1_000}, {"ms", 1}, {"milli", 1},
	{"d", 86_400_000}, {"h", 3_600_000}, {"m", 60_000}, {"s", 1_000},
}

// intervalMs reads "1 day 02:03:04.5", "@ 2 hours 3 mins", "PT2H3M".
func intervalMs(text string) (ms float64, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	text = strings.TrimSpace(strings.TrimPrefix(text, "@"))
	if iso, found := strings.CutPrefix(text, "p"); found {
		text = strings.ReplaceAll(iso, "t", "")
	}
	for text != "" {
		if m := clockPattern.FindStringSubmatch(text); m != nil {
			clock := 3_600_000*float(m[2]) + 60_000*float(m[3]) + 1_000*float(m[4])
			if m[1] != "" {
				clock = -clock
			}
			return ms + clock, true
		}
		m := unitPattern.FindStringSubmatch(text)
		if m == nil {
			return 0, false
		}
		unit := 0.0
		for _, u := range unitMs {
			if u.name == m[2] || len(u.name) > 1 && strings.HasPrefix(m[2], u.name) {
				unit = u.ms
				break
			}
		}
		if unit == 0 {
			return 0, false
		}
		ms, ok, text = ms+float(m[1])*unit, true, text[len(m[0]):]
	}
	return ms, ok
}

func float(digits string) float64 {
	f, _ := strconv.ParseFloat(digits, 64)
	return f
}

// Leader returns the leader of a parallel worker, or the process itself. They
// share locks.
func (s *Snapshot) Leader(pid string) string {
	if x := s.Session(pid); x != nil {
		return cmp.Or(x.Leader, pid)
	}
	return pid
}
