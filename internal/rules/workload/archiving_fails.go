package workload

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var archivingLong = rule.NewThreshold("hours", 1, "hours", "between the last archived file and the last failure: WAL of that time is on the disk, and no backup can be restored to a point in it")

var archivingFails = rule.Rule{
	ID:     "archiving-fails",
	Title:  "WAL archiving fails",
	Sees:   "pg_stat_archiver whose last attempt failed: last_failed_time is later than last_archived_time, or the failed file follows the archived one. Messages of a server log: archive command failed, archiving write-ahead log file failed too many times.",
	Why:    "The server keeps every WAL file that is not archived. pg_wal grows until its disk is full, and then the server stops. Until archiving works again, a backup cannot be restored to a later time.",
	Silent: "Failures before the last success: the server tries again by itself.",
	Fix:    "Correct archive_command or its target. The server then archives what waits. Never delete files of pg_wal by hand.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL", "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW",
	},
	Thresholds: []*rule.Threshold{archivingLong},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewArchiver, workload.ViewLog},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		a, log := c.Snapshot.Archiver, workload.LogArchiving{}
		if c.Snapshot.Log != nil {
			log = c.Snapshot.Log.Archiving
		}
		switch {
		case a != nil && a.Fails():
		case a == nil && log.Failed+log.GaveUp > 0:
		default:
			return
		}
		var e rule.Evidence
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium}}
		f.Fix = redact.Plain("Run the command of archive_command by hand for one file, as the server's user, and read its error: a full or unreachable target, permissions, a file that is there already. Correct it: the server archives the rest by itself. Never delete files of pg_wal by hand.")
		f.Detail = redact.Plain("The server keeps every WAL file that is not archived. pg_wal grows until its disk is full, and then the server stops.")
		if a == nil {
			e.Number("failed attempts", opt.Of(float64(max(log.Failed, log.GaveUp))), "", string(workload.ViewLog))
			f.Title = redact.Sprintf("WAL archiving fails: %s in the server log", figures.Plural(max(log.Failed, log.GaveUp), "failed attempt"))
			f.More = redact.Plain("The log does not tell whether a later attempt succeeded: SELECT * FROM pg_stat_archiver.")
			if log.GaveUp > 0 {
				f.Severity = finding.High
			}
			f.Evidence = e
			found(f)
			return
		}
		e.Number("failed_count", a.Failed, "", string(workload.ViewArchiver))
		e.Text("last_failed_wal", redact.Plain(a.LastFailed), string(workload.ViewArchiver))
		e.Text("last_archived_wal", redact.Plain(a.LastArchived), string(workload.ViewArchiver))
		e.Number("size of pg_wal", a.WALBytes, "bytes", string(workload.ViewArchiver))
		if log.Failed > 0 {
			e.Number("failed attempts in the log", opt.Of(float64(log.Failed)), "", string(workload.ViewLog))
		}
		f.Title = redact.Plain("WAL archiving fails: the last attempt failed")
		archived, some := a.LastArchivedAt.Get()
		failed, known := a.LastFailedAt.Get()
		switch since := failed.Sub(archived); {
		case some && known && since.Hours() >= archivingLong.In(c):
			f.Severity = finding.High
			f.Title = redact.Sprintf("WAL archiving fails: the last file was archived %s before the last failure", figures.Ms(float64(since/time.Millisecond)))
		case a.Archived.Known() && a.Archived.Or(0) == 0:
			f.Severity = finding.High
			f.Title = redact.Plain("WAL archiving fails: no file was archived since the statistics were reset")
		}
		if wal, ok := a.WALBytes.Get(); ok {
			f.Detail = redact.Append(f.Detail, "pg_wal is %s now.", figures.Bytes(wal))
		}
		f.Evidence = e
		found(f)
	},
}
