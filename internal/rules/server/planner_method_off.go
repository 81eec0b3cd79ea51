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

// offByDefault are the planner's methods that a server has to be told to use.
var offByDefault = map[string]bool{"enable_partitionwise_aggregate": true, "enable_partitionwise_join": true}

var plannerMethodOff = rule.Rule{
	ID:     "planner-method-off",
	Title:  "The planner is kept from a method",
	Sees:   "pg_settings with an enable_ setting that is off, and on by default.",
	Why:    "These are for experiments in one session. Set for the server, each query that the method suits gets a worse plan, and nobody finds out why.",
	Silent: "enable_partitionwise_join and enable_partitionwise_aggregate, which are off by default; settings of the exporting session.",
	Fix:    "Reset it. Where one query needs it: SET LOCAL in its transaction, and find out which estimate is wrong.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
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
		f.Title = redact.Sprintf("The planner is kept from a method that it would use: %s off", strings.Join(names, ", "))
		f.Detail = redact.Plain("It holds for every query of the role, the database or the server that it is set for.")
		f.Fix = redact.Plain("Reset it where it is set (ALTER ROLE, ALTER DATABASE or ALTER SYSTEM ... RESET). If one query is slow without it, SET LOCAL it for that query alone and find out which estimate is wrong.")
		found(f)
	},
}
