package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sequenceLeftNarrow = rule.Rule{
	ID:      "sequence-left-narrow",
	Title:   "Sequence still integer under a bigint column",
	Sees:    "ALTER COLUMN TYPE bigint on a serial column, and no ALTER SEQUENCE ... AS bigint in the files.",
	Why:     "The sequence of serial stays an integer: nextval fails at 2,147,483,647 although the column has room.",
	Silent:  "Identity columns, whose sequence the server widens. Sequences that are bigint.",
	Fix:     "Run ALTER SEQUENCE ... AS bigint. It is instant and holds SHARE ROW EXCLUSIVE on the sequence.",
	Sources: []string{manual + "sql-altersequence.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AlterType) {
			if a.Was == nil || a.Column == nil || !isNarrow(a.Was.Type) || a.Column.Type.Name != "bigint" || a.Was.Sequence == 0 || a.Was.Identity != "" || widens(c, a.Was.Sequence) {
				continue
			}
			name := "its sequence"
			if seq := c.AtEnd(a.Was.Sequence); seq != nil {
				if seq.SeqType == "bigint" || seq.SeqType == "" {
					continue // ALTER SEQUENCE has widened it, or it never was narrow
				}
				name = seq.Name.Short()
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("%s becomes bigint, but %s stays integer", actionColumn(a), name)
			f.Detail = redact.Plain("nextval fails at 2,147,483,647, although the column has room.")
			f.Fix = redact.Sprintf("Run ALTER SEQUENCE %s AS bigint; too.", name)
			found(f)
		}
	},
}

// widens reports whether a statement makes a sequence bigint.
func widens(c *rule.Case, sequence catalog.OID) bool {
	return slices.ContainsFunc(onTable(c, c.AtEnd(sequence), ddl.AlterSequence), func(d deed) bool { return strings.Contains(strings.ToLower(d.s.Text), "as bigint") })
}
