package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var autovacuumOff = rule.Rule{
	ID:     "autovacuum-off",
	Title:  "autovacuum is off on the whole server",
	Sees:   "pg_settings with autovacuum = off.",
	Why:    "No table is vacuumed or analyzed: dead rows stay, tables grow, and statistics become outdated. Autovacuum still starts to prevent transaction ID wraparound, then for many tables at once.",
	Silent: "Autovacuum disabled for single tables (autovacuum-disabled).",
	Fix:    "Set autovacuum = on and reload. If autovacuum slowed the server down, use fewer workers or a higher cost delay.",
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
		f.Title = redact.Plain("autovacuum is off on the whole server: no table is vacuumed or analyzed")
		f.Detail = redact.Plain("Dead rows accumulate in every table that is written to, tables and indexes grow, and plans use outdated statistics.")
		f.More = redact.Plain("Autovacuum still starts if a table's oldest transaction ID reaches autovacuum_freeze_max_age, then for many tables at once.")
		f.Blast = redact.Plain("every table that is written to")
		f.Fix = redact.Plain("Run ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf(). Then run VACUUM (ANALYZE) on the tables with the most dead rows.")
		found(f)
	},
}
