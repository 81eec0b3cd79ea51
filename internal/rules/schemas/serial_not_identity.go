package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var serialNotIdentity = rule.Rule{
	ID:      "serial-not-identity",
	Title:   "serial instead of an identity column",
	Sees:    "A column whose default is nextval of a sequence that it owns: serial, bigserial, smallserial.",
	Why:     "The sequence has privileges of its own, any INSERT can give another value, and a copy of the default shares the sequence.",
	Silent:  "Identity columns. A default from a sequence that no column owns, which tables may share.",
	Fix:     "Use GENERATED ALWAYS AS IDENTITY for new tables. For an existing one, drop the default and the sequence, and add the identity with a start above the largest value.",
	Sources: []string{"https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_serial", manual + "ddl-identity-columns.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			if !design.IsSerial(col) || col.Inherited {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is serial, not an identity column", columnOf(t, col.Name))
			f.Detail = redact.Plain("The sequence has privileges of its own, and any INSERT can give another value, which a later nextval then repeats.")
			f.Fix = redact.Plain("Use GENERATED ALWAYS AS IDENTITY in new tables. To convert this one, drop the default and its sequence, and add the identity with START WITH above the largest value.")
			found(f)
		}
	},
}
