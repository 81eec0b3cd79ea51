package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var fsyncOff = rule.Rule{
	ID:     "fsync-off",
	Title:  "fsync is off: a machine crash can destroy the cluster",
	Sees:   "pg_settings with fsync = off.",
	Why:    "Nothing ensures that commits, and file writes in their order, have reached the disk. After an operating system crash or a power failure all databases of the server may be unreadable.",
	Silent: "synchronous_commit = off, which loses the last commits at worst.",
	Fix:    "Set fsync = on and reload. Then force everything that was written before to disk.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FSYNC",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if !c.SettingIsOff("fsync") {
			return
		}
		f := c.OnSetting("fsync")
		f.Tag, f.Severity = finding.Critical, finding.Severe
		f.Title = redact.Plain("fsync is off: a machine crash or a power failure can destroy every database of the server")
		f.Detail = redact.Plain("Only a server whose data may be lost at any time, such as a test server, should run like this. A crash of PostgreSQL alone does no harm.")
		f.Blast = redact.Plain("all databases of this server")
		f.Fix = redact.Plain("Run ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf(); CHECKPOINT. Then run sync on the operating system, for what was written before. If speed was the reason, use synchronous_commit = off: it gives most of the speed and loses the last commits at worst.")
		found(f)
	},
}
