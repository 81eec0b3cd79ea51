package workload

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readLog(texts ...string) *Log {
	r := NewLogReader()
	for _, text := range texts {
		_, _ = r.Write([]byte(text))
		r.EndFile()
	}
	return r.Log()
}

// shown are the statements of a log as a test compares them.
func shown(l *Log) []string {
	var list []string
	for _, st := range l.Statements() {
		list = append(list, fmt.Sprintf("%s: %v calls, %v ms, %v to %v, planning %v, temp %v", strings.Join(strings.Fields(st.Query.String()), " "),
			st.Calls.Or(-1), st.TotalMs.Or(-1), st.MinMs.Or(-1), st.MaxMs.Or(-1), st.PlanTotalMs.Or(-1), st.TempWritten.Or(-1)))
	}
	return list
}

// at puts a prefix before messages: the second and the process.
func at(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		var second, pid int
		var rest string
		_, _ = fmt.Sscanf(l, "%d %d", &second, &pid)
		_, rest, _ = strings.Cut(l, " ")
		_, rest, _ = strings.Cut(rest, " ")
		fmt.Fprintf(&b, "2026-11-01 20:17:%02d UTC [%d] %s\n", second, pid, rest)
	}
	return b.String()
}

func TestLogStatements(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"one statement with different literals, in both protocols": {at(
			"1 7 LOG:  duration: 10.5 ms  statement: SELECT * FROM t WHERE id = 5",
			"2 8 LOG:  duration: 20 ms  execute <unnamed>: select *\n\t  from t where id = $1",
			"2 8 DETAIL:  parameters: $1 = 'secret'",
		), []string{"SELECT * FROM t WHERE id = ?: 2 calls, 30.5 ms, 10.5 to 20, planning -1, temp -1"}},
		"parse and bind are planning, a fetch is no call": {at(
			"1 7 LOG:  duration: 1 ms  parse s1: SELECT a FROM t", "1 7 LOG:  duration: 2 ms  bind s1/c1: SELECT a FROM t",
			"1 7 LOG:  duration: 30 ms  execute s1/c1: SELECT a FROM t", "1 7 LOG:  duration: 40 ms  execute fetch from s1/c1: SELECT a FROM t",
		), []string{"SELECT a FROM t: 1 calls, 70 ms, 30 to 40, planning 3, temp -1"}},
		"a duration after its statement, of two sessions": {at(
			"1 7 LOG:  statement: SELECT 1 FROM a", "1 8 LOG:  statement: SELECT 1 FROM b", "2 7 LOG:  duration: 3 ms", "2 8 LOG:  duration: 4 ms", "3 8 LOG:  duration: 5 ms",
		), []string{"SELECT ? FROM b: 1 calls, 4 ms, 4 to 4, planning -1, temp -1", "SELECT ? FROM a: 1 calls, 3 ms, 3 to 3, planning -1, temp -1"}},
		"statements without durations": {at(
			"1 7 LOG:  statement: SELECT 1 FROM a", "1 8 LOG:  execute s: SELECT 2 FROM a", "2 7 LOG:  statement: SELECT 1 FROM b",
		), []string{"SELECT ? FROM a: 2 calls, -1 ms, -1 to -1, planning -1, temp -1", "SELECT ? FROM b: 1 calls, -1 ms, -1 to -1, planning -1, temp -1"}},
		"EXECUTE is the statement that was prepared": {at(
			"1 7 LOG:  duration: 3 ms  statement: EXECUTE q (7);", "1 7 DETAIL:  prepare: PREPARE q (int) AS SELECT * FROM t WHERE id = $1;",
		), []string{"SELECT * FROM t WHERE id = $1;: 1 calls, 3 ms, 3 to 3, planning -1, temp -1"}},
		"temporary files belong to the execution that ends after them": {at(
			"1 7 LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp7.0\", size 8192", "1 7 STATEMENT:  SELECT a FROM t ORDER BY b",
			"1 7 LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp7.1\", size 16384", "1 7 STATEMENT:  SELECT a FROM t ORDER BY b",
			"1 7 LOG:  duration: 30 ms  statement: SELECT a FROM t ORDER BY b",
			"1 7 LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp7.2\", size 16384", "1 7 STATEMENT:  SELECT a FROM u ORDER BY b",
			"1 7 LOG:  duration: 31 ms  statement: SELECT a FROM v ORDER BY b",
		), []string{"SELECT a FROM v ORDER BY b: 1 calls, 31 ms, 31 to 31, planning -1, temp -1", "SELECT a FROM t ORDER BY b: 1 calls, 30 ms, 30 to 30, planning -1, temp 3"}},
		"a plan is no statement, and nonsense is no duration": {at(
			"1 7 LOG:  duration: 30 ms  plan:\n\tQuery Text: SELECT 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)", "1 7 LOG:  duration: NaN ms  statement: SELECT 1", "1 7 LOG:  duration: -1 ms  statement: SELECT 1",
		), nil},
	} {
		if diff := cmp.Diff(c.want, shown(readLog(c.text))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestLogEvents(t *testing.T) {
	l := readLog(at(
		"1 7 LOG:  process 7 still waiting for ShareLock on transaction 742 after 1000.1 ms", "1 7 DETAIL:  Process holding the lock: 9. Wait queue: 7.",
		"1 7 CONTEXT:  while updating tuple (0,1) in relation \"parcels\"", "1 7 STATEMENT:  UPDATE parcels SET a = 1 WHERE id = 5",
		"3 7 LOG:  process 7 acquired ShareLock on transaction 742 after 3000 ms",
		"3 7 CONTEXT:  while updating tuple (0,1) in relation \"parcels\"", "3 7 STATEMENT:  UPDATE parcels SET a = 2 WHERE id = 6",
		"3 6 LOG:  process 6 still waiting for ExclusiveLock on tuple (0,1) of relation 5 of database 1 after 1000 ms", "3 6 LOG:  process 6 still waiting for ExclusiveLock on tuple (0,2) of relation 5 of database 1 after 1001 ms",
		"4 8 LOG:  process 8 still waiting for AccessShareLock on relation 16385 of database 5 after 1000 ms", "4 8 STATEMENT:  SELECT 1",
		"5 9 ERROR:  deadlock detected", "5 9 DETAIL:  Process 9 waits for ShareLock on transaction 1; blocked by process 8.\n\tProcess 8 waits for ShareLock on transaction 2; blocked by process 9.\n\tProcess 9: UPDATE t SET a = 'x'\n\tProcess 8: UPDATE u SET a = 'y'",
		"6 1 LOG:  checkpoint starting: wal", "7 1 LOG:  checkpoint starting: time", "8 1 LOG:  checkpoint starting: immediate force wait", "8 1 LOG:  checkpoint starting: xlog",
		"9 1 LOG:  checkpoints are occurring too frequently (9 seconds apart)",
		"10 2 LOG:  automatic vacuum of table \"shop.public.t\": index scans: 1\n\ttuples: 5 removed, 7 remain, 3 are dead but not yet removable\n\tsystem usage: CPU: user: 0.1 s, system: 0.0 s, elapsed: 2.50 s",
		"10 2 LOG:  automatic analyze of table \"shop.public.t\" system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.5 s",
		"11 3 ERROR:  canceling statement due to statement timeout", "11 3 STATEMENT:  SELECT 1", "12 3 FATAL:  sorry, too many clients already", "13 3 FATAL:  password authentication failed for user \"x\"",
		"14 3 LOG:  duration: 7 ms",
	), at("59 3 LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp7.0\", size 100"))
	from, _ := l.From.Get()
	to, _ := l.To.Get()
	if from.Second() != 1 || to.Second() != 59 || l.TempFiles != 1 || l.TempBytes != 100 || l.Bare != 1 || l.BareMs != 7 || l.Deadlocks != 1 || l.TooFrequent != 1 {
		t.Errorf("%+v", l)
	}
	if diff := cmp.Diff(map[string]int{"wal": 2, "time": 1, "a command": 1}, l.Checkpoints); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"statement timeout": 1}, l.Canceled); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"too many clients": 1, "authentication failed": 1}, l.Refused); diff != "" {
		t.Error(diff)
	}
	if len(l.Vacuums) != 1 || *l.Vacuums[0] != (LogVacuum{Table: "shop.public.t", Vacuums: LogRuns{1, 2.5, 2.5}, Analyzes: LogRuns{1, 0.5, 0.5}, Passes: 1, PassesSeconds: 2.5, NotYetRemovable: 3, Left: 7, NotYetRemovableLast: 3}) {
		t.Errorf("%+v", l.Vacuums)
	}
	if len(l.Waits) != 3 || l.Waits[0].Lock != "ShareLock on transaction" || l.Waits[0].Relation != "parcels" || l.Waits[0].Count != 1 || l.Waits[0].Ms != 3000 || l.Waits[0].Unfinished != 0 ||
		l.Waits[1].Lock != "ExclusiveLock on row of relation" || l.Waits[1].Relation != "5" || l.Waits[1].Count != 2 || l.Waits[1].Ms != 2001 || l.Waits[2].Lock != "AccessShareLock on relation" || l.Waits[2].Relation != "16385" || l.Waits[2].Ms != 1000 || l.Waits[2].Unfinished != 1 {
		t.Errorf("%+v %+v", l.Waits[0], l.Waits[1])
	}
	if len(l.Deadlock) != 2 || l.Deadlock[0].String() != "UPDATE t SET a = '?'" || l.Deadlock[1].String() != "UPDATE u SET a = '?'" {
		t.Errorf("%v", l.Deadlock)
	}
}

// A server can write each message into several logs. What both have counts once.
func TestLogTwice(t *testing.T) {
	stderr := at("1 7 LOG:  duration: 10.5 ms  statement: SELECT 1", "9 7 LOG:  duration: 11.5 ms  statement: SELECT 1")
	csv := "2026-11-01 20:17:01.300 UTC,\"u\",\"d\",7,\"[local]\",1.7,1,\"SELECT\",2026-11-01 20:00:00 UTC,1/1,0,LOG,00000,\"duration: 10.5 ms  statement: SELECT 1\",,,,,,,,,\"\",\"client backend\",,0\n"
	csv += strings.ReplaceAll(csv, "20:17:01", "20:17:09") + strings.ReplaceAll(csv, "20:17:01", "20:19:00")
	r := NewLogReader()
	for i, text := range []string{stderr, csv} {
		_, _ = r.Write([]byte(text))
		want := []LogFile{{Entries: 2, Format: "stderr"}, {Entries: 1, Again: 2, Format: "csvlog"}}[i]
		if got := r.EndFile(); got != want {
			t.Errorf("%+v", got)
		}
	}
	if n := r.Log().Executions; n != 3 {
		t.Errorf("%d executions", n)
	}
}

// The statements that are kept are bounded, and the time of the others is known.
// What people copy out of a log: without what the server puts before a message, without the
// message of a deadlock, or only some messages.
func TestPartsOfALog(t *testing.T) {
	const vacuum = "LOG:  automatic vacuum of table \"shop.public.orders\": index scans: 1\n\tpages: 0 removed, 9 remain\n\ttuples: 1 removed, 2 remain, 797 are dead but not yet removable\n\tsystem usage: CPU 0.5s/0.2u sec elapsed 1.5 sec\n"
	for text, want := range map[string]string{
		vacuum: "vacuums 1 kept 797 in 1.5",
		"Before:\n" + vacuum + "\nAfter:\n" + strings.ReplaceAll(vacuum, "\t", "        "):                                                                                                        "vacuums 2 kept 797 in 3",
		"NOTICE:  automatic vacuum of table \"a.b.c\"\n":                                                                                                                                          "",
		at("1 7 DETAIL:  Process 7 waits for ShareLock on transaction 3; blocked by process 8.", "1 7 HINT:  See server log."):                                                                    "deadlocks 1",
		"db-1  | " + at("1 7 DETAIL:  Process 7 waits for ShareLock on transaction 3; blocked by process 8.\ndb-1  |    Process 7: UPDATE a SET b = 1\ndb-1  |    Process 8: UPDATE a SET b = 2"): "deadlocks 1 UPDATE a SET b = ?|UPDATE a SET b = ?",
		at("1 7 ERROR:  deadlock detected", "1 7 DETAIL:  Process 7 waits for ShareLock on relation 3; blocked by process 8.\n        Process 7: SELECT f()\n        Process 8:\n        INSERT INTO t\n        VALUES (1)\n", "1 7 STATEMENT:  SELECT f()"): "deadlocks 1 SELECT f()|INSERT INTO t         VALUES (?)",
		at("1 7 DETAIL:  Process holding the lock: 8. Wait queue: 7."):                                                                          "",
		at("1 7 LOG:  skipping vacuum of \"orders\" --- lock not available", "2 8 LOG:  skipping analyze of \"orders\" --- lock not available"): "skipped map[orders:2]",
		at("1 7 LOG:  skipping vacuum of \"orders\" --- relation no longer exists"):                                                             "",
		at("1 7 LOG:  checkpoint complete: wrote 51 buffers (0.3%)", "9 7 LOG:  checkpoint complete: wrote 5 buffers (0.1%)"):                   "completed 2",
		at("1 7 LOG:  checkpoint complete: wrote 51 buffers (0.3%); 0 WAL file(s) added, 0 removed, 1 recycled; write=4.5 s, sync=3.25 s, total=8 s; sync files=9, longest=3 s, average=0.4 s; distance=1 kB, estimate=1 kB",
			"9 7 LOG:  restartpoint complete: wrote 5 buffers (0.1%); write=1.000 s, sync=0.5 s, total=1.6 s; sync files=3, longest=0.500 s"): "completed 2 synced 2 in 3750, slowest {3250 3000 8000}",
	} {
		l := readLog(text)
		var got []string
		for _, v := range l.Vacuums {
			got = append(got, fmt.Sprintf("vacuums %d kept %.0f in %g", v.Vacuums.Count, v.NotYetRemovable, v.Vacuums.Seconds))
		}
		if l.Deadlocks > 0 {
			var of []string
			for _, d := range l.Deadlock {
				of = append(of, d.String())
			}
			got = append(got, strings.TrimSpace(fmt.Sprint("deadlocks ", l.Deadlocks, " ", strings.Join(of, "|"))))
		}
		if len(l.Skipped) > 0 {
			got = append(got, fmt.Sprint("skipped ", l.Skipped))
		}
		if l.Completed > 0 {
			got = append(got, fmt.Sprint("completed ", l.Completed))
		}
		if l.Synced > 0 {
			got = append(got, fmt.Sprintf("synced %d in %g, slowest %v", l.Synced, l.SyncMs, l.Slowest))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s\ngot  %q\nwant %s", text, got, want)
		}
	}
}

func TestLogBounds(t *testing.T) {
	var b strings.Builder
	for i := range 5 * keptStatements {
		fmt.Fprintf(&b, "2026-11-01 20:17:33 UTC [%d] LOG:  duration: %d ms  statement: SELECT * FROM t%d\n", i, 1+i%7, i)
	}
	l := readLog(b.String())
	n, ms := 0, 0.0
	for _, st := range l.Statements() {
		n, ms = n+int(st.Calls.Or(0)), ms+st.TotalMs.Or(0)
	}
	want := 0.0
	for i := range 5 * keptStatements {
		want += float64(1 + i%7)
	}
	if len(l.Statements()) > 2*keptStatements || n+l.Dropped != l.Executions || l.Executions != 5*keptStatements || ms+l.DroppedMs != want {
		t.Errorf("%d statements, %d executions, %d dropped of %d", len(l.Statements()), n, l.Dropped, l.Executions)
	}
}

// Statements of a log are those of the snapshot only if pg_stat_statements is not there.
func TestTakeLog(t *testing.T) {
	l := readLog(at("1 7 LOG:  duration: 10.5 ms  statement: SELECT * FROM t WHERE id = 5"))
	s := new(Snapshot)
	s.TakeLog(l)
	if len(s.Statements) != 1 || !s.Logged() || s.Has(ViewStatements) {
		t.Errorf("%d statements", len(s.Statements))
	}
	s = new(Snapshot)
	if _, err := s.Read("x", strings.NewReader("query,calls,total_exec_time\nSELECT 1,2,3\n")); err != nil {
		t.Fatal(err)
	}
	s.TakeLog(l)
	if len(s.Statements) != 1 || s.Logged() || s.Statements[0].Calls.Or(0) != 2 {
		t.Errorf("%d statements", len(s.Statements))
	}
}

// The end of a wait may be logged without the statement that waits.
func TestWaitWithoutStatement(t *testing.T) {
	l := readLog(at(
		"3 7 LOG:  process 7 still waiting for ShareLock on transaction 742 after 1000.1 ms", "3 7 STATEMENT:  UPDATE parcels SET a = 1 WHERE id = 5",
		"9 7 LOG:  process 7 acquired ShareLock on transaction 742 after 7000 ms",
	))
	if len(l.Waits) != 1 || l.Waits[0].Count != 1 || l.Waits[0].Ms != 7000 || l.Waits[0].Query.Empty() {
		t.Errorf("%+v", l.Waits)
	}
}

// Who waits is not who holds the lock: a holder that waits itself leads to the one at the head.
func TestHoldersThatWait(t *testing.T) {
	l := readLog(at(
		"3 7 LOG:  process 7 still waiting for ShareLock on transaction 742 after 1000.1 ms", "3 7 DETAIL:  Process holding the lock: 5. Wait queue: 7.",
		"4 8 LOG:  process 8 still waiting for ExclusiveLock on tuple (3,1) of relation 5120 of database 1 after 1000.1 ms", "4 8 DETAIL:  Process holding the lock: 7. Wait queue: 8.",
		"5 9 LOG:  process 9 still waiting for ExclusiveLock on tuple (3,1) of relation 5120 of database 1 after 1000.1 ms", "5 9 DETAIL:  Processes holding the lock: 8, 4. Wait queue: 9.",
	))
	for _, w := range l.Waits {
		if want := map[string]string{"ShareLock on transaction": "5", "ExclusiveLock on row of relation": "5, 4"}[w.Lock]; w.Holders != want {
			t.Errorf("%s: held by %q, not %q", w.Lock, w.Holders, want)
		}
	}
	if len(l.Waits) != 2 {
		t.Errorf("%+v", l.Waits)
	}
}

// Lines of one wait are of it, although a copy has joined other text to the statement of one.
func TestOneWait(t *testing.T) {
	const wait = "3 7 LOG:  process 7 still waiting for ShareLock on transaction 742 after 1000.1 ms"
	for name, text := range map[string]string{
		"a blank line and prose": at(wait, "3 7 STATEMENT:  UPDATE parcels SET a = 1;", "9 7 LOG:  process 7 acquired ShareLock on transaction 742 after 7000 ms", "9 7 STATEMENT:  UPDATE parcels SET a = 1;") + "\nand so on\n",
		"a fence":                at(wait, "3 7 STATEMENT:  UPDATE parcels SET a = 1", "9 7 LOG:  process 7 acquired ShareLock on transaction 742 after 7000 ms", "9 7 STATEMENT:  UPDATE parcels SET a = 1") + " ```\nand so on\n",
		"a text that is cut":     at(wait, "3 7 STATEMENT:  UPDATE parcels SET a = 1", "9 7 LOG:  process 7 acquired ShareLock on transaction 742 after 7000 ms", "9 7 STATEMENT:  UPDATE par"),
	} {
		l := readLog(text)
		if len(l.Waits) != 1 || l.Waits[0].Count != 1 || l.Waits[0].Ms != 7000 || strings.Contains(l.Waits[0].Query.Raw(), "so on") {
			t.Errorf("%s: %+v", name, l.Waits)
		}
	}
	l := readLog(at(wait, "3 7 STATEMENT:  UPDATE parcels SET a = 1", "9 7 LOG:  process 7 still waiting for ShareLock on transaction 742 after 1000.3 ms", "9 7 STATEMENT:  UPDATE depots SET a = 1"))
	if len(l.Waits) != 2 {
		t.Errorf("two statements that wait for one transaction: %+v", l.Waits)
	}
}

// The time of parse and bind is counted, although it is of no execution.
func TestPrepared(t *testing.T) {
	l := readLog(at(
		"1 7 LOG:  duration: 0.2 ms  execute <unnamed>: SELECT id FROM t WHERE a = $1",
		"2 7 LOG:  duration: 6120.5 ms  bind <unnamed>: SELECT id FROM u WHERE a = $1", "3 7 LOG:  duration: 911 ms  parse <unnamed>: SELECT id FROM u WHERE a = $1",
	))
	if l.Prepared != 2 || l.PreparedMs != 7031.5 || l.PreparedMostMs != 6120.5 || l.Executions != 1 {
		t.Errorf("%+v", l)
	}
}

func FuzzLog(f *testing.F) {
	f.Add(at("1 7 LOG:  duration: 10.5 ms  statement: SELECT 1", "1 7 LOG:  process 7 acquired ShareLock on transaction 742 after 3000 ms", "1 7 LOG:  automatic vacuum of table \"a\": elapsed: 2.50 s"))
	f.Add(at("1 7 ERROR:  deadlock detected", "1 7 DETAIL:  Process 9: UPDATE t", "1 7 LOG:  temporary file: path \"a\", size 1", "1 7 STATEMENT:  SELECT 1", "2 7 LOG:  duration: 1 ms  bind a: SELECT 1"))
	f.Fuzz(func(t *testing.T, text string) {
		l := readLog(text, text)
		n := l.Dropped
		for _, st := range l.Statements() {
			if l.Executions > 0 {
				n += int(st.Calls.Or(0))
			}
			if st.TotalMs.Or(0) < 0 || st.MinMs.Or(0) > st.MaxMs.Or(0) {
				t.Errorf("%+v", st)
			}
		}
		if n > l.Executions && l.Executions > 0 {
			t.Errorf("%d calls of %d executions", n, l.Executions)
		}
	})
}

// What VACUUM (VERBOSE) says to its client, and waits without anything before their messages.
func TestWithoutPrefix(t *testing.T) {
	for text, want := range map[string]string{
		"INFO:  vacuuming \"shop.public.t\"\nINFO:  finished vacuuming \"shop.public.t\": index scans: 0\npages: 0 removed, 9 remain\ntuples: 0 removed, 900 remain, 700 are dead but not yet removable\nremovable cutoff: 88, which was 9 XIDs old when operation ended\nsystem usage: CPU: user: 0.1 s, system: 0.0 s, elapsed: 1.75 s\n": "shop.public.t {1 1.75 1.75} 700 of 900 since 88",
		"INFO:  \"t\": found 0 removable, 900 nonremovable row versions in 9 out of 9 pages\nDETAIL:  700 dead row versions cannot be removed yet, oldest xmin: 88\nThere were 0 unused item identifiers.\n":                                                                                                                                "t {1 0 0} 700 of 900 since 88",
		"INFO:  finished vacuuming \"shop.pg_toast.pg_toast_9\": index scans: 0\ntuples: 0 removed, 9 remain, 7 are dead but not yet removable\n":                                                                                                                                                                                           "",
		"INFO:  00000: finished vacuuming \"a.b.c\": index scans: 0\nLOCATION:  x, y.c:1\n":                                                                                                                                                                                                                                                 "a.b.c {1 0 0} 0 of 0 since ",
	} {
		var got []string
		for _, v := range readLog(text).Vacuums {
			got = append(got, fmt.Sprintf("%s %v %g of %g since %s", v.Table, v.ByHand, v.NotYetRemovable, v.Left, v.OldestXmin))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s\ngot %q", text, got)
		}
	}
	l := readLog("LOG:  process 6 still waiting for AccessExclusiveLock on relation 5 after 1000.1 ms\nLOG:  process 7 still waiting for AccessShareLock  on relation 5 after 1000.2 ms\n" +
		"LOG:  process 6 acquired AccessExclusiveLock on relation 5 after 8091.6 ms\nLOG:  process 7 acquired AccessShareLock  on relation 5 after 5099.7 ms\n")
	n, ms := 0, 0.0
	for _, w := range l.Waits {
		n, ms = n+w.Count, ms+w.Ms
	}
	if n != 2 || ms != 8091.6+5099.7 {
		t.Errorf("%d waits in %g ms", n, ms)
	}
}

// A log in another language tells the same.
func TestLogInGerman(t *testing.T) {
	l := readLog(at(
		"1 7 LOG:  Dauer: 10.5 ms  Anweisung: SELECT a FROM t WHERE id = 5",
		"2 8 LOG:  Dauer: 20 ms  Ausführen s1: SELECT a FROM t WHERE id = $1",
		"3 9 LOG:  Prozess 9 wartet immer noch auf ShareLock-Sperre auf Transaktion 742 nach 1000,182 ms",
		"3 9 ANWEISUNG:  UPDATE t SET a = 1",
		"4 9 LOG:  Prozess 9 erlangte ShareLock-Sperre auf Transaktion 742 nach 3000,500 ms",
		"4 9 ZUSAMMENHANG:  beim Aktualisieren von Tupel (0,1) in Relation »t«",
		"4 9 ANWEISUNG:  UPDATE t SET a = 1",
		"5 3 LOG:  automatisches Vacuum der Tabelle »shop.public.t«: Index-Scans: 1\n\tSystembenutzung: CPU: Benutzer: 0,10 s, System: 0,02 s, verstrichen: 4,25 s",
		"6 3 LOG:  Checkpoint beginnt: wal",
		"7 4 FEHLER:  Verklemmung (Deadlock) entdeckt",
		"7 4 DETAIL:  Prozess 4 wartet auf ShareLock-Sperre\n\tProzess 4: UPDATE a\n\tProzess 5: UPDATE b",
		"8 4 FEHLER:  storniere Anfrage wegen Zeitüberschreitung der Anfrage",
	))
	if got, want := shown(l), []string{"SELECT a FROM t WHERE id = ?: 2 calls, 30.5 ms, 10.5 to 20, planning -1, temp -1"}; !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if len(l.Waits) != 1 || l.Waits[0].Lock != "ShareLock on transaction" || l.Waits[0].Count != 1 || l.Waits[0].Ms != 3000.5 || l.Waits[0].Relation != "t" {
		t.Errorf("waits: %+v", l.Waits)
	}
	if len(l.Vacuums) != 1 || l.Vacuums[0].Table != "shop.public.t" || l.Vacuums[0].Vacuums.Seconds != 4.25 {
		t.Errorf("vacuums: %+v", l.Vacuums)
	}
	if l.Checkpoints["wal"] != 1 || l.Deadlocks != 1 || len(l.Deadlock) != 2 || l.Canceled["statement timeout"] != 1 {
		t.Errorf("checkpoints %v, deadlocks %d %v, canceled %v", l.Checkpoints, l.Deadlocks, l.Deadlock, l.Canceled)
	}
}

// What a copy has behind an entry is no part of it.
func TestBehindAnEntry(t *testing.T) {
	const file = "1 7 LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp7.0\", size 20480"
	for name, text := range map[string]string{
		"a line that is cut in its time":         at(file) + "2026-11-01 20:17:02 UTC",
		"a line that is cut before its message":  at(file) + "2026-11-01 20:17:02.300 UTC [7] a",
		"the end of a plan":                      at(file) + "\t}\n",
		"lines of a statement without its entry": at(file, "2 9 STATEMENT:  SELECT a,\n\tb\n\tFROM t;\n\n", file)[len(at(file)):],
		"the same with another entry before":     at("1 8 ERROR:  canceling statement due to user request", file, "2 9 STATEMENT:  SELECT a,\n\tb"),
	} {
		if l := readLog(text); l.TempFiles != 1 || l.TempBytes != 20480 {
			t.Errorf("%s: %d files, %g bytes", name, l.TempFiles, l.TempBytes)
		}
	}
	l := readLog(at(file, "1 7 STATEMENT:  SELECT a FROM t WHERE b = 1") + "2026-11-01 20:17:02 CEST")
	if got := l.TempQuery.String(); got != "SELECT a FROM t WHERE b = ?" {
		t.Error(got)
	}
	l = readLog(at("1 7 LOG:  duration: 12.5 ms\n\t}"))
	if l.Bare != 1 || l.BareMs != 12.5 {
		t.Errorf("%d durations, %g ms", l.Bare, l.BareMs)
	}
}

// A deadlock that ends a wait is logged twice: as the end of the wait, and as an error.
func TestDeadlockThatEndsAWait(t *testing.T) {
	const found, ring = "1 7 LOG:  process 7 detected deadlock while waiting for ShareLock on transaction 3 after 1000.1 ms", "7 waits for ShareLock on transaction 3; blocked by process 8.\n\tProcess 8 waits for ShareLock on transaction 4; blocked by process 9.\n\tProcess 9 waits for ShareLock on transaction 5; blocked by process 7."
	const statements = "\n\tProcess 7: UPDATE a SET b = 1\n\tProcess 8: UPDATE c SET b = 2\n\tProcess 9: DELETE FROM d"
	for name, one := range map[string]struct{ text, want string }{
		"both": {at(found, "1 7 DETAIL:  Process holding the lock: 8. Wait queue: .", "1 7 STATEMENT:  UPDATE a SET b = 1", "1 7 ERROR:  deadlock detected", "1 7 DETAIL:  Process "+ring+statements),
			"1 UPDATE a SET b = ?|UPDATE c SET b = ?|DELETE FROM d "},
		"cut before the statements": {at(found, "1 7 CONTEXT:  while updating tuple (0,1) in relation \"a\"", "1 7 STATEMENT:  UPDATE a SET b = 1", "1 7 ERROR:  deadlock detected", "1 7 DETAIL:  Process "+ring+"\n\tProcess 7:"), "1 UPDATE a SET b = ? a"},
		"cut before the error":      {at(found, "1 7 STATEMENT:  UPDATE a SET b = 1"), "1 UPDATE a SET b = ? "},
		"another one of the process": {at(found, "1 7 STATEMENT:  UPDATE a SET b = 1", strings.ReplaceAll(found, "transaction 3", "transaction 6"), "1 7 ERROR:  deadlock detected", "1 7 STATEMENT:  UPDATE a SET c = 1"),
			"2 UPDATE a SET c = ? "},
		"nothing before the messages": {strings.ReplaceAll(at(found, "1 7 ERROR:  deadlock detected", "1 7 DETAIL:  Process "+ring+statements), "2026-11-01 20:17:01 UTC [7] ", ""), "1 UPDATE a SET b = ?|UPDATE c SET b = ?|DELETE FROM d "},
	} {
		l := readLog(one.text)
		var of []string
		for _, d := range l.Deadlock {
			of = append(of, d.String())
		}
		if got := fmt.Sprint(l.Deadlocks, " ", strings.Join(of, "|"), " ", l.DeadlockOn); got != one.want || len(l.Waits) > 0 {
			t.Errorf("%s: %s with %d waits, want %s", name, got, len(l.Waits), one.want)
		}
	}
}

// The sessions of a deadlock are read in other languages, and with blanks instead of tabs.
func TestDeadlockInLanguages(t *testing.T) {
	for name, text := range map[string]string{
		"Russian": at("1 7 СООБЩЕНИЕ:  процесс 7 обнаружил взаимоблокировку, ожидая в режиме ShareLock блокировку \"транзакция 3\" в течение 200.155 мс", "1 7 ОШИБКА:  обнаружена взаимоблокировка",
			"1 7 ПОДРОБНОСТИ:  Процесс 7 ожидает в режиме ShareLock блокировку \"отношение 3 базы данных 1\"; заблокирован процессом 8.\n        Процесс 8 ожидает в режиме ShareLock блокировку \"транзакция 4\"; заблокирован процессом 7.\n        Процесс 7: UPDATE a SET b = 1\n        Процесс 8: DELETE FROM d"),
		"French": at("1 7 ERREUR:  interblocage (deadlock) détecté",
			"1 7 DÉTAIL :  Le processus 7 attend ShareLock sur relation 3 de la base de données 1 ; bloqué par le processus 8.\n\tLe processus 8 attend ShareLock sur transaction 4 ; bloqué par le processus 7.\n\tProcessus 7 : UPDATE a SET b = 1\n\tProcessus 8 : DELETE FROM d"),
		"German": at("1 7 LOG:  Prozess 7 hat Verklemmung festgestellt beim Warten auf ShareLock-Sperre auf Relation 3 der Datenbank 1 nach 1000,155 ms", "1 7 FEHLER:  Verklemmung (Deadlock) entdeckt",
			"1 7 DETAIL:  Prozess 7 wartet auf ShareLock-Sperre auf Relation 3 der Datenbank 1; blockiert von Prozess 8.\n    Prozess 8 wartet auf ShareLock-Sperre auf Transaktion 4; blockiert von Prozess 7.\n    Prozess 7: UPDATE a SET b = 1\n    Prozess 8: DELETE FROM d"),
	} {
		l := readLog(text)
		if l.Deadlocks != 1 || len(l.Deadlock) != 2 || l.Deadlock[0].String() != "UPDATE a SET b = ?" || l.Deadlock[1].String() != "DELETE FROM d" || strings.Join(l.DeadlockModes, " ") != "ShareLock" || len(l.Waits) > 0 {
			t.Errorf("%s: %d deadlocks %v for %v, %d waits", name, l.Deadlocks, l.Deadlock, l.DeadlockModes, len(l.Waits))
		}
	}
}

// The error of a sequence that is used up is read as drivers show it.
func TestUsedUp(t *testing.T) {
	const message = `nextval: reached maximum value of sequence "a_id_seq" (800)`
	for _, text := range []string{
		at("1 7 ERROR:  " + message), "ERROR:  " + message + "\n", "Caused by: org.postgresql.util.PSQLException: ERROR: " + message + "\n\tat org.example.A.b(A.java:1)\n",
		"> Caused by: org.postgresql.util.PSQLException: ERROR: nextval: reached maximum **value of sequence\"a_id_seq\" (800)** \n",
		"psycopg2.errors.SequenceGeneratorLimitExceeded: " + message + "\n", "PG::SequenceGeneratorLimitExceeded: ERROR:  " + message + "\n",
		"SQLSTATE[2200H]: Sequence generator limit exceeded: 7 ERROR:  " + message + " (SQL: insert into a)\n",
		"  error: \"" + strings.ReplaceAll(message, `"`, `\"`) + "\",\n", at("1 7 FEHLER:  nextval: Maximalwert von Sequenz »a_id_seq« erreicht (800)"),
	} {
		if l := readLog(text); l.UsedUp["a_id_seq"] != (LogUsedUp{Count: 1, End: "800"}) || !SniffLog([]byte(text)) {
			t.Errorf("%s: %v", text, l.UsedUp)
		}
	}
}

// What checkpoints write, at 8 kB per buffer.
func TestCheckpointWrites(t *testing.T) {
	for text, want := range map[string]LogWrites{
		"LOG:  checkpoint complete: wrote 51 buffers (0.5%); 0 WAL file(s) added; total=8 s":                       {Count: 1, Bytes: 51 * 8192, Largest: 51 * 8192, LargestShare: 0.005, LargestMs: 8000},
		"LOG:  checkpoint complete: wrote 51 buffers (0.5%), wrote 3 SLRU buffers; 0 WAL file(s) added; total=8 s": {Count: 1, Bytes: 51 * 8192, Largest: 51 * 8192, LargestShare: 0.005, LargestMs: 8000},
		"LOG:  checkpoint complete": {},
	} {
		if l := readLog("2026-11-01 20:01:00 UTC [31] " + text + "\n"); l.Wrote != want {
			t.Errorf("%s: %+v, want %+v", text, l.Wrote, want)
		}
	}
}
