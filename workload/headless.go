package workload

import (
	"regexp"
	"strings"
)

// Rows without a header are known by their cells, if they are sessions or psql's lists of
// relations: a state of pg_stat_activity, or a kind of relation beside a size, is in no
// other row.

// Headless is what the cells of a row without a header are.
type Headless struct {
	Of     string            // what the row is of, as messages name it; empty if that is not known
	Values map[string]string // by the names of the columns; nil if the cells can be several things
	Rest   int               // the cells that are of any column: names, times
}

const (
	sessionRows  = "pg_stat_activity"
	relationRows = `psql's \dt+ or \di+`
)

// OfCells returns what the cells of a row without a header are.
func OfCells(cells []string) Headless {
	if h := relationCells(cells); h.Of != "" {
		return h
	}
	return sessionCells(cells)
}

// relationKinds are the kinds of relations that psql lists, in its words.
var relationKinds = map[string]bool{"table": true, "index": true, "partitioned table": true, "partitioned index": true, "materialized view": true, "foreign table": true,
	"view": true, "sequence": true, "toast table": true, "special": true}

// relationCells reads schema, name, kind and owner, the table of an index, the persistence
// and the access method, and a size, behind which a description can be.
func relationCells(cells []string) (h Headless) {
	const schema, name, kind, owner = 0, 1, 2, 3
	if len(cells) <= owner+1 || !relationKinds[strings.ToLower(cells[kind])] || cells[schema] == "" || cells[name] == "" {
		return h
	}
	size := 0
	for i := owner + 1; i < len(cells); i++ {
		if prettySize.MatchString(cells[i]) {
			size = i
		}
	}
	if size == 0 {
		return h
	}
	h.Of = relationRows
	values := map[string]string{"schema": cells[schema], "name": cells[name], "type": cells[kind], "size": cells[size]}
	between := cells[owner+1 : size]
	if strings.HasSuffix(strings.ToLower(cells[kind]), "index") {
		if len(between) == 0 || persistences[between[0]] != "" {
			return h
		}
		values["table"], between = between[0], between[1:]
	}
	switch {
	case len(between) > 0 && persistences[between[0]] == "", len(between) > 2:
		return h
	case len(between) > 0:
		values["persistence"] = between[0]
	}
	h.Values = values
	return h
}

// surePID is the number from which on a bare integer in front of a session's state is its
// process: so many sessions are in one state of no server.
const surePID = 1_000

var (
	pidCell      = regexp.MustCompile(`(?i)^(?:(?:backend |process )?(?:pid|id)|backend|process)\s*[:=#]?\s*(\d{1,7})$`)
	bareInt      = regexp.MustCompile(`^\d{1,7}$`)
	sessionsCell = regexp.MustCompile(`(?i)^\d+ (?:sessions?|connections?|backends?|x)$`)
	queryCell    = regexp.MustCompile(`(?i)^(?:(?:last |current )?(?:query|statement|sql)\s*[:=]\s*)(.*)$`)
	// lengthCell matches a length of time. A time of day alone has to be asked for, an age has not.
	lengthCell = regexp.MustCompile(`(?i)^-?(?:\d+ days? )?\d+:\d\d:\d\d(?:\.\d+)?$|^\d+(?:\.\d+)? ?(?:s|sec|secs|seconds|m|min|mins|minutes|h|hr|hrs|hours|d|days?)$`)
	// sessionCommand matches statements of a session that other texts do not begin with.
	sessionCommand = regexp.MustCompile(`^(?:LISTEN|UNLISTEN|DISCARD|SAVEPOINT|RELEASE|CLOSE|END)\b`)
	// waitCell matches wait events that nothing else is called, lockEvent those of Lock.
	waitCell  = regexp.MustCompile(`^(?:Client(?:Read|Write)|DataFile[A-Z]\w+|WAL[A-Z][a-z]\w+|Buff?er?(?:File|Content|IO|Pin|Mapping)\w*|LockManager|ProcArray\w*|SubtransSLRU|MultiXact\w+|SyncRep|PgSleep|transactionid|virtualxid)$`)
	lockEvent = regexp.MustCompile(`^(?:relation|extend|frozenid|page|tuple|transactionid|virtualxid|spectoken|object|userlock|advisory|applytransaction)$`)
	waitType  = regexp.MustCompile(`^(?:Activity|BufferPin|Client|Extension|IO|IPC|Lock|LWLock|Timeout)$`)
	eventName = regexp.MustCompile(`^[A-Z]\w+$`)
	// keyCell matches a cell that says itself which column it is: xact_age: 03:10:00. stateFor
	// and blockedCell match a state and the sessions in front of another one, with for how long.
	keyCell     = regexp.MustCompile(`(?i)^([a-z][a-z_ ]*?)\s*[:=]\s*(\S.*)$`)
	stateFor    = regexp.MustCompile(`(?i)^(active|idle in transaction(?: \(aborted\))?|idle)\s+for\s+(\S.*)$`)
	blockedCell = regexp.MustCompile(`(?i)^(?:is )?(?:blocked by|waits for|waiting for)\s+(?:pids?\s+)?(\d{1,7}(?:(?:\s*,\s*|\s+and\s+)\d{1,7})*)(?:,?\s+for\s+(\S.*))?$`)
	// pidLine matches a line that begins with a session's process.
	pidLine  = regexp.MustCompile(`(?i)^[\s>*•+-]*((?:backend |process )?pid\s*[:=#]?\s*\d{1,7})\s*(?:[(:|,–—-]\s*|\s)(.+?)\)?[.;]?\s*$`)
	cellEnds = regexp.MustCompile(`\s*[,;|]\s*`)
)

// cellKeys are the columns of sessions that people write in front of a value.
var cellKeys = map[string]string{"state": "state", "status": "state", "wait": "wait", "wait_event_type": "wait_event_type", "wait_event": "wait_event", "xact_age": "xact_age", "query_age": "query_age", "state_age": "state_age",
	"age": "age", "duration": "duration", "xact_start": "xact_start", "query_start": "query_start", "state_change": "state_change", "usename": "usename", "user": "usename", "application_name": "application_name",
	"application": "application_name", "app": "application_name", "datname": "datname", "database": "datname", "db": "datname", "client_addr": "client_addr", "client": "client_addr", "backend_xid": "backend_xid",
	"backend_xmin": "backend_xmin", "blocked_by": "blocked_by"}

// OfLine returns the session of a line that begins with its process: pid 52 (app, active for
// 00:40:00, blocked by 51).
func OfLine(line string) Headless {
	m := pidLine.FindStringSubmatch(line)
	if m == nil {
		return Headless{}
	}
	return sessionCells(append([]string{m[1]}, cellEnds.Split(m[2], -1)...))
}

// indexItem matches an index with its size and its scans in an item of a list or a line of
// prose, also with the table: app.orders::orders_note_idx: 812 MB, 77 scans, 90 tuples read.
var (
	indexItem = regexp.MustCompile("(?i)^[\\s>]*(?:(?:[-*+•]|\\d+[.)])\\s+)?[`*\"]*(?:([\\w$.]+)::)?([\\w$.]+)[`*\"]*\\s*(?:[:(|—–-]\\s*)+(\\d[\\d.,]* ?(?:bytes|[kmgt]i?b))\\s*[,;(|]\\s*(\\d[\\d.,]*)\\s*(?:index |idx_)?scans?\\b(?:[,;|]?\\s*(\\d[\\d.,]*) tuples read)?[\\s.)]*$")
	indexWord = regexp.MustCompile(`(?i)(?:^|_)(?:idx|index|ix|pkey|key|uniq)(?:_|\d*$)`)
)

const indexRows = "pg_stat_user_indexes"

// OfItem returns the index of such a line. Without its table, its name has to tell that it is
// one.
func OfItem(line string) Headless {
	m := indexItem.FindStringSubmatch(line)
	if m == nil || m[1] == "" && !indexWord.MatchString(m[2]) {
		return Headless{}
	}
	values := map[string]string{"indexrelname": m[2], "index_size": m[3], "idx_scan": m[4]}
	if m[1] != "" {
		values["relname"] = m[1]
	}
	if m[5] != "" {
		values["idx_tup_read"] = m[5]
	}
	return Headless{Of: indexRows, Values: values}
}

// QueryOf returns the statement of a line that holds that of the session above it; empty if it
// holds none.
func QueryOf(line string) string {
	if m := queryCell.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
		return m[1]
	}
	return ""
}

// sessionCells reads the cells that are known by themselves: state, process, wait event,
// statement and a length of time. What can be of several columns is not read.
func sessionCells(cells []string) (h Headless) {
	values, times := map[string]string{}, map[string]int{}
	put := func(column, value string) {
		values[column] = value
		times[column]++
	}
	var numbers []string // in front of the state
	for i := 0; i < len(cells); i++ {
		c := cells[i]
		state := stateOf(strings.ToLower(c))
		switch {
		case c == "":
		case sessionStates[state]:
			put("state", state)
		case stateFor.MatchString(c) && lengthCell.MatchString(stateFor.FindStringSubmatch(c)[2]):
			both := stateFor.FindStringSubmatch(c)
			put("state", strings.ToLower(both[1]))
			put("duration", both[2])
		case blockedCell.MatchString(c):
			both := blockedCell.FindStringSubmatch(c)
			put("blocked_by", "{"+strings.Join(digits.FindAllString(both[1], -1), ",")+"}")
			if both[2] != "" {
				put("duration", both[2])
			}
		case sessionsCell.MatchString(c):
			return h // how many they are
		case pidCell.MatchString(c):
			put("pid", pidCell.FindStringSubmatch(c)[1])
		case bareInt.MatchString(c):
			if times["state"] == 0 {
				numbers = append(numbers, c)
			}
			h.Rest++
		case waitPattern.MatchString(c) && !waitType.MatchString(c):
			both := waitPattern.FindStringSubmatch(c)
			put("wait_event_type", both[1])
			put("wait_event", both[2])
		case waitType.MatchString(c) && i+1 < len(cells) && (c == "Lock" && lockEvent.MatchString(cells[i+1]) || c != "Lock" && eventName.MatchString(cells[i+1])):
			put("wait_event_type", c)
			put("wait_event", cells[i+1])
			i++
		case waitCell.MatchString(c):
			put("wait_event", c)
		case lengthCell.MatchString(c):
			put("duration", c)
		case IsStatement(c), sessionCommand.MatchString(c):
			put("query", c)
		case queryCell.MatchString(c):
			put("query", queryCell.FindStringSubmatch(c)[1])
		case keyCell.MatchString(c) && cellKeys[keyOf(c)] != "":
			put(cellKeys[keyOf(c)], keyCell.FindStringSubmatch(c)[2])
		default:
			h.Rest++
		}
	}
	switch {
	case times["state"] > 1, times["wait_event"] > 1:
		return Headless{}
	case times["pid"] == 1 && times["blocked_by"] == 1: // with or without a state
	case times["state"] == 0:
		return Headless{}
	case times["pid"]+times["wait_event"]+times["query"]+times["duration"]+len(numbers) == 0:
		return Headless{} // words about a state
	case !strings.HasPrefix(values["state"], "idle in transaction") && times["wait_event"] == 0 && (times["query"] == 0 || len(numbers)+times["pid"] == 0):
		return Headless{} // of anything that is active or idle
	}
	h.Of = sessionRows
	put("state", values["state"]) // what tells that they are sessions
	for _, column := range [...]string{"duration", "query"} {
		if times[column] > 1 { // of the transaction or of the statement, of this session or of another
			h.Rest += times[column]
			delete(values, column)
		}
	}
	if len(numbers) == 1 && times["pid"] == 0 && (atLeast(numbers[0], surePID) || times["duration"] > 0) {
		put("pid", numbers[0])
		h.Rest--
	}
	if times["pid"] == 1 || times["pid"] == 0 && len(numbers) == 0 && values["duration"] != "" && values["query"] != "" {
		h.Values = values
	}
	return h
}

var digits = regexp.MustCompile(`\d+`)

// keyOf returns the name in front of a cell's value.
func keyOf(cell string) string {
	return strings.ReplaceAll(strings.ToLower(keyCell.FindStringSubmatch(cell)[1]), " ", "_")
}

// atLeast reports whether a text of digits is a number of at least n.
func atLeast(digits string, n float64) bool { return float(digits) >= n }

// process title of a session, as ps shows it: the cluster's name, user, database, client, and
// the state or the command, behind which the server says that it waits for a lock.
var processTitle = regexp.MustCompile(`^(.*?)\bpostgres: (?:[\w/.-]+: )?(\S+) (\S+) (?:\[local\]|[\w.:-]+\(\d+\)) (idle(?: in transaction(?: \(aborted\))?)?|[A-Z][A-Z ]*?)( waiting)?\s*$`)

// OfProcess returns the session that a line of ps shows.
func OfProcess(line string) Headless {
	m := processTitle.FindStringSubmatch(line)
	if m == nil {
		return Headless{}
	}
	state := m[4]
	if state == strings.ToUpper(state) { // a command
		state = "active"
	}
	values := map[string]string{"usename": m[2], "datname": m[3], "state": state}
	if m[5] != "" {
		values["waiting"] = "t"
	}
	if pid := listedPID(strings.Fields(m[1])); pid != "" {
		values["pid"] = pid
	}
	return Headless{Of: sessionRows, Values: values}
}

// listedPID returns the process id among what ps prints before the title: the first number,
// or the one behind the user; empty if it may be another one's.
func listedPID(before []string) string {
	number := func(i int) bool { return i < len(before) && bareInt.MatchString(before[i]) }
	switch {
	case number(0) && !number(1):
		return before[0]
	case !number(0) && number(1):
		return before[1]
	}
	return ""
}
