package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// offByDefault are the enable_* settings that are off by default.
var offByDefault = map[string]bool{"enable_partitionwise_aggregate": true, "enable_partitionwise_join": true}

var plannerMethodOff = rule.Rule{
	ID:     "planner-method-off",
	Title:  "An enable_* setting disables a plan type",
	Sees:   "pg_settings with an enable_* setting that is off, and on by default.",
	Why:    "These settings are for experiments in one session. Set for the server, they give a worse plan to every query that needs this plan type, and the cause is hard to find.",
	Silent: "enable_partitionwise_join and enable_partitionwise_aggregate, which are off by default. Settings of the exporting session.",
	Fix:    "Reset the setting. If one query needs it, use SET LOCAL in its transaction, and find out which estimate is wrong.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		var names []string
		var e rule.Evidence
		for _, name := range slices.Sorted(maps.Keys(c.Snapshot.Settings)) {
			s := c.Snapshot.Settings[name]
			if !strings.HasPrefix(name, "enable_") || s.Value != "off" || offByDefault[name] || s.Source == "default" || s.Source == "session" {
				continue
			}
			names = append(names, name)
			e = append(e, c.OnSetting(name).Evidence...)
		}
		if len(names) == 0 {
			return
		}
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
		f.Title = redact.Sprintf("Plan types disabled by settings: %s off", strings.Join(names, ", "))
		f.Detail = redact.Plain("The setting applies to every query of the role, database or server for which it is set.")
		f.Fix = redact.Plain("Reset the setting where it was set (ALTER ROLE, ALTER DATABASE or ALTER SYSTEM ... RESET). If one query is slow without it, use SET LOCAL for that query only, and find out which estimate is wrong.")
		found(f)
	},
}
