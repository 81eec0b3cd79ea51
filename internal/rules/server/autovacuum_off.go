package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var autovacuumOff = rule.Rule{
	ID:     "autovacuum-off",
	Title:  "Autovacuum is off on the whole server",
	Sees:   "pg_settings with autovacuum = off.",
	Why:    "No table is vacuumed or analysed: dead rows stay, tables grow, statistics grow old. What it does all the same, when a transaction ID comes to its end, then comes for many tables at once.",
	Silent: "Autovacuum off for single tables (autovacuum-disabled).",
	Fix:    "autovacuum = on and a reload. Where it got in the way: fewer workers or a higher cost delay, not off.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if !c.SettingIsOff("autovacuum") {
			return
		}
		f := c.OnSetting("autovacuum")
		f.Tag, f.Severity = finding.Critical, finding.High
		f.Title = redact.Plain("autovacuum is off on the whole server: no table is vacuumed or analysed")
		f.Detail = redact.Plain("At stake is every table that is written to: dead rows stay, tables and indexes grow, plans are made with old statistics. Autovacuum starts all the same where a table's oldest transaction ID reaches autovacuum_freeze_max_age, then for many tables at once.")
		f.Fix = redact.Plain("ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf(). Then VACUUM (ANALYZE) of the tables with the most dead rows.")
		found(f)
	},
}
