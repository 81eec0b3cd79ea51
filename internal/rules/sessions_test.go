package rules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// sessionReport reviews exports, each under its name.
func sessionReport(t *testing.T, files map[string]string) *report.Report {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, errs := review.Run(input.Open([]string{dir}, nil), review.Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return r
}

func of(r *report.Report, rule string) (list []report.Finding) {
	for _, f := range r.Findings {
		if f.Rule == rule {
			list = append(list, f)
		}
	}
	return list
}

// Whoever is called in the night has to see who waits, behind whom, and what
// there is to do, from whatever columns somebody has exported.
func TestBlockedSessions(t *testing.T) {
	const locks = "pid,locktype,relation,transactionid,virtualxid,mode,granted,waitstart\n"
	for _, c := range []struct {
		name    string
		text    string
		section string // and severity
		says    []string
		never   []string
	}{
		{"a migration with readers behind it: it is given up, or the one that it waits for", `now,pid,usename,application_name,state,query,xact_start,query_start,wait_event_type,wait_event,blocked_by
2026-11-01 10:00:00+00,100,app,api,idle in transaction,SELECT 1,2026-11-01 09:30:00+00,2026-11-01 09:30:00+00,Client,ClientRead,{}
2026-11-01 10:00:00+00,200,dba,flyway,active,ALTER TABLE orders ADD note text,2026-11-01 09:50:00+00,2026-11-01 09:50:00+00,Lock,relation,{100}
2026-11-01 10:00:00+00,301,app,api,active,SELECT * FROM orders WHERE id = 7,2026-11-01 09:55:00+00,2026-11-01 09:55:00+00,Lock,relation,{200}
2026-11-01 10:00:00+00,302,app,api,active,SELECT * FROM orders WHERE id = 8,2026-11-01 09:55:00+00,2026-11-01 09:55:00+00,Lock,relation,{200}
`, "A high", []string{"3 sessions wait behind pid 100 (user app, application api), idle in transaction", "open for 30 min", "orders", "started 10 min ago",
			"pg_cancel_backend(200)", "ALTER TABLE", "2 sessions wait only behind it", "lock_timeout", "pg_terminate_backend(100)", "rolls back"}, []string{"pg_cancel_backend(100)", "pg_terminate_backend(200)"}},
		{"pg_locks alone", locks + `100,relation,16412,,,AccessShareLock,t,
200,relation,16412,,,AccessExclusiveLock,f,2026-11-01 09:50:00+00
301,relation,16412,,,AccessShareLock,f,2026-11-01 09:55:00+00
`, "A high", []string{"2 sessions wait behind pid 100", "OID 16412", "at least 5 min", "pg_cancel_backend(200)", "AccessExclusiveLock", "1 session waits only behind it"}, nil},
		{"waits of unknown cause: nothing is ended before it is known", `pid,state,query,xact_start,query_start,state_change,wait_event_type,wait_event,backend_xid,backend_xmin
1,idle in transaction,SELECT 1,2026-11-01 08:00:00+00,2026-11-01 08:00:00+00,2026-11-01 08:00:00+00,Client,ClientRead,,
2,idle in transaction,DELETE FROM t,2026-11-01 08:30:00+00,2026-11-01 08:30:00+00,2026-11-01 08:31:00+00,Client,ClientRead,77,
3,active,UPDATE t SET a = 1 WHERE id = 2,2026-11-01 09:00:00+00,2026-11-01 09:00:00+00,2026-11-01 09:00:00+00,Lock,transactionid,78,77
4,active,SELECT 2,2026-11-01 09:20:00+00,2026-11-01 09:20:00+00,2026-11-01 09:20:00+00,IO,DataFileRead,,
`, "B high", []string{"1 session (pid 3) waits for a lock", "at least 20 min", "Pid 2, idle in transaction for at least 50 min", "transaction 77", "pg_blocking_pids", "end no session"}, []string{"terminate", "Pid 1,"}},
		{"nobody who could be the one was exported", `pid,state,query_start,wait_event_type,wait_event
3,active,2026-11-01 09:00:00+00,Lock,advisory
4,active,2026-11-01 09:40:00+00,LWLock,WALWrite
`, "B high", []string{"1 session (pid 3) waits for a lock", "at least 40 min", "end no session"}, []string{"terminate"}},
		{"a prepared transaction has no session to end", `pid,state,query,query_start,wait_event_type,blocked_by
7,active,UPDATE orders SET a = 5 WHERE id = 3,2026-11-01 09:50:00+00,Lock,"[0]"
8,active,SELECT 1,2026-11-01 10:00:00+00,,[]
`, "A high", []string{"1 session (pid 7) waits behind a prepared transaction", "ROLLBACK PREPARED", "pg_prepared_xacts"}, []string{"terminate", "pid 0"}},
		{"autovacuum against wraparound is not ended", `pid,state,query,query_start,wait_event_type,blocked_by
7,active,TRUNCATE orders,2026-11-01 09:50:00+00,Lock,9
9,active,autovacuum: VACUUM public.orders (to prevent wraparound),2026-11-01 10:00:00+00,,
`, "A high", []string{"behind pid 9 (autovacuum worker)", "let it finish", "pg_cancel_backend(7)", "TRUNCATE"}, []string{"terminate"}},
		{"an index build waits for an older snapshot", locks + `1,virtualxid,,,3/10,ExclusiveLock,t,
2,virtualxid,,,3/10,ShareLock,f,2026-11-01 09:50:00+00
`, "A medium", []string{"1 session (pid 2) waits behind pid 1", "CREATE INDEX CONCURRENTLY"}, nil},
		{"two that hold the same", `pid,usename,state,query,xact_start,query_start,wait_event_type,wait_event,blocked_by
7,dba,active,DROP TABLE orders,2026-11-01 09:50:00+00,2026-11-01 09:50:00+00,Lock,relation,"9, 10"
9,rep,active,SELECT sum(x) FROM orders,2026-11-01 07:50:00+00,2026-11-01 07:50:00+00,IO,DataFileRead,
10,etl,idle in transaction,SELECT 1,2026-11-01 09:00:00+00,2026-11-01 10:10:00+00,Client,ClientRead,
`, "A high", []string{"behind pid 9 (user rep), active", "all of them have to end: pid 10 (user etl), idle in transaction", "pg_cancel_backend(9)"}, nil},
		{"a chain: the first one holds", `blocked_pid,blocked_user,blocking_pid,blocking_user,blocked_duration
4,a,3,b,00:02:00
3,b,2,c,00:10:00
`, "A high", []string{"2 sessions wait behind pid 2 (user c)", "at least 10 min"}, []string{"behind pid 3"}},
		{"a circle", `pid,state,query,query_start,wait_event_type,blocked_by
1,active,UPDATE a SET x = 1,2026-11-01 09:50:00+00,Lock,{2}
2,active,UPDATE b SET x = 1,2026-11-01 09:50:00+00,Lock,{1}
`, "B medium", []string{"Deadlock: pids 1, 2", "deadlock_timeout"}, []string{"terminate"}},
		{"what the role may not see", `pid,usename,state,backend_type,query,query_start,wait_event_type,blocked_by
4,app,,,<insufficient privilege>,,,{5}
5,app,,,<insufficient privilege>,,,{}
`, "A medium", []string{"1 session (pid 4) waits behind pid 5 (user app), whose state this role may not see", "GRANT pg_monitor"}, []string{" is .", " is ,", "insufficient"}},
	} {
		r := sessionReport(t, map[string]string{"it.csv": c.text})
		list := of(r, "blocked-sessions")
		if len(list) != 1 {
			t.Errorf("%s: %d findings; the verdict is %q", c.name, len(list), r.Summary.Verdict)
			continue
		}
		f := list[0]
		if got := f.Section + " " + f.Severity.String(); got != c.section {
			t.Errorf("%s: %s, want %s", c.name, got, c.section)
		}
		all := strings.Join([]string{f.Title, f.Detail, f.Question, f.Settles, f.Default, f.Fix}, " | ")
		for _, want := range c.says {
			if !strings.Contains(all, want) {
				t.Errorf("%s: not said: %s\n%s", c.name, want, all)
			}
		}
		for _, not := range c.never {
			if strings.Contains(all, not) {
				t.Errorf("%s: said: %s\n%s", c.name, not, all)
			}
		}
		if !strings.HasPrefix(r.Summary.Verdict, f.Title) {
			t.Errorf("%s: the verdict begins with something else: %s", c.name, r.Summary.Verdict)
		}
		asked := false
		for _, m := range r.Missing {
			asked = asked || m.Input == "pg_locks" && strings.Contains(m.Export, "pg_blocking_pids(pid)")
		}
		if unknown := strings.Contains(f.Title, "does not show"); asked != unknown {
			t.Errorf("%s: pg_locks asked for: %v", c.name, asked)
		}
	}
}

// Waits for other things than locks, short waits and processes of the server
// are no queue.
func TestNoBlockedSessions(t *testing.T) {
	for name, text := range map[string]string{
		"other waits": "pid,state,query_start,wait_event_type,wait_event\n1,active,2026-11-01 09:00:00+00,LWLock,BufferMapping\n2,active,2026-11-01 09:00:00+00,IO,WALSync\n3,idle,2026-11-01 09:50:00+00,Client,ClientRead\n",
		"a short one": "now,pid,state,query_start,wait_event_type,blocked_by\n2026-11-01 09:00:00.5+00,1,active,2026-11-01 09:00:00+00,Lock,{2}\n2026-11-01 09:00:00.5+00,2,active,2026-11-01 09:00:00+00,,{}\n",
		"no waits":    "pid,locktype,relation,mode,granted\n1,relation,t,AccessShareLock,t\n2,relation,t,RowExclusiveLock,t\n",
	} {
		if list := of(sessionReport(t, map[string]string{"it.csv": text}), "blocked-sessions"); len(list) > 0 {
			t.Errorf("%s: %s", name, list[0].Title)
		}
	}
}

// A transaction is old whatever column shows it, and holds vacuum back only
// where it has a snapshot or an id.
func TestLongTransaction(t *testing.T) {
	for _, c := range []struct{ name, text, says, never string }{
		{"a duration", "pid,duration,state,query\n31,00:42:11,idle in transaction,SELECT 1\n32,00:50:00,active,SELECT 2\n", "at least 42 min 11 s: pid 31", "pid 32"},
		{"it read, and holds no snapshot", "now,pid,state,xact_start,backend_xid,backend_xmin\n2026-11-01 10:00:00+00,31,idle in transaction,2026-11-01 09:00:00+00,,\n", "vacuum is not held back", "no vacuum removes"},
		{"it wrote", "now,pid,state,xact_start,backend_xid,backend_xmin\n2026-11-01 10:00:00+00,31,idle in transaction,2026-11-01 09:00:00+00,900,\n", "no vacuum removes", "not held back"},
		{"a long statement", "now,pid,state,query_start,query\n2026-11-01 12:00:00+00,31,active,2026-11-01 09:00:00+00,SELECT 1\n", "pg_cancel_backend(31)", "idle"},
		{"a backup", "now,pid,application_name,state,xact_start\n2026-11-01 12:00:00+00,31,pg_dump,active,2026-11-01 09:00:00+00\n", "let it finish", "pg_cancel_backend"},
		{"a prepared one", "now,transaction,gid,prepared,owner,database\n2026-11-01 12:00:00+00,77,secret-gid,2026-11-01 09:00:00+00,app,shop\n", "ROLLBACK PREPARED", "secret-gid"},
	} {
		r := sessionReport(t, map[string]string{"it.csv": c.text})
		list := of(r, "long-transaction")
		if len(list) != 1 {
			t.Errorf("%s: %d findings; the verdict is %q", c.name, len(list), r.Summary.Verdict)
			continue
		}
		all := strings.Join([]string{list[0].Title, list[0].Detail, list[0].Fix}, " | ")
		if !strings.Contains(all, c.says) || strings.Contains(all, c.never) {
			t.Errorf("%s: want %q, and not %q: %s", c.name, c.says, c.never, all)
		}
	}
	const auto = "now,pid,state,xact_start,query\n2026-11-01 12:00:00+00,31,active,2026-11-01 09:00:00+00,autovacuum: VACUUM public.orders\n2026-11-01 12:00:00+00,32,idle,2026-11-01 09:00:00+00,SELECT 1\n"
	if list := of(sessionReport(t, map[string]string{"it.csv": auto}), "long-transaction"); len(list) > 0 {
		t.Error("autovacuum is no session to end:", list[0].Title)
	}
}

// Time without work is waiting: of it no plan is asked for. Work of which the
// blocks do not tell is not called waiting.
func TestWaiting(t *testing.T) {
	const head = "exported_at,queryid,query,calls,total_exec_time,min_exec_time,max_exec_time,rows,shared_blks_hit,shared_blks_read,local_blks_hit,wal_bytes\n"
	const other = "2026-11-01 00:10:00+00,9,SELECT * FROM other WHERE a = $1,900,30000,1,90,900,900000,30000,0,0\n"
	for _, c := range []struct {
		row   string
		waits bool // a lock is suspected
		plan  bool // its plan is asked for
	}{
		{`1,UPDATE parcels SET note = $1 WHERE id = $2,1,135500,135500,135500,1,25,9,0,6603`, true, false},
		{`1,"INSERT INTO public.parcels (id, note) VALUES ($1, $2)",3,95000,0.1,94000,3,30,0,0,900`, true, false},
		{`1,SELECT * FROM jobs WHERE id = $1 FOR UPDATE,4,88000,0.2,80000,4,16,0,0,0`, true, false},
		{`1,LOCK TABLE parcels IN ACCESS EXCLUSIVE MODE,2,60000,1,59000,0,6,0,0,0`, true, false},
		{`1,/* deploy 7 */ ALTER TABLE ONLY parcels ADD COLUMN colour int,1,130375,130375,130375,0,130,6,0,23090`, true, false},
		{`1,SELECT label FROM parcels WHERE id = $1,2,200000,0.2,199000,2,8,0,0,0`, true, false},
		{`1,DELETE FROM parcels WHERE id IN (SELECT id FROM dead),2,90000,1,89000,2,20,0,0,100`, false, true},
		{`1,SELECT score(body) FROM letters WHERE id = $1,2,90000,1,89000,2,20,0,0,0`, false, true},
		{`1,UPDATE letters SET h = crypt($1 || gen_salt($2)) WHERE id = $3,2,90000,1,89000,2,20,0,0,100`, false, true},
		{`1,UPDATE scratch SET a = $1 WHERE b = $2,2,90000,1,89000,2,20,0,9000000,0`, false, true},
		{`1,UPDATE parcels SET a = $1 WHERE b = $2,2,90000,1,89000,2,500000,90000,0,100`, false, true},
		{`1,REFRESH MATERIALIZED VIEW sums,1,90000,90000,90000,0,90,0,0,0`, false, false},
		{`1,SELECT pg_sleep($1),1,90000,90000,90000,1,0,0,0,0`, false, false},
		{`1,"COPY parcels FROM STDIN",1,90000,90000,90000,9,90,0,0,0`, false, false},
		{`1,CREATE EXTENSION postgis,1,90000,90000,90000,0,90,0,0,0`, false, false},
		{`1,DO $$BEGIN PERFORM 1; END$$,1,90000,90000,90000,0,90,0,0,0`, false, false},
		{`1,COMMIT,900,90000,0.1,900,0,0,0,0,0`, false, false},
	} {
		r := sessionReport(t, map[string]string{
			"pg_stat_statements.csv": head + "2026-11-01 00:10:00+00," + c.row + "\n" + other,
			"pg_stat_database.csv":   "exported_at,datname,xact_commit,stats_reset\n2026-11-01 00:10:00+00,post,9,2026-10-31 20:00:00+00\n",
		})
		if got := len(of(r, "lock-wait-suspected")) > 0; got != c.waits {
			t.Errorf("%s: a lock wait is suspected: %v", c.row, got)
		}
		asked := false
		for _, m := range r.Missing {
			asked = asked || m.Input == "plans" && strings.Contains(m.Why, "Q1")
		}
		if asked != c.plan {
			t.Errorf("%s: its plan is asked for: %v", c.row, asked)
		}
		for _, f := range r.Findings {
			if f.Where.QueryID == nil || *f.Where.QueryID != "1" {
				continue
			}
			if !c.plan && strings.Contains(f.Fix, "EXPLAIN") {
				t.Errorf("%s: %s", c.row, f.Fix)
			}
			if strings.Contains(f.Title+f.Detail, "per day") && !strings.HasPrefix(c.row, "1,COMMIT") {
				t.Errorf("%s: a rate from a call or a few: %s", c.row, f.Detail)
			}
		}
		for _, s := range r.Workload.Statements {
			if s.Calls.Or(0) < 10 && s.CallsPerDay.Known() {
				t.Errorf("%s: calls per day of %v calls in four hours", c.row, s.Calls.Or(0))
			}
		}
	}
}
