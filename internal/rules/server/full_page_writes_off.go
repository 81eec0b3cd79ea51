package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var fullPageWritesOff = rule.Rule{
	ID:     "full-page-writes-off",
	Title:  "full_page_writes is off: torn pages cannot be repaired",
	Sees:   "pg_settings with full_page_writes = off.",
	Why:    "A page that a machine crash leaves half written is restored from its image in the WAL. Without these images the page stays damaged, and nothing reports it.",
	Silent: "wal_compression on or off: the images exist.",
	Fix:    "Set full_page_writes = on and reload. If WAL volume was the reason, use wal_compression and less frequent checkpoints.",
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
		f.Detail = redact.Plain("Only a file system that never leaves an 8 kB page half written, such as ZFS, makes this safe.")
		f.Blast = redact.Plain("tables and indexes being written when the machine crashes")
		f.Fix = redact.Plain("Run ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf(); CHECKPOINT, unless the data is on such a file system. If WAL volume was the reason, use wal_compression, a larger max_wal_size and a longer checkpoint_timeout.")
		found(f)
	},
}
