package migrations

import (
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var extensionNotModelled = rule.Rule{
	ID:      "extension-not-modelled",
	Title:   "Extension whose locks are not known here",
	Sees:    "A call or an access method of TimescaleDB, Citus, pg_partman or pgvector. Once per report.",
	Why:     "Hypertables and distributed tables take other locks, and on more relations, than the plain tables that this report knows.",
	Silent:  "No such name occurs.",
	Fix:     "Check the extension's documentation for the lock of each statement on its tables.",
	Sources: []string{"https://docs.timescale.com/use-timescale/latest/hypertables/", "https://docs.citusdata.com/en/stable/develop/reference_ddl.html"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		for s := range all(c) {
			m := extensionCall.FindStringSubmatch(s.Text)
			if m == nil {
				continue
			}
			f := c.About(s, nil, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("%s is not modelled: the locks of its tables may differ", strings.ToLower(strings.TrimSpace(m[1])))
			f.Detail = redact.Plain("The report treats the tables as plain ones.")
			f.Decide("Which locks does the extension take on its own tables?", "the extension's documentation", "run the migration on a copy and look at pg_locks.")
			f.Fix = redact.Plain("Check the extension's documentation for the lock of each statement on its tables.")
			found(f)
			return
		}
	},
}

var extensionCall = regexp.MustCompile(`(?i)\b(create_hypertable|add_(?:compression|columnstore|retention|continuous_aggregate|reorder)_policy|timescaledb\.\w+|create_(?:distributed|reference)_(?:table|function)|alter_distributed_table|undistribute_table|partman\.\w+|using\s+(?:hnsw|ivfflat|columnar|vchordrq))\b`)
