package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var fsyncOff = rule.Rule{
	ID:     "fsync-off",
	Title:  "fsync is off: a crash of the machine can destroy the cluster",
	Sees:   "pg_settings with fsync = off.",
	Why:    "Nothing makes sure that what is committed, or the files' order of writes, has reached the disk: after a crash of the operating system or a power failure all databases of the server may be unreadable.",
	Silent: "synchronous_commit = off, which loses the last commits at worst.",
	Fix:    "fsync = on and a reload; then have everything that was written before brought to disk.",
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
		f.Title = redact.Plain("fsync is off: a crash of the machine or a power failure can destroy every database of the server")
		f.Detail = redact.Plain("At stake are all databases of this server; a crash of PostgreSQL alone does no harm. Only a server whose data may be lost at any time, such as one for tests, is run like that.")
		f.Fix = redact.Plain("ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf(); CHECKPOINT; then sync of the operating system, for what was written before. If speed was the reason: synchronous_commit = off gives most of it, and loses the last commits at worst.")
		found(f)
	},
}
