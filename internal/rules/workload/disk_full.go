package workload

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var diskFullOnce = rule.NewThreshold("writes", 1, "failed writes", "each is an error for the application, and one of the WAL stops the server")

// spaceBy has what uses up the space, by what could not be written.
var spaceBy = map[string]string{
	"WAL":               "Check what retains WAL: inactive replication slots (pg_replication_slots), a failing archive_command (pg_stat_archiver). Never delete files of pg_wal by hand.",
	"temporary files":   "Find the statements that write temporary files (log_temp_files, pg_stat_statements). temp_file_limit ends a statement before the disk is full.",
	"tables or indexes": "Find what grew: the largest relations (pg_total_relation_size), and WAL or temporary files on the same disk.",
	"the server's log":  "Delete old log files, and set log_rotation_age and log_filename so that they are overwritten.",
}

var diskFull = rule.Rule{
	ID:     "disk-full",
	Title:  "Disk full",
	Sees:   "Writes that failed because no space was left on the disk, in a server log or in what a client shows, by what could not be written: WAL, tables or indexes, temporary files.",
	Why:    "Each failed write is an error for the application. If the WAL cannot be written, the server stops, and does not start before there is space.",
	Silent: "Shared memory that is full (/dev/shm): the list of the log names it.",
	Fix:    "Free or add space on the disk of the data. Then find out what uses it up.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/disk-full.html",
	},
	Thresholds: []*rule.Threshold{diskFullOnce},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewLog},
	Case: ofLog(func(c *rule.Case, l *workload.Log, found func(rule.Found)) {
		kinds := slices.SortedFunc(maps.Keys(l.DiskFull), func(a, b string) int {
			return cmp.Or(cmp.Compare(l.DiskFull[b], l.DiskFull[a]), cmp.Compare(a, b))
		})
		if i := slices.Index(kinds, "WAL"); i > 0 { // it stops the server
			kinds = slices.Insert(slices.Delete(kinds, i, i+1), 0, "WAL")
		}
		n := 0
		var e rule.Evidence
		for _, what := range kinds {
			n += l.DiskFull[what]
			e.Number("failed writes of "+what, opt.Of(float64(l.DiskFull[what])), "", string(workload.ViewLog))
		}
		if n < int(diskFullOnce.In(c)) {
			return
		}
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Critical, Severity: finding.Severe, Evidence: e,
			Title:  redact.Sprintf("Disk full: no space was left for %s, %s %s", figures.List(kinds), figures.Plural(n, "failed write"), l.Where(workload.EventDiskFull, kinds[0])),
			Detail: redact.Plain("Each failed write ended a statement with an error."),
			Fix:    redact.Append(redact.Plain("Free or add space on that disk first."), "%s", spaceBy[kinds[0]]),
			Blast:  redact.Plain("all writes of this server"),
		}}
		if len(kinds) == 1 && kinds[0] == "temporary files" { // removed when the statement fails, perhaps on a disk of their own
			f.Tag, f.Severity, f.Blast = finding.Confirmed, finding.High, redact.Text{}
		}
		if kinds[0] == "WAL" {
			f.Detail = redact.Plain("Without space for WAL the server stops, and does not start before there is space.")
		}
		found(f)
	}),
}
