package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var fullPageWritesOff = rule.Rule{
	ID:     "full-page-writes-off",
	Title:  "full_page_writes is off: pages torn by a crash cannot be repaired",
	Sees:   "pg_settings with full_page_writes = off.",
	Why:    "A page that a crash of the machine leaves half written is restored from its image in the write-ahead log. Without the images it stays damaged, and nothing says so.",
	Silent: "wal_compression on or off: the images are there.",
	Fix:    "full_page_writes = on and a reload; if the amount of WAL was the reason, wal_compression and checkpoints further apart.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FULL-PAGE-WRITES",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if !c.SettingIsOff("full_page_writes") {
			return
		}
		f := c.OnSetting("full_page_writes")
		f.Tag, f.Severity = finding.Critical, finding.Severe
		f.Title = redact.Plain("full_page_writes is off: a page that a crash leaves half written stays damaged")
		f.Detail = redact.Plain("At stake are the tables and indexes that were being written when the machine crashes. Only a file system that never leaves a page of 8 kB half written, such as ZFS, makes it safe.")
		f.Fix = redact.Plain("Unless the data lies on such a file system: ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf(); CHECKPOINT. If the amount of WAL was the reason: wal_compression, a larger max_wal_size and a longer checkpoint_timeout.")
		found(f)
	},
}
