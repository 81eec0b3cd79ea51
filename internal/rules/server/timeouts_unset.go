package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var timeoutsUnset = rule.Rule{
	ID:     "timeouts-unset",
	Title:  "lock_timeout and idle_in_transaction_session_timeout are unset",
	Sees:   "lock_timeout and idle_in_transaction_session_timeout are both 0.",
	Why:    "A schema change that waits behind one forgotten transaction blocks every session behind it. With a limit on either, the queue dissolves by itself.",
	Silent: "One of them is set. lock_timeout as set by the exporting session.",
	Fix:    "Set lock_timeout for the role that runs migrations first, then idle_in_transaction_session_timeout for the role of the application.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT", "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil || !settingIsZero(c, "lock_timeout") || !settingIsZero(c, "idle_in_transaction_session_timeout") {
			return
		}
		f := c.OnSetting("lock_timeout")
		f.Evidence = append(f.Evidence, c.OnSetting("idle_in_transaction_session_timeout").Evidence...)
		f.Number("time idle in transactions", c.Snapshot.DatabaseStats["idle_in_transaction_time"], "ms", "pg_stat_database")
		f.Tag, f.Severity = finding.Concern, finding.Nit
		f.Title = redact.Plain("lock_timeout and idle_in_transaction_session_timeout are both unset")
		f.Detail = redact.Plain("Lock waits and forgotten transactions can last without limit.")
		f.Decide("Are both unset for all roles and in the application too?", "pg_db_role_setting (pg_settings of one session does not show it)", "set lock_timeout in each migration")
		f.Fix = redact.Plain("Run ALTER ROLE ... SET lock_timeout = '5s' for the role that runs migrations, then SET idle_in_transaction_session_timeout = '5min' for the role of the application. New sessions use the settings.")
		found(f)
	},
}

// settingIsZero reports whether a server setting is in the input and 0.
func settingIsZero(c *rule.Case, name string) bool {
	v, ok := c.Snapshot.SettingNumber(name).Get()
	return ok && v == 0
}
