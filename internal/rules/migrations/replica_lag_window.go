package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var replicaLagWindow = rule.Rule{
	ID:      "replica-lag-window",
	Title:   "New column or table is late on standbys",
	Sees:    "A column or table that the files add, and an export that shows standbys. Once per report.",
	Why:     "Until the standby has replayed it, new code that reads it there fails.",
	Silent:  "No standby is known.",
	Fix:     "Route the first reads to the primary, or wait for replay_lag before the code is released.",
	Sources: []string{manual + "monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		if !standbysKnown(c) {
			return
		}
		for s := range all(c) {
			list := done(s, ddl.AddColumn, ddl.CreateTable)
			if len(list) == 0 {
				continue
			}
			f := c.About(s, list[0].Table, finding.Concern, finding.Low)
			f.Title = redact.Plain("New code that reads what is added here fails on a standby until it is replayed")
			f.Detail = redact.Plain("The standby gets the change with its replay lag.")
			f.Decide("Does the new code read it from a standby?", "where the code sends its reads", "wait for replay_lag in pg_stat_replication before the code is released.")
			f.Fix = redact.Plain("Route the first reads to the primary, or wait for replay_lag.")
			found(f)
			return
		}
	},
}
