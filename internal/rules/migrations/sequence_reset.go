package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sequenceReset = rule.Rule{
	ID:      "sequence-reset",
	Title:   "Sequence set to a fixed value",
	Sees:    "setval with a literal, ALTER SEQUENCE ... RESTART, or ALTER COLUMN ... RESTART, of a sequence that was there before.",
	Why:     "If the value is below the largest key, INSERT fails with duplicate keys until the sequence has passed it.",
	Silent:  "setval with max() of the column. The sequence or table is new.",
	Fix:     "Use SELECT setval('sequence', (SELECT max(column) FROM table)).",
	Sources: []string{manual + "functions-sequence.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		text := strings.ToLower(s.Text)
		for _, a := range onExisting(c, s, ddl.Write, ddl.AlterSequence, ddl.SetStorage, ddl.Truncate) {
			switch {
			case a.Verb == ddl.Write && (a.Name != "setval" || strings.Contains(text, "max(")):
				continue
			case a.Verb == ddl.AlterSequence && !strings.Contains(text, "restart"):
				continue
			case (a.Verb == ddl.SetStorage || a.Verb == ddl.Truncate) && !(a.Target == "column" && strings.Contains(text, "restart")):
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.High)
			f.Title = redact.Sprintf("%s is set to a fixed value: INSERT fails while it is below the largest key", sequenceName(a))
			f.Detail = redact.Plain("The files do not show the largest key.")
			f.Decide("Is the value above the largest key?", "SELECT max() of the column that the sequence fills", "set it from max() of the column.")
			f.Fix = redact.Plain("Use SELECT setval('sequence', (SELECT max(column) FROM table));")
			found(f)
		}
	},
}

func sequenceName(a *ddl.Action) string {
	if a.Table != nil {
		return a.Table.Name.Short()
	}
	return "The sequence"
}
