package workload

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	eventMany  = rule.NewThreshold("sessions", 5, "sessions", "that wait for one thing: two or three at one moment are chance")
	eventShare = rule.NewThreshold("share", 0.5, "share", "of the active sessions")
	eventHigh  = rule.NewThreshold("sessions_high", 20, "sessions", "that wait for one thing")
	eventNone  = rule.NewThreshold("running", 16, "sessions", "that wait for nothing: more than most servers have cores free")
)

var waitEvents = rule.Rule{
	ID:     "wait-events",
	Title:  "Most active sessions wait for one thing",
	Sees:   "Five active sessions or more, at least half of them, with the same wait event, or with several that have one cause. Sixteen that wait for nothing. The rows of pg_stat_activity, or counts of them.",
	Why:    "What most sessions wait for at one moment is what limits the server: the disk, the WAL, a lock of the server itself, a replica, the clients. More connections make it worse.",
	Silent: "Waits for locks of tables and rows, which blocked-sessions reports. Waits for the client's next statement, of background processes and between the processes of a parallel query.",
	Fix:    "Depends on the event: the finding says what it means and where to look.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE",
	},
	Thresholds: []*rule.Threshold{eventMany, eventShare, eventHigh, eventNone},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewActivity, workload.ViewWaitCounts},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		if f, ok := mostWaits(c); ok {
			found(f)
		}
	},
}

// waitEvent is what wait events of one cause mean, and what to do about them.
type waitEvent struct {
	events string // names of all versions: in small letters, without marks between words
	means  string // what the sessions do
	fix    string
}

const findReader = "Find the statement that reads most (shared_blks_read in pg_stat_statements, or EXPLAIN (ANALYZE, BUFFERS)), and let it read less: an index, fewer rows."

var relationExtension = waitEvent{"extend relationextension datafileextend", "they append to one table or index, one after the other",
	"Load with fewer connections and more rows per statement (COPY). 16 and later extend a table by many pages at once."}

var waits = []waitEvent{
	{"datafileread bufferio datafileprefetch aioiocompletion aioiouringexecution", "they read pages that are not in shared_buffers",
		findReader + " If nothing has changed, look at the disk: its latency and the limit of its IOPS."},
	{"buffermapping buffermappinglock", "they exchange pages in shared_buffers", findReader + " Then raise shared_buffers."},
	{"buffileread buffilewrite buffiletruncate", "they read and write temporary files of sorts and hashes",
		"Find the statement that writes them (temp_blks_written in pg_stat_statements, log_temp_files). Let it sort less, or raise work_mem for it alone (SET LOCAL work_mem)."},
	{"datafilewrite datafileflush datafilesync datafileimmediatesync registersyncrequest checkpointercomm", "they write pages to disk themselves",
		"Look at the disk: its latency and the limit of its IOPS. Then find what dirties the pages: a load, or checkpoints that WAL forces."},
	relationExtension,
	{"walwrite walsync walwritelock walsyncmethodassign", "they wait until their WAL is on disk, mostly to commit",
		"Put several changes into one transaction. Then look at the latency of the disk that has pg_wal. synchronous_commit = off lets commits not wait, for data whose last moment may be lost in a crash."},
	{"walinsert walinsertlock walbufmapping walbufmappinglock", "they copy their WAL into its buffers",
		"Find what writes most WAL (wal_bytes in pg_stat_statements): unused indexes, updates that change no value, full pages after frequent checkpoints."},
	{"buffercontent buffercontentlock", "they read or change the same pages",
		"Find the page: a row that all update, such as a counter, a parent row that all inserts refer to, or the end of an index whose values only grow. Spread the writes over several rows, or make fewer."},
	{"subtransslru subtransbuffer subtranscontrollock subtrans subtransslrulock", "they look up subtransactions (savepoints, EXCEPTION blocks) of which one transaction has more than 64",
		"End the oldest transaction: the longer it runs, the more is looked up. Then find the code that makes a savepoint for each row: an ORM's nested transaction, ON_ERROR_ROLLBACK, EXCEPTION in a loop. 17 can enlarge the cache (subtransaction_buffers)."},
	{"multixactoffsetslru multixactmemberslru multixactoffsetbuffer multixactmemberbuffer multixactoffsetcontrollock multixactmembercontrollock multixactgen multixactgenlock multixactoffset multixactmember", "they look up which transactions lock a row together",
		"Find the row that many lock at once: a parent row that many inserts refer to by a foreign key, or SELECT ... FOR SHARE. 17 can enlarge the caches (multixact_offset_buffers, multixact_member_buffers)."},
	{"lockmanager lockmanagerlock lockfastpath", "they lock more relations than a session has places of its own for (16 up to version 17)",
		"Find the frequent statement on a table with many partitions or indexes: let it prune, or drop indexes that are not used. Run fewer at once, through a pooler."},
	{"procarray procarraylock procarraygroupupdate xidgen xidgenlock", "they begin and end transactions at the same time as all others",
		"Use fewer connections: a pooler in transaction mode. Put several statements into one transaction."},
	{"xactslru xactbuffer clogcontrollock clog xactgroupupdate xactslrulock clogbuffers", "they look up whether transactions have committed",
		"End long transactions, and let vacuum freeze old rows. 17 can enlarge the cache (transaction_buffers)."},
	{"syncrep syncreplock", "they have committed and wait for a synchronous replica",
		"Look at pg_stat_replication on the primary for the replica of synchronous_standby_names: it is gone or slow. Commits go on without it after ALTER SYSTEM SET synchronous_standby_names = '' and SELECT pg_reload_conf(); until it is set again, the primary alone has them."},
	{"bufferpin", "another session keeps a page in use, such as an open cursor",
		"Look for old sessions that are idle in a transaction, and for open cursors."},
	{"clientwrite", "they have rows to send and the client does not take them",
		"Look at the application and the network: it reads results slowly. Fetch fewer rows, or with a cursor."},
	{"pgstatstatements", "they count their statements in pg_stat_statements",
		"Use parameters instead of literals, so that there are fewer different texts, or raise pg_stat_statements.max."},
}

// lockWaitsCounted are waits for locks where the input does not have the sessions.
var lockWaitsCounted = []waitEvent{
	{"transactionid tuple", "they wait for rows that another transaction has changed", findHolder},
	{"relation", "they wait for a table that another session has locked", findHolder},
	{"advisory", "they wait for an advisory lock of the application", findHolder},
	{"virtualxid", "they wait for the end of older transactions, as CREATE INDEX CONCURRENTLY does", findHolder},
	relationExtension,
}

const findHolder = "Find the session at the head of the queue before you end any: " + blockersQuery + "."

// inTurn are events of sessions that are not held up: between the processes of a parallel query,
// and in the loops of background processes. inTurnTypes are types that are so as a whole.
const (
	inTurn = "executegather messagequeuesend messagequeuereceive messagequeueinternal messagequeueputmessage parallelfinish parallelcreateindexscan parallelbitmapscan btreepage appendready bgworkershutdown bgworkerstartup hashbuildelect hashbuildhashinner hashbuildhashouter hashbuildallocate hashbatchelect hashbatchload hashbatchallocate " +
		"hashgrowbatcheselect hashgrowbatchesdecide hashgrowbatchesfinish hashgrowbatchesrepartition hashgrowbatchesreallocate hashgrowbucketselect hashgrowbucketsreallocate hashgrowbucketsreinsert clientread pgsleep vacuumdelay logicalsyncdata logicalapplysenddata libpqwalreceiverconnect libpqwalreceiverreceive walsenderwaitforwal walsendermain"
	inTurnTypes = "activity timeout client"
)

func oneOf(names, name string) bool { return slices.Contains(strings.Fields(names), name) }

// plainEvent returns the name of a wait event without marks and capitals: buffer_content and
// BufferContent are one.
func plainEvent(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == '_' || r == ':' || r == ' ' {
			return -1
		}
		return r
	}, name))
}

// waitOf returns what an event means: one of a table, another one with its own name, or nil if
// the session is not held up.
func waitOf(table []waitEvent, kind, event string) *waitEvent {
	name := plainEvent(event)
	for i := range table {
		if oneOf(table[i].events, name) {
			return &table[i]
		}
	}
	kind = strings.ToLower(kind)
	if kind == "lock" || oneOf(inTurn, name) || oneOf(inTurnTypes, kind) {
		return nil
	}
	return &waitEvent{events: name}
}

// held is how many sessions one cause holds up.
type held struct {
	wait     *waitEvent // without events and words for sessions that wait for nothing
	names    []string   // of its events, as the input has them
	sessions float64
	queries  map[string]float64 // by their texts without literals
	texts    map[string]redact.Text
}

// causes are what holds up the active sessions of an export, by the events of each.
type causes struct {
	by     map[string]*held
	active float64
	told   bool // the export has wait events
}

// add counts sessions that wait for an event of one of a table, or for nothing.
func (x *causes) add(table []waitEvent, kind, event string, n float64, query redact.Text) {
	x.active += n
	w := &waitEvent{}
	if event != "" {
		x.told = true
		if w = waitOf(table, kind, event); w == nil {
			return
		}
	}
	h := x.by[w.events]
	if h == nil {
		h = &held{wait: w, queries: map[string]float64{}, texts: map[string]redact.Text{}}
		x.by[w.events] = h
	}
	h.sessions += n
	if name := strings.TrimSpace(kind + " " + event); name != "" && !slices.Contains(h.names, name) {
		h.names = append(h.names, name)
	}
	if !query.Empty() {
		key := lex.Normalize(query.Raw())
		h.queries[key] += n
		h.texts[key] = query
	}
}

// addCounts counts what the input has only as counts. Without their states, those that wait for
// the client's next statement are idle, and those that wait for nothing are active, if such
// clients are among them: up to 9.6 idle sessions wait for nothing.
func (x *causes) addCounts(list []workload.WaitCount) {
	clients := slices.ContainsFunc(list, func(n workload.WaitCount) bool { return plainEvent(n.WaitEvent) == "clientread" })
	for _, n := range list {
		event := n.WaitEventType + n.WaitEvent
		active := n.State == "active" || n.State == "" && (event != "" || clients) && (!oneOf(inTurnTypes, strings.ToLower(n.WaitEventType)) || plainEvent(n.WaitEvent) == "clientwrite")
		if !active {
			continue
		}
		table := waits
		if strings.EqualFold(n.WaitEventType, "lock") {
			table = lockWaitsCounted
		}
		x.add(table, n.WaitEventType, n.WaitEvent, n.Sessions, redact.Text{})
	}
}

// mostWaits returns the finding on what most active sessions wait for.
func mostWaits(c *rule.Case) (rule.Found, bool) {
	x := causes{by: map[string]*held{}}
	for i := range c.Snapshot.Sessions {
		if s := &c.Snapshot.Sessions[i]; s.State == "active" && (s.BackendType == "" || s.BackendType == "client backend") {
			x.add(waits, s.WaitEventType, s.WaitEvent, 1, s.Query)
		}
	}
	if len(c.Snapshot.Sessions) == 0 {
		x.addCounts(c.Snapshot.WaitCounts)
	}
	most := &held{wait: &waitEvent{}}
	for _, events := range slices.Sorted(maps.Keys(x.by)) {
		if h := x.by[events]; h.sessions > most.sessions {
			most = h
		}
	}
	least := eventMany.In(c)
	if most.wait.events == "" {
		least = eventNone.In(c)
	}
	if !x.told || most.sessions < least || most.sessions < eventShare.In(c)*x.active {
		return rule.Found{}, false
	}
	return most.found(c, x.active), true
}

func (h *held) found(c *rule.Case, active float64) rule.Found {
	source := string(workload.ViewActivity)
	var e rule.Evidence
	e.Number("active sessions", opt.Of(active), "sessions", source)
	e.Number("of them waiting for it", opt.Of(h.sessions), "sessions", source)
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	if h.sessions >= eventHigh.In(c) {
		f.Severity = finding.High
	}
	of := fmt.Sprintf("%s of %s active sessions", figures.Count(h.sessions), figures.Count(active))
	if h.sessions == active {
		of = fmt.Sprintf("all %s active sessions", figures.Count(active))
	}
	names := figures.List(h.names)
	f.Fix = redact.Plain(cmp.Or(h.wait.fix, "The list of wait events in the documentation says what it is. Look at it again in a few seconds: one moment may be chance."))
	switch {
	case h.wait.events == "":
		f.Title = redact.Sprintf("%s wait for nothing: they run on the CPU", rule.Upper(of))
		f.Fix = redact.Plain("If the server has fewer cores than that, the sessions share them: find the statement that most of them run, and take its plan.")
	case h.wait.means == "":
		f.Title = redact.Sprintf("%s wait for %s", rule.Upper(of), names)
	default:
		f.Title = redact.Sprintf("%s wait for %s: %s", rule.Upper(of), names, h.wait.means)
	}
	for key, n := range h.queries {
		switch {
		case n == h.sessions:
			f.Detail = redact.Sprintf("All of them run one statement: %s.", h.texts[key])
		case n > h.sessions/2:
			f.Detail = redact.Sprintf("%s of them run one statement: %s.", figures.Count(n), h.texts[key])
		}
	}
	f.Evidence = e
	return f
}
