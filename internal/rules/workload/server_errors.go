package workload

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// serverErrorsBy are the errors that need somebody, by what they are about: how urgent they are,
// what they mean and what to do.
var serverErrorsBy = map[string]struct {
	severity   finding.Severity
	title      string
	detail     string
	fix, blast string
}{
	workload.AboutDamage: {finding.Severe, "Damaged data", "A page or a row on disk does not have the form that the server wrote. Statements that read it fail.",
		"Stop writing to the table, and take a file-level copy of the data directory before any repair. Check the storage and its log. Then restore the table from a backup or from a replica. If only an index is damaged, run REINDEX.", "the tables that the messages name, perhaps more"},
	workload.AboutCrash: {finding.High, "Server crash", "A server process crashed. The server then ends all sessions.",
		"Find the signal in the server's log. Signal 9 is mostly the kernel, out of memory: look for it in the kernel's log (dmesg). Signal 6 comes mostly after a PANIC, whose message is the cause. Signals 7 and 11 are an error in the server or in an extension, or damaged data: keep the core dump.", ""},
	workload.AboutStatus: {finding.High, "Status of a transaction cannot be read", "The input does not have the message's DETAIL, which tells the cause: a missing file is damaged data, a full disk or a file that may not be opened is not.",
		"Look for the DETAIL in the server log. If it says \"No such file or directory\", stop writing, and take a file-level copy of the data directory before any repair. Otherwise remove the cause that it names.", ""},
	workload.AboutWALGone: {finding.High, "A replica lost the WAL that it needs", "A standby asked for a WAL segment that the primary has removed. It cannot go on by streaming, and its lag only grows.",
		"If the segment is in an archive, set restore_command on the standby. Otherwise build the standby anew (pg_basebackup, patronictl reinit). Then give it a replication slot, with max_slot_wal_keep_size so that the slot cannot fill the disk, or raise wal_keep_size (wal_keep_segments until 12).", ""},
	workload.AboutSlotLost: {finding.High, "A replication slot lost its WAL", "The slot was further behind than max_slot_wal_keep_size allows, and the server removed its WAL. Its consumer cannot go on.",
		"Drop the slot, and build its consumer anew: a standby with pg_basebackup, a logical subscriber by copying its tables again. Find out why it was behind before you raise max_slot_wal_keep_size.", ""},
	workload.AboutStorage: {finding.Severe, "Error of the storage", "The system could not read or write a file: Input/output error.",
		"Look for the error in the kernel's log (dmesg), and check the disk. Take a file-level copy of the data directory before any repair, or change to a replica on another disk.", ""},
	workload.AboutFiles: {finding.High, "Limit of open files", "The server could not open a file, because the system's limit was reached. The data is not damaged by that.",
		"Raise the limit: LimitNOFILE of the service or fs.file-max of the system. Until then, lower max_files_per_process or the number of connections.", ""},
	workload.AboutAccess: {finding.High, "Files of the server without access", "The system did not let the server open or write one of its own files.",
		"Check the owner and the mode of the file that the message names: the server's system user needs both. Check whether the file system is mounted read-only, and what else (backup, virus scanner) touches the data directory.", ""},
	workload.AboutMemory: {finding.High, "Out of memory", "The system gave the server no more memory.",
		"If the message is of a vacuum (its CONTEXT names the table), lower autovacuum_work_mem or maintenance_work_mem, and vacuum that table again. Otherwise find the statements that need the most memory: work_mem counts for each sort and hash of each session. Lower work_mem or the number of connections, and set vm.overcommit_memory = 2, so that a statement fails instead of the server.", ""},
	workload.AboutShm: {finding.Medium, "Shared memory is full", "/dev/shm has no room for the memory that parallel workers share.",
		"Give the container a larger /dev/shm (docker run --shm-size). Until then, set max_parallel_workers_per_gather = 0.", ""},
	workload.AboutLockTable: {finding.Medium, "Lock table is full", "A transaction locked more tables and partitions than the server has room for.",
		"Find the statement that touches many partitions or tables in one transaction. Raise max_locks_per_transaction, which needs a restart.", ""},
	workload.AboutReadOnly: {finding.Medium, "Writes to a server that only reads", "The server is a standby, or default_transaction_read_only is on.",
		"Run SELECT pg_is_in_recovery(). If it is true, the application is connected to a standby: after a failover, make it look up the primary again (target_session_attrs=read-write). Otherwise check default_transaction_read_only.", ""},
	workload.AboutRange: {finding.Medium, "Number out of range", "A statement had a number that its type cannot hold. If the sequence of an integer key has passed 2,147,483,647, every INSERT fails.",
		"Compare the sequences with their columns: SELECT * FROM pg_sequences, and the type of each key. If a key has run out, change it to bigint. Otherwise correct the value in the application.", ""},
	workload.AboutCatalog: {finding.Medium, "Catalog lookup failed", "A statement refers to an object that the catalog does not have. Either another session dropped it at the same moment, or the catalog is damaged.",
		"Run the statement again. If it fails again, search pg_class and pg_depend for the number in the message, and check the catalog's indexes with amcheck before any repair.", ""},
	workload.AboutUsedUp: {finding.High, "Sequence without a value left", "The message does not name the sequence. Every INSERT that uses it fails.",
		"Run SELECT * FROM pg_sequences WHERE last_value = max_value. Change the type of its column and of the sequence to bigint.", ""},
}

var serverErrors = rule.Rule{
	ID:     "server-errors",
	Title:  "Errors of the server",
	Sees:   "Errors in a server log, or in what a client, a driver or an application shows: damaged data, a transaction status that cannot be read, WAL that a replica needs and that is gone, an error of the storage, the limit of open files, files that the server may not open, a crash, no memory, a full lock table or /dev/shm, writes to a server that only reads, numbers out of range, objects that the catalog does not have, a sequence without a value left. English messages, and SQLSTATE codes where a driver shows nothing else.",
	Why:    "Each is an error for the application, and it repeats until somebody acts.",
	Silent: "Errors of single statements: syntax, permissions, violated constraints (23505). What other rules report: deadlocks, timeouts, refused connections, a full disk, wraparound.",
	Fix:    "Act on the most severe message first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/errcodes-appendix.html",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewLog},
	Case: ofLog(func(c *rule.Case, l *workload.Log, found func(rule.Found)) {
		said := map[string]bool{}
		for _, m := range l.Messages {
			by, known := serverErrorsBy[m.About]
			if !known || said[m.About] {
				continue
			}
			said[m.About] = true
			n := 0
			for _, other := range l.Messages { // of every severity
				if other.About == m.About {
					n += other.Count
				}
			}
			var e rule.Evidence
			e.Number("messages", opt.Of(float64(n)), "", string(workload.ViewLog))
			f := rule.Found{Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: by.severity, Evidence: e,
				Title:  redact.Sprintf("%s: %s %s", by.title, figures.Plural(n, "message"), l.Where(workload.EventMessages, m.About)),
				Detail: redact.Plain(by.detail), Fix: redact.Plain(by.fix),
			}}
			if signals := signalsOf(l.Messages); m.About == workload.AboutCrash && len(signals) > 0 {
				f.Title = redact.Sprintf("%s: %s %s", by.title, signalsNamed(signals), l.Where(workload.EventMessages, m.About))
				f.Fix = signalFix(signals)
				if len(l.DiskFull) > 0 {
					f.Detail = redact.Append(f.Detail, "The disk was full: see disk-full.")
				}
				if i := slices.IndexFunc(l.Messages, func(m *workload.LogMessages) bool { return m.Severity == "PANIC" }); i >= 0 {
					f.Detail = redact.Append(f.Detail, "The PANIC in the log: %s.", l.Messages[i].Last)
				}
			}
			if by.blast != "" {
				f.Tag, f.Blast = finding.Critical, redact.Plain(by.blast)
			}
			found(f)
		}
	}),
}

// signalsOf returns the processes that a signal ended.
func signalsOf(list []*workload.LogMessages) (of []workload.LogSignal) {
	for _, m := range list {
		of = append(of, m.Signals...)
	}
	return of
}

// signalsNamed names them: process 5 ended by signal 9.
func signalsNamed(list []workload.LogSignal) string {
	var named []string
	for _, s := range list {
		named = append(named, "process "+s.PID+" ended by signal "+s.Signal)
	}
	return strings.Join(rule.FirstFew(named), ", ")
}

// signalFix says what the signals mean, and what to do.
func signalFix(list []workload.LogSignal) (fix redact.Text) {
	said := map[string]bool{}
	for _, s := range list {
		means := ""
		switch s.Signal {
		case "9":
			means = "Signal 9 is mostly the kernel, out of memory: look for it in the kernel's log (dmesg)."
		case "6":
			means = "Signal 6 is an abort, mostly after a PANIC: the message of the PANIC before it is the cause. Mend that first."
		case "7", "11":
			means = "Signal " + s.Signal + " is an error in the server or in an extension, or damaged data: keep the core dump, and look at the statement that the process ran."
		default:
			means = "Look for what sent signal " + s.Signal + "."
		}
		if !said[means] {
			said[means] = true
			fix = redact.Append(fix, "%s", means)
		}
	}
	return fix
}
