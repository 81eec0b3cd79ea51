package workload

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/serverlog"
)

// logged are the messages that tell of the workload, by how they begin. read reports
// whether the message is one of these.
var logged = []struct {
	begin string
	read  func(r *LogReader, e *serverlog.Entry, rest string) bool
}{
	{"duration: ", (*LogReader).duration},
	{"statement: ", (*LogReader).shown},
	{"execute ", func(r *LogReader, e *serverlog.Entry, rest string) bool {
		_, text, ok := strings.Cut(rest, ": ")
		return ok && r.shown(e, text)
	}},
	{"temporary file: ", (*LogReader).temporaryFile},
	{"process ", (*LogReader).lockWait},
	{"deadlock detected", (*LogReader).deadlock},
	{"checkpoint starting:", (*LogReader).checkpoint},
	{"restartpoint starting:", (*LogReader).checkpoint},
	{"checkpoint complete:", (*LogReader).completed},
	{"restartpoint complete:", (*LogReader).completed},
	{"checkpoints are occurring too frequently", (*LogReader).tooFrequent},
	{"automatic ", (*LogReader).autovacuum},
	{"skipping vacuum of ", (*LogReader).skipped},
	{"skipping analyze of ", (*LogReader).skipped},
	{"canceling statement due to ", canceled("")},
	{"canceling autovacuum task", canceled("autovacuum, for a lock that another session needed")},
	{"terminating connection due to ", canceled("")},
	{"could not serialize access", canceled("serialization failure")},
	{"sorry, too many clients already", refused(TooManyClients)},
	{"remaining connection slots are reserved", refused(TooManyClients)},
	{"too many connections for ", refused(TooManyOfOne)},
	{"password authentication failed", refused("authentication failed")},
	{"no pg_hba.conf entry", refused("no pg_hba.conf entry")},
	{"pg_hba.conf rejects connection", refused("rejected by pg_hba.conf")},
	{"the database system is ", refused("server starting or shutting down")},
	{"database ", (*LogReader).wraparound},
	{"archive command ", (*LogReader).archiving},
	{"archive_command ", (*LogReader).archiving},
	{"archiving write-ahead log file ", (*LogReader).archiving},
	{"archiving transaction log file ", (*LogReader).archiving}, // until 9.6
	{"could not receive data from client", noted("")},
	{"could not send data to client", noted("")},
	{"unexpected EOF on client connection", noted("")},
	{"could not ", (*LogReader).diskFull},
	{"using stale statistics ", noted("")}, // until 14
	{"server process ", noted("was terminated by signal")},
	{"nextval: reached ", (*LogReader).usedUp},
	{"invalidating obsolete replication slot ", noted("")},
}

// noted counts what the server writes as LOG if the message has a part.
func noted(part string) func(r *LogReader, e *serverlog.Entry, rest string) bool {
	return func(r *LogReader, e *serverlog.Entry, rest string) bool {
		if !strings.Contains(rest, part) {
			return false
		}
		r.into.message(e)
		return true
	}
}

// The reasons for which a server refuses connections when max_connections, or the limit
// of a role or a database, is reached.
const TooManyClients, TooManyOfOne = "too many clients", "too many connections of a role or to a database"

// canceled counts by the reason, which is the rest of the message unless it is given.
func canceled(why string) func(*LogReader, *serverlog.Entry, string) bool {
	return func(r *LogReader, e *serverlog.Entry, rest string) bool {
		reason := count(&r.into.canceled, cmp.Or(why, rest))
		if e.Query != "" {
			r.into.lastCanceledFor(reason, redact.SQL(e.Query))
		}
		return true
	}
}

func refused(why string) func(*LogReader, *serverlog.Entry, string) bool {
	return func(r *LogReader, e *serverlog.Entry, _ string) bool {
		if e.Severity == "FATAL" {
			count(&r.into.refused, why)
		}
		return e.Severity == "FATAL"
	}
}

// count counts one more of what, and returns it as it is counted.
func count(in *map[string]int, what string) string {
	what, _, _ = strings.Cut(what, "\n")
	countMore(in, what, 1)
	return what
}

func countMore(in *map[string]int, what string, n int) {
	if *in == nil {
		*in = map[string]int{}
	}
	if len(*in) < keptOthers || (*in)[what] > 0 {
		(*in)[what] += n
	}
}

// entry takes an entry of the log.
func (r *LogReader) entry(e *serverlog.Entry) {
	client := !e.Placed() && e.Severity != "LOG"
	if e.Severity == "INFO" {
		if r.verbose(e.Text, e.Detail) {
			r.took(e, client)
		}
		return
	}
	r.into = &r.events
	if client {
		if !trouble[e.Severity] || r.doc.repeats(e) {
			return
		}
		r.into = &r.doc.shown
	}
	r.doc.placed, r.doc.server = r.doc.placed || e.Placed(), r.doc.server || e.Severity == "LOG"
	for _, m := range logged {
		rest, ok := strings.CutPrefix(e.Text, m.begin)
		if !ok {
			continue
		}
		if !client && !e.Time.IsZero() && r.again(e) {
			r.doc.Again++
			return
		}
		if m.read(r, e, rest) {
			r.took(e, client)
			return
		}
	}
	switch {
	case !trouble[e.Severity]:
	case client:
		r.into.message(e)
	case !e.Exact:
		r.doc.inexact.message(e)
	case !e.Time.IsZero() && r.again(e):
		r.doc.Again++
	default:
		r.into.message(e)
		r.took(e, false)
	}
}

// took notes that an entry tells of the workload.
func (r *LogReader) took(e *serverlog.Entry, client bool) {
	r.doc.Entries++
	r.doc.Format = e.Format
	if e.Cut {
		r.log.CutTexts++
	}
	if client {
		return // its time is not one of the log
	}
	r.log.span(e.Time)
	if r.spans[e.Format] == nil {
		r.spans[e.Format] = new(Log)
	}
	r.spans[e.Format].span(e.Time)
}

// duration reads "duration: 12.3 ms", alone or with what took it.
func (r *LogReader) duration(e *serverlog.Entry, rest string) bool {
	number, rest, ok := strings.Cut(rest, " ms")
	ms, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || math.IsNaN(ms) || math.IsInf(ms, 0) || ms < 0 {
		return false
	}
	rest = strings.TrimLeft(rest, " ")
	if strings.HasPrefix(rest, "\n") {
		rest = "" // lines of something else
	}
	what, text, _ := strings.Cut(rest, ":")
	text = strings.TrimLeft(text, " ")
	step, _, _ := strings.Cut(what, " ")
	s := r.session(e)
	switch {
	case what == "" && s.statement == "":
		r.log.Bare++
		r.log.BareMs += ms
	case what == "":
		r.executed(e, s, s.statement, s.id, ms, 1)
		s.statement = ""
	case step == "parse", step == "bind":
		r.group(e, text, e.QueryID).planMs += ms
		r.log.Prepared++
		r.log.PreparedMs, r.log.PreparedMostMs = r.log.PreparedMs+ms, max(r.log.PreparedMostMs, ms)
		r.fastest(ms)
	case strings.HasPrefix(what, "execute fetch from "):
		r.executed(e, s, text, e.QueryID, ms, 0)
	case step == "statement", step == "execute":
		r.executed(e, s, underlying(e, text), e.QueryID, ms, 1)
		s.statement = ""
	default:
		return false // a plan, which is read elsewhere
	}
	return true
}

func (r *LogReader) fastest(ms float64) {
	r.log.FastestMs = opt.Of(min(r.log.FastestMs.Or(ms), ms))
}

// executed adds an execution to its statement.
func (r *LogReader) executed(e *serverlog.Entry, s *loggedSession, text, id string, ms, calls float64) {
	g := r.group(e, text, id)
	r.fastest(ms)
	r.log.Executions++
	if g.calls == 0 || ms < g.least {
		g.least = ms
	}
	g.calls += calls
	if g.calls == 0 {
		g.calls = 1 // the first part of it is not in the log
	}
	g.most = max(g.most, ms)
	g.ms += ms
	g.square += ms * ms
	if s.temp > 0 && s.tempOf == hashOf(text) {
		g.temp += s.temp
	}
	s.temp = 0
}

// shown reads a statement of log_statement. If its duration is logged, that follows.
func (r *LogReader) shown(e *serverlog.Entry, text string) bool {
	text = underlying(e, text)
	s := r.session(e)
	s.statement, s.id = text, e.QueryID
	r.log.Timeless++
	if r.log.Executions == 0 {
		r.group(e, text, e.QueryID).shown++
	}
	return true
}

// underlying returns the statement that an EXECUTE runs, which is in the entry's
// detail.
func underlying(e *serverlog.Entry, text string) string {
	const mark = "prepare: "
	if prepared, ok := strings.CutPrefix(e.Detail, mark); ok {
		if m := preparedAs.FindStringIndex(prepared); m != nil {
			return prepared[m[1]:]
		}
	}
	return text
}

var preparedAs = regexp.MustCompile(`(?is)^\s*prepare\s+\S+?\s*(?:\([^)]*\)\s*)?as\s+`)

func deviation(n, sum, squares float64) float64 {
	return math.Sqrt(max(squares/n-(sum/n)*(sum/n), 0))
}

// temporaryFile reads "temporary file: path "...", size 123", which is written when
// the file is deleted: as a rule at the end of the statement, before its duration.
func (r *LogReader) temporaryFile(e *serverlog.Entry, rest string) bool {
	m := tempSize.FindStringSubmatch(rest)
	if m == nil {
		return false
	}
	bytes, err := strconv.ParseFloat(m[1], 64)
	if err != nil || math.IsInf(bytes, 0) {
		return false
	}
	r.log.TempFiles++
	r.log.TempBytes += bytes
	if bytes > r.log.TempLargest {
		r.log.TempLargest, r.log.TempQuery = bytes, Text{}
		if e.Query != "" {
			r.log.TempQuery = redact.SQL(e.Query)
		}
	}
	if e.Query == "" {
		return true
	}
	s := r.session(e)
	if of := hashOf(e.Query); of != s.tempOf {
		s.temp, s.tempOf = 0, of
	}
	s.temp += bytes
	return true
}

// tempSize matches the size of a file, whatever a copy has behind it.
var tempSize = regexp.MustCompile(`, size (\d+)`)

// process 123 still waiting for ShareLock on transaction 742 after 1000.182 ms
var (
	waited   = regexp.MustCompile(`^(\d+) (still waiting for|acquired|avoided deadlock for|` + deadlockFound + `) (\w+) +on (.*?)(?: of database \d+)? (?:by rearranging queue order )?after (\d+(?:\.\d+)?) ms`)
	ofObject = regexp.MustCompile(`^(relation|tuple \([\d,]+\) of relation|extension of relation|page \d+ of relation) (\d+)|^(\w+)`)
	inTable  = regexp.MustCompile(`in relation "([^"]*)"`)
	inQueue  = regexp.MustCompile(`^\D*(\d+(?:, \d+)*)\D+?(\d+(?:, \d+)*)\D*$`) // Process holding the lock: 1. Wait queue: 2, 3.
)

// deadlockFound is what the server logs before "deadlock detected", if log_lock_waits is on.
const deadlockFound = "detected deadlock while waiting for"

type waitKey struct{ lock, relation, query string }

// lockWait reads a wait for a lock: log_lock_waits writes it after deadlock_timeout and
// again when the lock was acquired.
func (r *LogReader) lockWait(e *serverlog.Entry, rest string) bool {
	m := waited.FindStringSubmatch(rest)
	if m == nil {
		return false
	}
	pid, event, mode, on := m[1], m[2], m[3], m[4]
	ms, err := strconv.ParseFloat(m[5], 64)
	if err != nil {
		return false
	}
	if e.Session == "" { // nothing is before the messages
		of := *e
		of.Session = pid
		e = &of
	}
	s := r.session(e)
	if event == deadlockFound {
		r.found(e, s)
		delete(r.waiting, pid)
		return true
	}
	w := s.wait
	ends := event != "still waiting for"                                          // which is logged only of a wait that was logged before
	if w == nil || s.waitOn != on || e.Query != "" && !(ends && ms >= s.waitMs) { // else a later line of a wait
		w = r.waitsFor(e, mode, on)
	}
	if s.wait != nil && (s.wait != w || s.waitOn != on || ms <= s.waitMs) {
		r.endWait(s) // of another wait, whose end was not logged
	}
	if s.wait == nil {
		w.Count++
		s.waitBy = ""
	}
	s.wait, s.waitOn, s.waitMs = w, on, ms
	if m := inTable.FindStringSubmatch(e.Context); m != nil && !w.Query.Empty() {
		w.Relation = cmp.Or(w.Relation, m[1]) // the lines of one wait can tell more than its first
	}
	if event == "acquired" {
		w.heldBy(s.waitBy, ms)
		w.Ms += ms
		w.LongestMs = max(w.LongestMs, ms)
		s.wait, s.waitMs = nil, 0
		delete(r.waiting, pid)
		return true
	}
	if len(r.waiting) >= keptSessions {
		clear(r.waiting) // of waits whose end was not logged
	}
	q := inQueue.FindStringSubmatch(e.Detail)
	if q != nil {
		s.waitBy = r.roots(q[1])
		w.heldBy(s.waitBy, ms)
	}
	r.waiting[pid] = logWait{w, s.waitBy}
	if q != nil {
		queue := strings.Split(q[2], ", ")
		for i, waits := range queue {
			if ahead := r.waiting[waits]; ahead.LogWaits != nil {
				ahead.Behind = max(ahead.Behind, len(queue)-1-i)
			}
		}
	}
	return true
}

// logWait is a wait under way, and the processes at its head.
type logWait struct {
	*LogWaits
	by string
}

// roots returns the processes that hold what others wait for: those that a line names, or
// those which they wait for themselves.
func (r *LogReader) roots(holders string) string {
	var list []string
	for pid := range strings.SplitSeq(holders, ", ") {
		if by := r.waiting[pid].by; by != "" {
			pid = by
		}
		for one := range strings.SplitSeq(pid, ", ") {
			if !slices.Contains(list, one) {
				list = append(list, one)
			}
		}
	}
	return strings.Join(list, ", ")
}

// heldBy notes who held the lock in a wait, if it is the longest one so far.
func (w *LogWaits) heldBy(holders string, ms float64) {
	if holders != "" && ms >= w.LongestMs {
		w.Holders = holders
	}
}

// endWait adds a wait whose end is not in the log.
func (r *LogReader) endWait(s *loggedSession) {
	if s.wait == nil {
		return
	}
	s.wait.heldBy(s.waitBy, s.waitMs)
	s.wait.Ms += s.waitMs
	s.wait.LongestMs = max(s.wait.LongestMs, s.waitMs)
	s.wait.Unfinished++
	s.wait, s.waitMs = nil, 0
}

func (r *LogReader) waitsFor(e *serverlog.Entry, mode, on string) *LogWaits {
	object, relation := on, ""
	if m := ofObject.FindStringSubmatch(on); m != nil {
		object, relation = cmp.Or(m[1], m[3]), m[2]
	}
	if i := strings.IndexByte(object, '('); i >= 0 {
		object = "row of relation"
	}
	if m := inTable.FindStringSubmatch(e.Context); m != nil {
		relation = m[1]
	}
	key := waitKey{mode + " on " + object, relation, lex.Normalize(e.Query)}
	w := r.waits[key]
	if w == nil && len(r.waits) >= keptOthers {
		key = waitKey{lock: key.lock} // the rest together
		w = r.waits[key]
	}
	if w == nil {
		w = &LogWaits{Lock: key.lock, Relation: key.relation}
		if key.query != "" {
			w.Query = redact.SQL(e.Query)
		}
		r.waits[key] = w
	}
	return w
}

// found notes the deadlock that ends a wait, until the error that tells more of it.
func (r *LogReader) found(e *serverlog.Entry, s *loggedSession) {
	r.endDeadlock(s)
	s.found = &tally{deadlocks: 1}
	if e.Query != "" {
		s.found.deadlock = []Text{redact.SQL(e.Query).Replace("\n", " ")}
	}
	if m := inTable.FindStringSubmatch(e.Context); m != nil {
		s.found.deadlockOn = m[1]
	}
}

// endDeadlock adds a deadlock whose error is not in the log.
func (r *LogReader) endDeadlock(s *loggedSession) {
	if s.found != nil {
		r.events.add(s.found)
		s.found = nil
	}
}

// foundBefore returns what the message before the error has of its deadlock.
func (r *LogReader) foundBefore(e *serverlog.Entry) (before tally) {
	of := e.Session
	if m := victim.FindStringSubmatch(e.Detail); of == "" && m != nil {
		of = m[1] // nothing is before the messages
	}
	if s := r.sessions[of]; s != nil && s.found != nil {
		before, s.found = *s.found, nil
	}
	return before
}

// victim matches the process that the server ends, and blocked each one of a deadlock.
var (
	victim  = regexp.MustCompile(`^\s*Process (\d+) waits for `)
	blocked = regexp.MustCompile(`(?m)^\s*Process (\d+) waits for `)
)

// deadlock reads the statements of a deadlock: "Process 1 waits for ...", then
// "Process 1: UPDATE ...".
func (r *LogReader) deadlock(e *serverlog.Entry, _ string) bool {
	t, before := r.into, r.foundBefore(e)
	t.deadlocks++
	t.deadlock, t.deadlockOn, t.deadlockFor = nil, before.deadlockOn, nil
	for _, m := range forTable.FindAllStringSubmatch(e.Detail, -1) {
		if !slices.Contains(t.deadlockFor, m[1]) {
			t.deadlockFor = append(t.deadlockFor, m[1])
		}
	}
	if m := inTable.FindStringSubmatch(e.Context); m != nil {
		t.deadlockOn = m[1]
	}
	for _, m := range blocked.FindAllStringSubmatch(e.Detail, -1) {
		for _, w := range r.waiting {
			if w.by == m[1] && len(w.Deadlocked) < keptOthers && !slices.Contains(w.Deadlocked, m[1]) {
				w.Deadlocked = append(w.Deadlocked, m[1])
			}
		}
	}
	found := processOf.FindAllStringIndex(e.Detail, 8)
	for i, m := range found {
		text := e.Detail[m[1]:]
		if i+1 < len(found) {
			text = e.Detail[m[1]:found[i+1][0]]
		}
		text, at, _ := strings.Cut(text, "\twhile ") // the next cell of a viewer
		if m := inTable.FindStringSubmatch(at); m != nil {
			t.deadlockOn = m[1]
		}
		if text = strings.TrimSpace(text); text != "" { // else the copy ends here
			t.deadlock = append(t.deadlock, redact.SQL(text).Replace("\n", " "))
		}
	}
	switch {
	case len(t.deadlock) > 0:
	case e.Query != "":
		t.deadlock = []Text{redact.SQL(e.Query).Replace("\n", " ")}
	default:
		t.deadlock = before.deadlock
	}
	return true
}

// forTable matches a wait for a lock on a whole table.
var forTable = regexp.MustCompile(`waits for (\w+Lock) on relation \d`)

var processOf = regexp.MustCompile(`(?m)^\s*Process \d+:\s`)

// noPause is the time within which a checkpoint starts that was due before the last one ended:
// the checkpointer looks at least every 5 s.
const noPause = 5 * time.Second

func (r *LogReader) checkpoint(e *serverlog.Entry, by string) bool {
	why := "a command"
	for word := range strings.FieldsSeq(by) {
		switch word {
		case "time", "wal", "xlog":
			why = strings.Replace(word, "xlog", "wal", 1)
		}
	}
	count(&r.log.Checkpoints, why)
	if why != "wal" || e.Time.IsZero() {
		return true
	}
	p := &r.log.Paced
	if p.Starts++; p.Starts == 1 || e.Time.Before(p.First) {
		p.First = e.Time
	}
	if e.Time.After(p.Last) {
		p.Last = e.Time
	}
	if since := e.Time.Sub(r.checkpointed); !r.checkpointed.IsZero() && since >= 0 && since <= noPause {
		p.NoPause++
	}
	return true
}

// figured matches a figure of a checkpoint: write=269.826 s, sync=74.105 s, total=344.318 s;
// sync files=39, longest=64.421 s; distance=689537 kB. wroteBuffers matches: wrote 812 buffers
// (5.0%).
var (
	figured      = regexp.MustCompile(`\b(sync|total|longest|distance)=(\d+(?:\.\d+)?) (?:s|kB)\b`)
	wroteBuffers = regexp.MustCompile(`(\d+)[^(),;\d]+\((\d+(?:[.,]\d+)?) ?%\)`)
)

func (r *LogReader) completed(e *serverlog.Entry, rest string) bool {
	r.log.Completed++
	r.checkpointed = e.Time
	var one LogSync
	synced, wal := false, 0.0
	for _, m := range figured.FindAllStringSubmatch(rest, -1) {
		figure, _ := strconv.ParseFloat(m[2], 64)
		switch m[1] {
		case "sync":
			one.SyncMs, synced = 1000*figure, true
		case "total":
			one.TotalMs = 1000 * figure
		case "longest":
			one.LongestMs = 1000 * figure
		case "distance":
			wal = 1024 * figure
		}
	}
	if m := wroteBuffers.FindStringSubmatch(rest); m != nil {
		buffers, _ := strconv.ParseFloat(m[1], 64)
		share, _ := strconv.ParseFloat(strings.Replace(m[2], ",", ".", 1), 64)
		r.log.Wrote.add(BlockSize*buffers, share/100, one.TotalMs)
	}
	if wal > 0 {
		r.log.WAL.add(wal, 0, one.TotalMs)
	}
	if synced {
		r.log.Synced++
		r.log.SyncMs += one.SyncMs
	}
	if one.SyncMs > r.log.Slowest.SyncMs {
		r.log.Slowest = one
	}
	return true
}

// archiving reads: archive command failed with exit code 1; archive command was terminated by
// signal 9; archiving write-ahead log file "..." failed too many times, will try again later.
func (r *LogReader) archiving(_ *serverlog.Entry, rest string) bool {
	switch {
	case strings.Contains(rest, "failed too many times"):
		r.log.Archiving.GaveUp++
	case strings.HasPrefix(rest, "failed"), strings.HasPrefix(rest, "was terminated"):
		r.log.Archiving.Failed++
	default:
		return false
	}
	return true
}

// skipped reads: skipping vacuum of "orders" --- lock not available.
func (r *LogReader) skipped(_ *serverlog.Entry, rest string) bool {
	table, why, ok := strings.Cut(strings.TrimPrefix(rest, `"`), `" --- `)
	if !ok || !strings.HasPrefix(why, "lock not available") {
		return false
	}
	count(&r.log.Skipped, table)
	return true
}

func (r *LogReader) tooFrequent(e *serverlog.Entry, _ string) bool {
	r.log.TooFrequent++
	r.log.CheckpointSetting = cmp.Or(parameter.FindString(e.Hint), r.log.CheckpointSetting)
	return true
}

var (
	automatic  = regexp.MustCompile(`^(?:aggressive )?(vacuum|analyze)(?: to prevent wraparound)? of table "([^"]*)"`)
	elapsed    = regexp.MustCompile(`elapsed:? (\d+(?:\.\d+)?) s`)
	indexScans = regexp.MustCompile(`\bindex scans: (\d+)`)
	foundRows  = regexp.MustCompile(`^ found \d+ removable, (\d+) nonremovable row versions in`)
	keptSince  = regexp.MustCompile(`(?:oldest xmin|removable cutoff): (\d+)`)
	keptRows   = regexp.MustCompile(`(?:(\d+) remain, )?(\d+) (?:are dead but not yet removable|dead row versions cannot be removed yet)`)
)

// autovacuum reads a run of autovacuum: log_autovacuum_min_duration.
func (r *LogReader) autovacuum(_ *serverlog.Entry, rest string) bool {
	m := automatic.FindStringSubmatch(rest)
	if m == nil {
		return false
	}
	v := r.vacuum(m[2])
	if m[1] == "vacuum" {
		v.Vacuums.add(rest)
		v.left(rest)
		v.passes(rest)
	} else {
		v.Analyzes.add(rest)
	}
	return true
}

// verbose reads what VACUUM (VERBOSE) says of a table: finished vacuuming "shop.public.orders":
// index scans: 1, and the lines that the log has of autovacuum; until version 14 "orders": found
// 0 removable, 12 nonremovable row versions in 1 out of 1 pages, with the dead ones in the
// detail.
func (r *LogReader) verbose(text, detail string) bool {
	said, finished := strings.CutPrefix(text, "finished vacuuming ")
	table, said, ok := strings.Cut(strings.TrimPrefix(said, `"`), `":`)
	if !ok || isToast(table) {
		return false
	}
	if !finished {
		m := foundRows.FindStringSubmatch(said)
		if m == nil {
			return false
		}
		said = m[1] + " remain, " + detail
	}
	v := r.vacuum(table)
	v.ByHand.add(said)
	v.left(said)
	v.passes(said)
	return true
}

func isToast(table string) bool { return strings.Contains(table, "pg_toast") }

// vacuum returns the runs on a table.
func (r *LogReader) vacuum(name string) *LogVacuum {
	v := r.vacuums[name]
	if v == nil {
		if len(r.vacuums) >= keptOthers {
			if name, v = "", r.vacuums[""]; v == nil {
				v = new(LogVacuum)
			}
		} else {
			v = &LogVacuum{Table: name}
		}
		r.vacuums[name] = v
	}
	return v
}

// left notes the rows that a run left, if it left more dead ones than the others.
func (v *LogVacuum) left(said string) {
	kept := keptRows.FindStringSubmatch(said)
	if kept == nil {
		return
	}
	dead, _ := strconv.ParseFloat(kept[2], 64)
	v.NotYetRemovableLast = dead
	if dead < v.NotYetRemovable {
		return
	}
	v.Left, _ = strconv.ParseFloat(kept[1], 64)
	v.NotYetRemovable, v.OldestXmin = dead, ""
	if since := keptSince.FindStringSubmatch(said); since != nil {
		v.OldestXmin = since[1]
	}
}

// passes notes how often a run read the indexes.
func (v *LogVacuum) passes(said string) {
	if m := indexScans.FindStringSubmatch(said); m != nil {
		if n, _ := strconv.ParseFloat(m[1], 64); n > v.Passes {
			v.Passes, v.PassesSeconds = n, 0
			if t := elapsed.FindStringSubmatch(said); t != nil {
				v.PassesSeconds, _ = strconv.ParseFloat(t[1], 64)
			}
		}
	}
}

// add adds a run with its time, if that is there.
func (runs *LogRuns) add(said string) {
	runs.Count++
	if t := elapsed.FindStringSubmatch(said); t != nil {
		seconds, _ := strconv.ParseFloat(t[1], 64)
		runs.Seconds += seconds
		runs.LongestSeconds = max(runs.LongestSeconds, seconds)
	}
}
