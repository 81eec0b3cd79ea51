package workload

import (
	"cmp"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/serverlog"
)

// ViewLog stands for what a server's log tells of the workload. It is no view: of
// statements that were not logged, nothing follows.
const ViewLog View = "server log"

// Log is what server logs tell of the workload, without the plans in them.
type Log struct {
	From, To Time // of the first and the last entry

	// Executions are the ones with a duration and a text. The fastest took FastestMs:
	// log_min_duration_statement is at most that, and faster ones are unknown.
	Executions int
	// Prepared are the messages of parse and bind: the time to plan statements, which their
	// executions do not have.
	Prepared                   int
	PreparedMs, PreparedMostMs float64
	FastestMs                  Float
	// Bare are durations without a text: log_duration without log_statement.
	Bare   int
	BareMs float64
	// Timeless are statements of log_statement without a duration.
	Timeless int
	// Dropped are executions of statements that were not kept: there were too many.
	Dropped   int
	DroppedMs float64
	CutTexts  int // statements that are longer than what is kept

	TempFiles   int
	TempBytes   float64
	TempLargest float64
	TempQuery   Text // the statement that wrote the largest one; empty if the log does not tell

	Waits     []*LogWaits // the longest in total first
	Deadlocks int
	Deadlock  []Text // the statements of the last one, as far as the log has them
	// DeadlockOn is the table at which the last one ended a transaction; empty if the log
	// does not tell.
	DeadlockOn string
	// DeadlockModes are the locks on whole tables for which the sessions of the last one waited.
	DeadlockModes []string

	// Checkpoints by what started them: time, wal (until 9.6 xlog), or a command.
	Checkpoints map[string]int
	Completed   int // checkpoints, whatever started them
	TooFrequent int // warnings that checkpoints are too frequent
	// SyncMs is the time that checkpoints waited for the storage to sync their files, in which
	// commits wait, too; Slowest is the checkpoint that waited longest.
	Synced  int // checkpoints that tell it
	SyncMs  float64
	Slowest LogSync
	// Paced are the checkpoints that WAL started, by their times; Wrote and WAL what the
	// checkpoints wrote, and how much WAL lies between one and the one before.
	Paced      LogPace
	Wrote, WAL LogWrites
	// CheckpointSetting is the setting that the hint of the last one names: max_wal_size, or
	// checkpoint_segments until 9.4.
	CheckpointSetting string

	Vacuums  []*LogVacuum   // runs of autovacuum by table, the longest in total first
	Skipped  map[string]int // runs of autovacuum for which a table was locked, by table
	Canceled map[string]int // by reason
	// LastCanceled has the last statement canceled, by reason.
	LastCanceled map[string]Text
	Refused      map[string]int // connections, by reason

	Wraparound map[string]*LogWraparound // by the kind of IDs: transaction, multixact
	DiskFull   map[string]int            // failed writes, by what was to be written
	UsedUp     map[string]LogUsedUp      // sequences without a value left, by name
	Archiving  LogArchiving
	Messages   []*LogMessages // the other ones of trouble, the most severe first

	byClient   map[string]bool // the kinds of events, with what they count, that only a client shows
	statements []*Statement
}

// LogWaits are the lock waits of one statement for one kind of lock.
type LogWaits struct {
	Lock     string // RowExclusiveLock on relation, ShareLock on transaction
	Relation string // the table or its number; empty if the log does not tell
	Query    Text
	Count    int
	// Unfinished are waits whose end is not in the log. Their time is that until they
	// were logged.
	Unfinished int
	Ms         float64
	LongestMs  float64
	// Behind is the most sessions that were in the queue behind one of them, and Holders
	// the processes that held the lock in the longest of them; empty if the log does not
	// tell.
	Behind  int
	Holders string
	// Deadlocked are the processes that held the lock in one of them and were in a deadlock
	// then, which ended it.
	Deadlocked []string
}

// LogSync is how long a checkpoint waited for the storage.
type LogSync struct{ SyncMs, LongestMs, TotalMs float64 } // of all its files, of one file, and the checkpoint's time with its writes

// LogPace is how fast checkpoints followed each other that WAL started.
type LogPace struct {
	Starts      int // with their time
	First, Last time.Time
	NoPause     int // that started within noPause of the end of the checkpoint before
}

// LogWrites are amounts that checkpoints tell. Largest is that of one.
type LogWrites struct {
	Count          int
	Bytes, Largest float64
	LargestShare   float64 // of shared_buffers; 0 if the log does not tell
	LargestMs      float64 // the time of that checkpoint
}

func (w *LogWrites) add(bytes, share, ms float64) {
	w.Count++
	w.Bytes += bytes
	if bytes > w.Largest {
		w.Largest, w.LargestShare, w.LargestMs = bytes, share, ms
	}
}

// LogArchiving is what a log says of WAL files that were not archived.
type LogArchiving struct {
	Failed int // attempts
	GaveUp int // files that failed too many times; the server tries them again later
}

// LogRuns are runs of one kind on a table.
type LogRuns struct {
	Count                   int
	Seconds, LongestSeconds float64 // 0 if the log does not tell
}

// LogVacuum are the runs of autovacuum, and of VACUUM (VERBOSE), on one table.
type LogVacuum struct {
	Table    string // database.schema.table
	Vacuums  LogRuns
	Analyzes LogRuns
	ByHand   LogRuns // of VACUUM (VERBOSE)
	// Passes is how often a run read all indexes, the most of all runs, and PassesSeconds the
	// time of that run; 0 if the log does not tell.
	Passes, PassesSeconds float64
	NotYetRemovable       float64 // dead rows that a run could not remove: the most of all runs
	Left                  float64 // all rows that this run left, live and dead
	OldestXmin            string  // the transaction ID from which on it kept dead rows
	// NotYetRemovableLast are the dead rows that the last run could not remove.
	NotYetRemovableLast float64
}

// Statements are the logged statements.
func (l *Log) Statements() []*Statement { return l.statements }

// Useful reports whether the log tells anything of the workload.
func (l *Log) Useful() bool {
	return l.Executions+l.Bare+l.Timeless+l.TempFiles+len(l.Waits)+l.Deadlocks+len(l.Checkpoints)+l.Completed+l.TooFrequent+len(l.Vacuums)+len(l.Skipped)+len(l.Canceled)+len(l.Refused)+len(l.Wraparound)+len(l.DiskFull)+len(l.UsedUp)+l.Archiving.Failed+l.Archiving.GaveUp+len(l.Messages) > 0
}

// LogReader gathers what server logs that are written to it tell. Its memory does not
// grow with the logs.
type LogReader struct {
	in    *serverlog.Reader
	doc   logDoc
	spans map[string]*Log // of the formats, by what was used
	// checkpointed is the end of the last checkpoint; zero if the log did not tell.
	checkpointed time.Time
	log          Log
	events       tally                       // of the server's logs
	clients      tally                       // of what clients show
	into         *tally                      // of the entry that is read
	groups       map[string]*loggedStatement // by database and normal form
	key          []byte                      // of the last one that was looked for
	bytes        int                         // of the texts in groups
	sessions     map[string]*loggedSession
	waits        map[waitKey]*LogWaits
	waiting      map[string]logWait // by the process that waits
	vacuums      map[string]*LogVacuum
}

var _ io.Writer = (*LogReader)(nil)

// How many distinct things are kept, and how many bytes of statements. Beyond twice as
// many, those with the least time are dropped and counted.
const (
	keptStatements = 10_000
	keptTexts      = 64 << 20
	keptSessions   = 10_000
	keptOthers     = 1_000
)

// loggedStatement is a statement of the log with its executions.
type loggedStatement struct {
	key        string
	text       string
	id         string
	database   string
	calls      float64
	shown      float64 // entries of log_statement
	ms, square float64
	planMs     float64
	least      float64
	most       float64
	temp       float64 // bytes
}

// loggedSession is what a session's next entries may refer to.
type loggedSession struct {
	statement string // of log_statement, whose duration may follow
	id        string
	temp      float64 // bytes of temporary files of a statement that still runs
	tempOf    uint64
	wait      *LogWaits // a wait that has not ended
	waitMs    float64
	waitBy    string // the processes that hold the lock
	waitOn    string
	found     *tally // a deadlock that ended a wait, until its error
}

// NewLogReader returns a reader of server logs.
func NewLogReader() *LogReader {
	r := &LogReader{groups: map[string]*loggedStatement{}, sessions: map[string]*loggedSession{}, waits: map[waitKey]*LogWaits{}, waiting: map[string]logWait{}, vacuums: map[string]*LogVacuum{}, spans: map[string]*Log{}}
	r.in = serverlog.NewReader(r.entry)
	return r
}

// SniffLog reports whether a text is of a server's log.
func SniffLog(head []byte) bool { return serverlog.Sniff(head) }

// ShowsLog reports whether a text has messages of the server among statements, as psql shows
// them.
func ShowsLog(text []byte) bool { return serverlog.Shows(text) }

// Write reads the next piece of a log.
func (r *LogReader) Write(b []byte) (int, error) { return r.in.Write(b) }

// Lines reads the next lines of a log.
func (r *LogReader) Lines(text string) { r.in.Lines(text) }

// LogFile is what was read of one log.
type LogFile struct {
	Entries int    // that tell of the workload
	Again   int    // those that a log in another format has as well, which are not counted twice
	Format  string // how they are written: stderr, csvlog or jsonlog
}

// EndFile ends one log. Another one may follow, such as the next day's.
func (r *LogReader) EndFile() LogFile {
	r.in.Close()
	r.endSessions()
	clear(r.waiting)
	r.in = serverlog.NewReader(r.entry)
	r.endDoc()
	file := r.doc.LogFile
	r.doc = logDoc{}
	return file
}

// Log returns what the logs tell so far.
func (r *LogReader) Log() *Log {
	l := &r.log
	l.statements = nil
	l.events(&r.events, &r.clients)
	waits := map[string]*LogWaits{} // by the normal form of the statement
	for key, w := range r.waits {
		sum := waits[key.query]
		if sum == nil {
			sum = new(LogWaits)
			waits[key.query] = sum
		}
		sum.Count, sum.Ms = sum.Count+w.Count, sum.Ms+w.Ms
		if w.Holders != "" && cmp.Or(cmp.Compare(w.LongestMs, sum.LongestMs), cmp.Compare(w.Holders, sum.Holders)) > 0 {
			sum.Holders, sum.LongestMs = w.Holders, w.LongestMs
		}
	}
	for key, g := range r.groups {
		if g.calls == 0 && l.Executions > 0 {
			continue
		}
		st := g.statement()
		_, normal, _ := strings.Cut(key, "\x00")
		if w := waits[normal]; w != nil && normal != "" {
			st.Waits = &LockWaits{opt.Of(float64(w.Count)), opt.Of(w.Ms), w.Holders}
		}
		l.statements = append(l.statements, st)
	}
	slices.SortFunc(l.statements, func(a, b *Statement) int {
		return cmp.Or(cmp.Compare(b.TotalMs.Or(0), a.TotalMs.Or(0)), cmp.Compare(b.Calls.Or(0), a.Calls.Or(0)), cmp.Compare(a.Query.Raw(), b.Query.Raw()), cmp.Compare(a.Database, b.Database))
	})
	l.Waits = nil
	for _, w := range r.waits {
		l.Waits = append(l.Waits, w)
	}
	slices.SortFunc(l.Waits, func(a, b *LogWaits) int {
		return cmp.Or(cmp.Compare(b.Ms, a.Ms), cmp.Compare(a.Lock, b.Lock), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Query.Raw(), b.Query.Raw()))
	})
	l.Vacuums = nil
	for _, v := range r.vacuums {
		l.Vacuums = append(l.Vacuums, v)
	}
	slices.SortFunc(l.Vacuums, func(a, b *LogVacuum) int {
		return cmp.Or(cmp.Compare(b.Vacuums.Seconds, a.Vacuums.Seconds), cmp.Compare(a.Table, b.Table))
	})
	return l
}

// statement returns the row that pg_stat_statements would have. What a log does not
// tell, such as rows and blocks, is absent.
func (g *loggedStatement) statement() *Statement {
	st := &Statement{QueryID: g.id, Database: g.database, Query: redact.SQL(g.text), TopLevel: true}
	if g.calls == 0 {
		st.Calls = opt.Of(g.shown)
		return st
	}
	st.Calls, st.TotalMs, st.MeanMs, st.MinMs, st.MaxMs = opt.Of(g.calls), opt.Of(g.ms), opt.Of(g.ms/g.calls), opt.Of(g.least), opt.Of(g.most)
	st.StddevMs = opt.Of(deviation(g.calls, g.ms, g.square))
	if g.planMs > 0 {
		st.PlanTotalMs = opt.Of(g.planMs)
	}
	if g.temp > 0 {
		st.TempWritten = opt.Of(g.temp / BlockSize)
	}
	return st
}

// group returns the statement of a text, and adds it if it is new.
func (r *LogReader) group(e *serverlog.Entry, text, id string) *loggedStatement {
	lex.Normalized(text, func(normal []byte) {
		r.key = append(append(append(r.key[:0], e.Database...), 0), normal...)
	})
	g := r.groups[string(r.key)]
	if g == nil {
		key := string(r.key)
		if len(r.groups) >= 2*keptStatements || r.bytes > keptTexts {
			r.prune()
		}
		g = &loggedStatement{key: key, text: text, database: e.Database}
		r.groups[key] = g
		r.bytes += len(key) + len(text)
	}
	if g.id == "" {
		g.id = id
	}
	return g
}

// prune drops the statements with the least time.
func (r *LogReader) prune() {
	list := make([]*loggedStatement, 0, len(r.groups))
	for _, g := range r.groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *loggedStatement) int {
		return cmp.Or(cmp.Compare(b.ms, a.ms), cmp.Compare(b.shown, a.shown), cmp.Compare(a.key, b.key))
	})
	for _, g := range list[len(list)/2:] {
		delete(r.groups, g.key)
		r.bytes -= len(g.key) + len(g.text)
		r.log.Dropped += int(g.calls)
		r.log.DroppedMs += g.ms
	}
}

// endSessions ends the waits of all sessions, in one order: of waits as long as each other the
// holder is the same each time.
func (r *LogReader) endSessions() {
	for _, of := range slices.Sorted(maps.Keys(r.sessions)) {
		r.endWait(r.sessions[of])
		r.endDeadlock(r.sessions[of])
	}
	clear(r.sessions)
}

func (r *LogReader) session(e *serverlog.Entry) *loggedSession {
	s := r.sessions[e.Session]
	if s == nil {
		if len(r.sessions) >= keptSessions {
			r.endSessions()
		}
		s = new(loggedSession)
		r.sessions[e.Session] = s
	}
	return s
}

func hashOf(s string) uint64 { return maphash.String(seed, s) }

// span extends the time of the log by that of an entry.
func (l *Log) span(t time.Time) {
	if t.IsZero() {
		return
	}
	if from, ok := l.From.Get(); !ok || t.Before(from) {
		l.From = opt.Some(t)
	}
	if to, ok := l.To.Get(); !ok || t.After(to) {
		l.To = opt.Some(t)
	}
}

// again reports whether an entry is in a log of another format, too: a server can write
// each message into several (log_destination).
func (r *LogReader) again(e *serverlog.Entry) bool {
	const rounded = time.Second // a prefix can have whole seconds
	for format, s := range r.spans {
		from, ok := s.From.Get()
		to, _ := s.To.Get()
		if ok && format != e.Format && !e.Time.Before(from.Add(-rounded)) && !e.Time.After(to.Add(rounded)) {
			return true
		}
	}
	return false
}

// age returns how long the log is.
func (l *Log) age() (time.Duration, bool) {
	from, ok := l.From.Get()
	to, _ := l.To.Get()
	return to.Sub(from), ok && to.After(from)
}

// TakeLog adds what logs tell. Their statements count only if pg_stat_statements was
// not exported: they are the same executions.
func (s *Snapshot) TakeLog(l *Log) {
	s.Log = l
	s.mark(ViewLog)
	if len(s.Statements) > 0 {
		return
	}
	s.byKey = byKey{}
	for _, st := range l.statements {
		s.byKey.add(st)
		s.Statements = append(s.Statements, st)
		if !slices.Contains(s.databases, st.Database) {
			s.databases = append(s.databases, st.Database)
		}
	}
}

// Logged reports whether the statements are those of a log.
func (s *Snapshot) Logged() bool {
	return s.Log != nil && len(s.Log.statements) > 0 && !s.views[ViewStatements]
}
