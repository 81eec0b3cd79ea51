package workload

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// troublesOf is what a log tells of trouble, as a test compares it.
func troublesOf(l *Log) string {
	var list []string
	add := func(kind, what, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if l.Where(kind, what) == "in the input" {
			text += " (a client)"
		}
		list = append(list, text)
	}
	if l.Deadlocks > 0 {
		add(EventDeadlocks, "", "deadlocks %d%s", l.Deadlocks, strings.TrimRight(" on "+l.DeadlockOn, " no"))
	}
	for _, m := range []struct {
		kind string
		of   map[string]int
	}{{EventCanceled, l.Canceled}, {EventRefused, l.Refused}, {EventDiskFull, l.DiskFull}} {
		for _, what := range slices.Sorted(maps.Keys(m.of)) {
			add(m.kind, what, "%s %d", what, m.of[what])
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(l.Wraparound)) {
		w := l.Wraparound[kind]
		add(EventWraparound, kind, "%s %s left %.0f warned %d refused %d", kind, w.Database, w.Left.Or(-1), w.Warnings, w.Refused)
	}
	for _, m := range l.Messages {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %d %s %s", m.Severity, m.About, m.Count, m.Parameter, m.Last.String())))
	}
	return strings.Join(list, "; ")
}

func TestTroubles(t *testing.T) {
	const blocked = "DETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\nCONTEXT:  while updating tuple (0,1) in relation \"pens\"\n"
	for name, c := range map[string]struct{ text, want string }{
		"wraparound, up to 13": {at("1 7 WARNING:  database \"shop\" must be vacuumed within 9100200 transactions", "2 7 WARNING:  database \"shop\" must be vacuumed within 9100199 transactions"), "transaction shop left 9100199 warned 2 refused 0"},
		"wraparound, no name":  {at("1 7 WARNING:  database with OID 16401 must be vacuumed within 910 transactions"), "transaction OID 16401 left 910 warned 1 refused 0"},
		"wraparound, refused":  {at("1 7 ERROR:  database is not accepting commands to avoid wraparound data loss in database \"shop\"", "1 7 HINT:  Stop the postmaster and vacuum that database in single-user mode."), "transaction shop left -1 warned 0 refused 1"},
		"wraparound, from 17":  {at("1 7 ERROR:  database is not accepting commands that assign new transaction IDs to avoid wraparound data loss in database \"shop\""), "transaction shop left -1 warned 0 refused 1"},
		"wraparound, French":   {at("1 7 ATTENTION :  un VACUUM doit être exécuté sur la base de données « shop » dans un maximum de\n\t910 transactions"), "transaction shop left 910 warned 1 refused 0"},
		"wraparound, Russian":  {at("1 7 ОШИБКА:  база данных не принимает команды во избежание потери данных из-за зацикливания транзакций в базе данных \"shop\""), "transaction shop left -1 warned 0 refused 1"},
		"no space, German":     {"FEHLER:  konnte Datei »base/5/6« nicht erweitern: Auf dem Gerät ist kein Speicherplatz mehr verfügbar\nTIPP:  Prüfen Sie den freien Festplattenplatz.\n", "tables or indexes 1 (a client)"},
		"connections, Spanish": {at("1 7 FATAL:  lo siento, ya tenemos demasiados clientes"), "too many clients 1"},
		"multixact":            {at("1 7 WARNING:  database \"shop\" must be vacuumed before 39000100 more MultiXactIds are used", "2 7 ERROR:  database is not accepting commands that generate new MultiXactIds to avoid wraparound data loss in database \"shop\""), "multixact shop left 39000100 warned 1 refused 1"},
		"wraparound, shown":    {"shop=> insert into pens values (1);\nWARNING:  database \"shop\" must be vacuumed within 38210399 transactions\nHINT:  To avoid a database shutdown, execute a database-wide VACUUM in that database.\nINSERT 0 1\n", "transaction shop left 38210399 warned 1 refused 0 (a client)"},
		"written as LOG": {at("1 7 LOG:  using stale statistics instead of current ones because stats collector is not responding", "2 7 LOG:  could not receive data from client: Connection reset by peer", "3 7 LOG:  could not send data to client: Broken pipe", "4 7 LOG:  could not receive something else"),
			"LOG lost connections 2; LOG a statistics collector that does not answer 1"},
		"no space, by file": {at("1 7 ERROR:  could not extend file \"base/16401/24512\": No space left on device", "2 7 PANIC:  could not write to file \"pg_wal/xlogtemp.7\": No space left on device",
			"3 7 ERROR:  could not write to file \"base/pgsql_tmp/pgsql_tmp7.1\": No space left on device", "4 7 ERROR:  could not extend file \"pg_tblspc/5/PG_16_1/5/6\": wrote only 4096 of 8192 bytes at block 9",
			"5 7 ERROR:  could not extend file \"base/1/2\": Permission denied", "6 7 ERROR:  could not resize shared memory segment \"/PostgreSQL.5\" to 67146080 bytes: No space left on device"),
			"WAL 1; tables or indexes 2; temporary files 1; ERROR files of the server that it may not open 1; ERROR shared memory is full (/dev/shm) 1"},
		"no space, in the detail": {at("1 7 ERROR:  could not access status of transaction 0", "1 7 DETAIL:  Could not write to file \"pg_subtrans/000B\" at offset 32768: No space left on device."), "other files 1"},
		"the cause in the detail": {at("1 7 ERROR:  could not access status of transaction 0", "1 7 DETAIL:  Could not open file \"pg_xact/0001\": Too many open files in system.",
			"2 7 ERROR:  could not access status of transaction 5", "2 7 DETAIL:  Could not open file \"pg_xact/0001\": Permission denied.",
			"3 7 ERROR:  could not access status of transaction 5", "3 7 DETAIL:  Could not read from file \"pg_xact/0001\" at offset 0: Input/output error.",
			"4 7 ERROR:  could not access status of transaction 5", "4 7 DETAIL:  Could not open file \"pg_xact/0001\": No such file or directory."),
			"ERROR an error of the storage 1; ERROR damaged data 1; ERROR files of the server that it may not open 1; ERROR the limit of open files 1"},
		"the cause in the message": {at("1 7 ERROR:  could not open file \"base/5/6\": Too many open files", "2 7 ERROR:  could not read block 3 in file \"base/5/6\": Input/output error", "3 7 PANIC:  could not fsync file \"base/5/6\": Input/output error",
			"4 7 ERROR:  could not open file \"base/5/6\": No such file or directory", "5 7 ERROR:  could not read block 3 in file \"base/5/6\": read only 0 of 8192 bytes"),
			"PANIC an error of the storage 1  could not fsync file \"…\": Input/output error; ERROR damaged data 2; ERROR an error of the storage 1; ERROR the limit of open files 1"},
		"no space, shown":   {"ERROR:  could not extend file \"base/16401/24512\": No space left on device\nHINT:  Check free disk space.\n", "tables or indexes 1 (a client)"},
		"quota":             {at("1 7 ERROR:  could not extend file \"base/16401/24512\": Disk quota exceeded"), "tables or indexes 1"},
		"a deadlock, shown": {"psycopg2.errors.DeadlockDetected: deadlock detected\n" + blocked + "\nThe above exception was the direct cause of the following exception:\n\ndjango.db.utils.OperationalError: deadlock detected\n" + blocked, "deadlocks 1 on pens (a client)"},
		"two at a prompt":   {"ERROR:  deadlock detected\n" + blocked + "shop=> update pens set ink = 2;\nERROR:  deadlock detected\n" + strings.ReplaceAll(blocked, "9", "11"), "deadlocks 2 on pens (a client)"},
		"layers of Java":    {"x.CannotAcquireLockException: nested exception is org.postgresql.util.PSQLException: ERROR: deadlock detected\n  Detail: Process 7 waits for ShareLock on transaction 9; blocked by process 8.\n\tat a.b(C.java:5)\nCaused by: org.postgresql.util.PSQLException: ERROR: deadlock detected\n", "deadlocks 1 (a client)"},
		"in both":           {at("1 7 ERROR:  deadlock detected", "1 7 DETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.") + "\nThe application says:\n\npq: deadlock detected\n", "deadlocks 1"},
		"the same timeouts": {"ERROR:  canceling statement due to lock timeout\nERROR:  canceling statement due to lock timeout\n", "lock timeout 2 (a client)"},
		"a log without what is before messages": {"LOG:  checkpoints are occurring too frequently (3 seconds apart)\nFATAL:  no pg_hba.conf entry for host \"[local]\"\nERROR:  out of shared memory\nHINT:  You might need to increase max_locks_per_transaction.\n",
			"no pg_hba.conf entry 1; ERROR the table of locks is full 1 max_locks_per_transaction"},
		"faults of a client":        {"ERROR:  relation \"a\" does not exist\nERROR:  deadlock detected\n", "deadlocks 1 (a client)"},
		"another program's":         {"2026-11-01 20:17:01 UTC [7] ERROR: file does not exist\n", ""},
		"a log with one blank each": {strings.ReplaceAll(at("1 7 LOG:  checkpoint starting: wal", "2 7 ERROR:  relation \"a\" does not exist"), ":  ", ": "), "ERROR faulty statements 1"},
		"by what they are about": {at("1 7 ERROR:  syntax error at or near \"form\"", "1 7 ERROR:  column \"nib\" does not exist", "2 7 FATAL:  database \"x\" does not exist", "3 7 PANIC:  could not locate a valid checkpoint record", "3 7 ERROR:  no ink in \"secret\", 'secret' of 5",
			"4 7 WARNING:  oldest xmin is far in the past", "4 7 LOG:  server process (PID 9) was terminated by signal 9: Killed", "4 7 LOG:  server process (PID 9) exited with exit code 1", "4 7 NOTICE:  x", "5 7 ERROR:  duplicate key value violates unique constraint \"a\""),
			"PANIC a crash of the server 1  could not locate a valid checkpoint record; LOG a crash of the server 1; FATAL a wrong database or role 1; ERROR faulty statements 2; ERROR violated constraints 1; ERROR others 1  no ink in \"…\", '?' of ?; WARNING vacuum that an old transaction or the wraparound limit drives 1"},
		"in two formats": {at("1 7 ERROR:  syntax error") + "2026-11-01 20:17:01.300 UTC,\"u\",\"d\",7,\"[local]\",1.7,1,\"SELECT\",2026-11-01 20:00:00 UTC,1/1,0,ERROR,42601,\"syntax error\",,,,,,,,,\"\",\"client backend\",,0\n", "ERROR others 1  syntax error"},
	} {
		if got := troublesOf(readLog(c.text)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// The setting that a warning of checkpoints names is that of the version.
func TestCheckpointSetting(t *testing.T) {
	for hint, want := range map[string]string{
		"HINT:  Consider increasing the configuration parameter \"checkpoint_segments\".": "checkpoint_segments",
		"HINT:  Consider increasing the configuration parameter \"max_wal_size\".":        "max_wal_size",
		"HINT:  Consider increasing \"max_wal_size\".":                                    "max_wal_size",
		"TIPP:  Erhöhen Sie eventuell den Konfigurationsparameter »checkpoint_segments«.": "checkpoint_segments",
		"STATEMENT:  none": "",
	} {
		if l := readLog("LOG:  checkpoints are occurring too frequently (3 seconds apart)\n" + hint + "\n"); l.CheckpointSetting != want || l.TooFrequent != 1 {
			t.Errorf("%s: %q", hint, l.CheckpointSetting)
		}
	}
}

// The kinds of messages are bounded, whatever a log holds.
func TestTroublesAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&b, "2026-11-01 20:17:33 UTC [%d] ERROR:  fault %d of \"%d\"\n2026-11-01 20:17:33 UTC [%d] WARNING:  x%dy\npq: canceling statement due to conflict with recovery %d\n", i, i, i, i, i, i)
	}
	l := readLog(b.String())
	n := 0
	for _, m := range l.Messages {
		n += m.Count
	}
	if n != 100_000 || len(l.Messages) != 2 || len(l.Canceled) > keptOthers {
		t.Errorf("%d messages of %d kinds, %d reasons", n, len(l.Messages), len(l.Canceled))
	}
}

// A crash is told once, in however many formats and messages.
func TestSignals(t *testing.T) {
	const ended = "1 5 LOG:  server process (PID 9) was terminated by signal 11: Segmentation fault"
	for text, want := range map[string]string{
		at(ended): "[{9 11}]",
		at(ended, ended, "1 8 WARNING:  terminating connection because of crash of another server process"): "[{9 11}]",
		at(ended, "2 5 LOG:  server process (PID 10) was terminated by signal 9: Killed"):                   "[{9 11} {10 9}]",
	} {
		var got []LogSignal
		for _, m := range readLog(text).Messages {
			got = append(got, m.Signals...)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

// The words of the system are those of glibc 2.36, in each language that the server's messages
// are read in with them.
func TestErrnos(t *testing.T) {
	for errno, want := range map[string]string{
		"Too many open files in system":       AboutFiles,
		"Zu viele offene Dateien im System":   AboutFiles,
		"Trop de fichiers ouverts":            AboutFiles,
		"Demasiados ficheros abiertos":        AboutFiles,
		"Слишком много открытых файлов":       AboutFiles,
		"Input/output error":                  AboutStorage,
		"Eingabe-/Ausgabefehler":              AboutStorage,
		"Erreur d'entrée/sortie":              AboutStorage,
		"Error de entrada/salida":             AboutStorage,
		"Ошибка ввода/вывода":                 AboutStorage,
		"Read-only file system":               AboutAccess,
		"Die Operation ist nicht erlaubt":     AboutAccess,
		"Permission non accordée":             AboutAccess,
		"Sistema de ficheros de sólo lectura": AboutAccess,
		"Отказано в доступе":                  AboutAccess,
		"No such file or directory":           AboutDamage,
		"No space left on device":             unknownMessage, // which disk-full counts
		"Bad file descriptor":                 unknownMessage,
	} {
		file := `could not open file "base/5/6": ` + errno
		if got := aboutOf("ERROR", file, "").what; got != want {
			t.Errorf("%s: %s, want %s", errno, got, want)
		}
		if got := aboutOf("ERROR", "could not access status of transaction 5", "Could not open file \"pg_xact/0001\": "+errno+".").what; want != AboutDamage && want != unknownMessage && got != want {
			t.Errorf("%s in the detail: %s, want %s", errno, got, want)
		}
	}
	if got := aboutOf("ERROR", "could not access status of transaction 5", "").what; got != AboutStatus {
		t.Errorf("without a detail: %s, want %s", got, AboutStatus)
	}
	if got := aboutOf("ERROR", `could not open file "/tmp/in.csv" for reading: Permission denied`, "").what; got == AboutAccess {
		t.Error("a file of COPY is none of the server's own")
	}
}
