package workload

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var checksumFailures = rule.Rule{
	ID:     "checksum-failures",
	Title:  "Pages with wrong checksums",
	Sees:   "checksum_failures above 0 in pg_stat_database (12 and later, with data checksums).",
	Why:    "The server read a page from the disk that is not as it was written. Statements that read it fail, and other pages of the same disk may be damaged as well.",
	Silent: "Data checksums are off: then the column is empty, and nobody counts.",
	Fix:    "Take a file-level copy before any repair, check the storage, and restore from a backup or change to a replica.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/checksums.html", "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if len(c.Snapshot.ChecksumFailures) == 0 {
			return
		}
		var e rule.Evidence
		var names []string
		all := 0.0
		for _, name := range slices.Sorted(maps.Keys(c.Snapshot.ChecksumFailures)) {
			n := c.Snapshot.ChecksumFailures[name]
			all += n
			where := "database " + name
			if name == "" {
				where = "the shared catalogs"
			}
			e.Number("checksum_failures of "+where, opt.Of(n), "", string(workload.ViewDatabase))
			names = append(names, where)
		}
		found(rule.Found{Finding: finding.Finding{
			Tag: finding.Critical, Severity: finding.Severe, Evidence: e, Blast: redact.Plain("the tables and indexes of these pages, perhaps more on the same disk"),
			Title:  redact.Sprintf("Damaged data: %s with a wrong checksum, read in %s", figures.Plural(all, "page"), strings.Join(rule.FirstFew(names), ", ")),
			Detail: redact.Plain("What the disk returned is not what the server wrote. A page that is read again counts again."),
			Fix:    redact.Plain("Search the log for \"page verification failed\" and the error behind it, which names the file. Take a file-level copy of the data directory before any repair. Check the storage and its log. Restore the table from a backup, or change to a replica on another disk. If only an index is damaged, run REINDEX."),
		}})
	},
}
