package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var standbyReaders = rule.Rule{
	ID:      "standby-readers",
	Title:   "ACCESS EXCLUSIVE is replayed on standbys",
	Sees:    "A statement that takes ACCESS EXCLUSIVE on what was there before, and an export or a file of the repository that shows standbys. Once per report.",
	Why:     "The standby's replay waits for its readers of the table, and new readers wait behind it. After max_standby_streaming_delay the old readers are cancelled. lock_timeout does not help there.",
	Silent:  "No standby is known, or all relations are new.",
	Fix:     "Run it when no long query runs on the standbys, or set max_standby_streaming_delay to a time that their readers can wait.",
	Sources: []string{manual + "hot-standby.html#HOT-STANDBY-CONFLICT"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		if !standbysKnown(c) {
			return
		}
		for _, file := range c.Migration.Files {
			for _, s := range file.Statements {
				l := strongLock(c, s)
				if l == nil || !l.Mode.BlocksReads() {
					continue
				}
				f := c.About(s, l.Relation, finding.Concern, finding.Medium)
				f.Title = redact.Sprintf("Readers of %s on the standbys wait for the replay of this lock", rule.TableWords(l.Relation))
				f.Detail = redact.Plain("The replay waits for running queries there, and new queries on the table wait behind it. After max_standby_streaming_delay the running ones are cancelled.")
				if c.Recon != nil && c.Recon.Standby != nil {
					f.More = redact.Sprintf("The repository names them: %s (%s).", c.Recon.Standby.Value, c.Recon.Standby.Basis)
				}
				f.Decide("Which queries run on the standbys, and for how long?", "pg_stat_activity and max_standby_streaming_delay of each standby", "run it when no long query runs there.")
				f.Fix = redact.Plain("Run it when no long query runs on the standbys.")
				found(f)
				return
			}
		}
	},
}
