package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropSequence = rule.Rule{
	ID:      "drop-sequence",
	Title:   "DROP SEQUENCE that a default uses",
	Sees:    "DROP SEQUENCE of a sequence that a column's default calls.",
	Why:     "The server refuses it. With CASCADE the default goes, and INSERT without the column writes NULL or fails.",
	Silent:  "No default of the schema uses the sequence, or it is new.",
	Fix:     "Give the column another default or an identity first.",
	Sources: []string{manual + "sql-dropsequence.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range tried(s, ddl.DropTable) {
			if a.Table == nil || a.Table.Kind != catalog.Sequence || !existing(c, s, a.Table) || len(a.Takes) == 0 {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("DROP of sequence %s: %s uses it", rule.TableWords(a.Table), takes(a.Takes))
			f.Detail = redact.Plain("The server refuses the drop.")
			if a.Cascade {
				f.Detail = redact.Plain("CASCADE drops the default: INSERT without the column writes NULL or fails.")
			}
			f.Fix = redact.Plain("Give the column another default or an identity first.")
			found(f)
		}
	},
}
