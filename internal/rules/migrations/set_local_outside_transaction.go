package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var setLocalOutsideTransaction = rule.Rule{
	ID:      "set-local-outside-transaction",
	Title:   "SET LOCAL outside of a transaction",
	Sees:    "SET LOCAL, or set_config with is_local, where the statement runs in no transaction.",
	Why:     "It has no effect: the setting ends with the statement itself. The server only writes a warning.",
	Silent:  "A transaction of the file, of the tool, or of one string with several statements.",
	Fix:     "Use SET without LOCAL, and RESET afterwards, or open a transaction.",
	Sources: []string{manual + "sql-set.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.Set) {
			if !isLocal(a) || s.Tx != nil {
				continue
			}
			f := c.About(s, nil, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("SET LOCAL %s has no effect: the statement runs in no transaction", a.Name)
			f.Detail = redact.Plain("The setting ends with the statement itself; the next statements run without it.")
			f.Fix = redact.Sprintf("Run SET %s without LOCAL and RESET it at the end, or put the statements between BEGIN and COMMIT.", a.Name)
			found(f)
		}
	},
}
