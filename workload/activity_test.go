package workload

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// snapshotOf reads exports into one snapshot.
func snapshotOf(t *testing.T, files ...string) *Snapshot {
	t.Helper()
	s := new(Snapshot)
	for i, text := range files {
		part := new(Snapshot)
		if _, err := part.Read(fmt.Sprintf("%d.csv", i), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		s.Fill(part)
	}
	return s
}

// Who waits for whom follows from the locks where the server was not asked.
func TestBlockersByLocks(t *testing.T) {
	const locks = "pid,locktype,relation,transactionid,page,tuple,virtualxid,classid,objid,objsubid,mode,granted,waitstart\n"
	for _, c := range []struct {
		name, rows string
		want       map[string][]string
	}{
		{"a table, and the queue behind one that wants it alone", `1,relation,t,,,,,,,,RowExclusiveLock,t,
2,relation,t,,,,,,,,AccessExclusiveLock,f,
3,relation,t,,,,,,,,AccessShareLock,t,
4,relation,u,,,,,,,,AccessExclusiveLock,t,
5,relation,t,,,,,,,,RowExclusiveLock,f,`, map[string][]string{"2": {"1", "3"}, "5": {"2"}}},
		{"who began to wait later is not ahead", `1,relation,t,,,,,,,,AccessShareLock,t,
2,relation,t,,,,,,,,AccessExclusiveLock,f,2026-11-01 09:00:00+00
3,relation,t,,,,,,,,AccessShareLock,f,2026-11-01 09:01:00+00
4,relation,t,,,,,,,,AccessExclusiveLock,f,2026-11-01 09:02:00+00`, map[string][]string{"2": {"1"}, "3": {"2"}, "4": {"1"}}},
		{"a transaction", `1,transactionid,,77,,,,,,,ExclusiveLock,t,
6,transactionid,,77,,,,,,,ShareLock,f,
7,transactionid,,78,,,,,,,ShareLock,f,`, map[string][]string{"6": {"1"}}},
		{"a row: its page and its place tell which", `1,tuple,t,,4,1,,,,,ExclusiveLock,t,
2,tuple,t,,4,1,,,,,ExclusiveLock,f,
3,tuple,t,,4,2,,,,,ExclusiveLock,f,`, map[string][]string{"2": {"1"}}},
		{"rows whose place was not exported", `1,tuple,t,,,,,,,,ExclusiveLock,t,
2,tuple,t,,,,,,,,ExclusiveLock,f,`, map[string][]string{}},
		{"an advisory lock by its key", `1,advisory,,,,,,0,42,1,ExclusiveLock,t,
2,advisory,,,,,,0,43,1,ExclusiveLock,t,
3,advisory,,,,,,0,42,1,ShareLock,f,`, map[string][]string{"3": {"1"}}},
		{"CREATE INDEX CONCURRENTLY behind an older transaction", `1,virtualxid,,,,,4/12,,,,ExclusiveLock,t,
2,virtualxid,,,,,4/12,,,,ShareLock,f,`, map[string][]string{"2": {"1"}}},
		{"a prepared transaction has no process", `,relation,t,,,,,,,,RowExclusiveLock,t,
2,relation,t,,,,,,,,ShareLock,f,`, map[string][]string{"2": {PreparedPID}}},
	} {
		if diff := cmp.Diff(c.want, snapshotOf(t, locks+c.rows+"\n").Blockers()); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// Sessions tell what the locks leave open: what the server said of a process
// comes first, whose transaction an id is, which workers belong together.
func TestBlockersBySessions(t *testing.T) {
	const locks = "pid,locktype,relation,transactionid,mode,granted\n"
	for _, c := range []struct {
		name  string
		files []string
		want  map[string][]string
	}{
		{"what the server said", []string{"pid,state,query,query_start,pg_blocking_pids\n9,active,,,{8}\n6,active,,,{}\n", locks + "6,relation,t,,ShareLock,f\n7,relation,t,,RowExclusiveLock,t\n"},
			map[string][]string{"9": {"8"}}},
		{"the transaction is a session's", []string{"pid,state,query_start,backend_xid,backend_xmin\n4,idle in transaction,,501,\n5,active,,502,501\n", locks + "5,transactionid,,501,ShareLock,f\n"},
			map[string][]string{"5": {"4"}}},
		{"the transaction is a prepared one", []string{"transaction,gid,prepared,owner,database\n501,x,2026-11-01 09:00:00+00,app,app\n", locks + "5,transactionid,,501,ShareLock,f\n"},
			map[string][]string{"5": {PreparedPID}}},
		{"a worker waits for its leader", []string{"pid,leader_pid,state,query_start,wait_event\n4,,active,,\n5,4,active,,relation\n6,,active,,\n",
			locks + "4,relation,t,,AccessShareLock,t\n6,relation,t,,AccessExclusiveLock,t\n5,relation,t,,AccessShareLock,f\n"}, map[string][]string{"4": {"6"}}},
		{"the two views joined", []string{"pid,state,query,query_start,mode,granted,relation\n1,idle in transaction,,,AccessShareLock,t,orders\n2,active,,,AccessExclusiveLock,f,orders\n"},
			map[string][]string{"2": {"1"}}},
		{"a list of who blocks whom, one of them twice", []string{"blocked_pid,blocked_user,blocking_pid,blocking_user,blocked_statement,current_statement_in_blocking_process\n3,a,2,b,UPDATE t,LOCK t\n3,a,1,b,UPDATE t,SELECT\n"},
			map[string][]string{"3": {"2", "1"}}},
		{"in groups of three digits", []string{"blocked_pid,blocking_pid,blocked_statement\n\"26,513\",\"26,498\",UPDATE t\n"}, map[string][]string{"26513": {"26498"}}},
		{"in groups with points", []string{"blocked_pid,blocking_pid,blocked_statement\n26.513,26.498,UPDATE t\n"}, map[string][]string{"26513": {"26498"}}},
		{"in groups, and an array", []string{"pid,state,query_start,blocked_by\n\"26,513\",active,,\"{498,512}\"\n"}, map[string][]string{"26513": {"498", "512"}}},
		{"a list or one in groups", []string{"pid,state,query_start,blocked_by\n7,active,,\"498,512\"\n"}, map[string][]string{}},
		{"under a name of any language", []string{"pid,state,wait_event,bi_chan_boi,q\n4,idle in transaction,ClientRead,{},SELECT 1\n6,active,relation,{4},ALTER TABLE t ADD a int\n5,active,relation,{6},SELECT 2\n"},
			map[string][]string{"6": {"4"}, "5": {"6"}}},
		{"without braces", []string{"pid,state,wait_event,wartet_auf\n4,idle in transaction,ClientRead,\n6,active,relation,4\n"}, map[string][]string{"6": {"4"}}},
		{"a number of something else", []string{"pid,state,wait_event,rows_seen\n4,idle in transaction,ClientRead,12\n6,active,relation,4\n"}, map[string][]string{}},
	} {
		if diff := cmp.Diff(c.want, snapshotOf(t, c.files...).Blockers()); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// Process ids are printed in many formats. An empty list is an answer as well.
func TestBlockingPIDs(t *testing.T) {
	for text, want := range map[string][]string{
		`"{123,456}"`: {"123", "456"}, `"123, 456"`: {"123", "456"}, `"[123, 456]"`: {"123", "456"}, "123": {"123"}, "{}": {}, "": {}, `"{7,7,0}"`: {"7", "0"},
	} {
		s := snapshotOf(t, "pid,state,query_start,blocked_by\n1,active,,"+text+"\n")
		if diff := cmp.Diff(want, s.Sessions[0].BlockedBy); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
	if s := snapshotOf(t, "pid,state,query_start\n1,active,\n"); s.Sessions[0].BlockedBy != nil {
		t.Error("not asked is not the same as none")
	}
}

// The last of several looks at a session counts, and of a process that is no
// number nothing is taken over.
func TestSessionRows(t *testing.T) {
	s := snapshotOf(t, "now,pid,state,query_start,wait_event_type\n2026-11-01 09:00:00+00,1,active,,Lock\n2026-11-01 09:00:00+00,2,active,,Lock\n2026-11-01 09:00:05+00,1,idle,,\n2026-11-01 09:00:05+00,1; DROP TABLE t,idle,,\n")
	if len(s.Sessions) != 1 || s.Sessions[0].State != "idle" || s.Sessions[0].WaitEventType != "" {
		t.Errorf("%+v", s.Sessions)
	}
}

// What a role may not see is told from what was not exported, and from the
// server's own processes, which have no state.
func TestHiddenSessions(t *testing.T) {
	s := snapshotOf(t, "pid,usename,state,backend_type,query,xact_start\n1,app,,,<insufficient privilege>,\n2,app,,,,\n3,postgres,,logical replication launcher,,\n4,app,idle,client backend,SELECT 1,\n",
		"pid,usename,query,query_start\n5,app,autovacuum: VACUUM ANALYZE public.orders,\n6,app,<insufficient privilege>,\n")
	got := map[string]bool{}
	for _, x := range s.Sessions {
		got[x.PID] = x.Hidden
	}
	if diff := cmp.Diff(map[string]bool{"1": true, "2": true, "3": false, "4": false, "5": false, "6": true}, got); diff != "" {
		t.Error(diff)
	}
	if s.Session("5").BackendType != "autovacuum worker" {
		t.Error("autovacuum is known by its text")
	}
}

// An age is exact where a column tells when it was looked at, and otherwise at
// least the time up to the newest in the file.
func TestSinceMs(t *testing.T) {
	for text, want := range map[string]string{
		"pid,state,xact_start,query_start\n1,active,2026-11-01 09:00:00+00,2026-11-01 09:00:00+00\n2,idle,,2026-11-01 09:30:00+00\n":       "1800000 true",
		"now,pid,state,xact_start\n2026-11-01 10:00:00+00,1,active,2026-11-01 09:00:00+00\n":                                               "3600000 false",
		"pid,state,xact_start,locktype,mode,granted,waitstart\n1,active,2026-11-01 09:00:00+00,tuple,ShareLock,f,2026-11-01 09:00:01+00\n": "1000 true",
		"pid,state,xact_start,state_change\n1,active,2026-11-01 09:00:00+00,2026-11-01 09:45:00+00\n":                                      "2700000 true",
	} {
		s := snapshotOf(t, text)
		ms, atLeast := s.SinceMs(s.Sessions[0].XactStart)
		if got := fmt.Sprintf("%.0f %v", ms.Or(-1), atLeast); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Intervals in the styles of the server: postgres, postgres_verbose, iso_8601,
// sql_standard's time of day; a number alone has no unit.
func TestIntervals(t *testing.T) {
	for text, want := range map[string]float64{
		"00:42:11.12": 2_531_120, "1 day 02:00:00": 93_600_000, "2 days": 172_800_000, "-00:00:01": -1000, "@ 42 mins 11.12 secs": 2_531_120,
		"PT42M11.12S": 2_531_120, "P1DT2H": 93_600_000, "1 mon 1 day": 31 * 86_400_000, "90 ms": 90, "3h 5m": 11_100_000,
	} {
		if got, ok := intervalMs(text); !ok || got != want {
			t.Errorf("%s: %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "42", "42.5", "never", "12 parsecs", "2026-11-01 09:00:00"} {
		if got, ok := intervalMs(text); ok {
			t.Errorf("%q is no interval: %v", text, got)
		}
	}
}

// States are read as people and displays write them. Others are not taken for known ones.
func TestStates(t *testing.T) {
	for said, want := range map[string]string{
		"idletx": "idle in transaction", "idle in txn": "idle in transaction", "idle_in_trans": "idle in transaction", "idle in": "idle in transaction", "idle in tra…": "idle in transaction",
		"Idle In Transaction (aborted)": "idle in transaction (aborted)", "ACTIVE": "active", "idle": "idle", "idle ": "idle ", "running": "running", "idler": "idler",
	} {
		if got := stateOf(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// The time of a result of its own is that of the sessions beside it, unless they are newer.
func TestSessionsAtClock(t *testing.T) {
	const sessions = "pid,state,xact_start,query\n7,idle in transaction,2026-11-08 09:00:00+00,SELECT 1\n"
	for clock, want := range map[string]float64{"2026-11-08 12:00:00+00": 10_800_000, "2026-11-08 08:00:00+00": 0} {
		s := snapshotOf(t, sessions, " now\n-----\n "+clock+"\n")
		ms, atLeast := s.SinceMs(s.Sessions[0].XactStart)
		if ms.Or(-1) != want || atLeast != (want == 0) {
			t.Errorf("%s: %v, at least: %v", clock, ms, atLeast)
		}
	}
}
