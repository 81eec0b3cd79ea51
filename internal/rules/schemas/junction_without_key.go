package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var junctionWithoutKey = rule.Rule{
	ID:      "junction-without-key",
	Title:   "Junction table without a key over both references",
	Sees:    "A table that joins two others by two foreign keys, and nothing is unique over both.",
	Why:     "The same pair can be stored twice. A join then returns its rows twice, and a sum counts them twice.",
	Silent:  "A primary key, a unique constraint or a unique index is over both, or over one of them. The table has columns of its own, so that a pair may occur again. A reference may be NULL.",
	Fix:     "Make the two references the primary key, or unique if the table has another key.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		columns, ok := junction(t)
		if !ok {
			return
		}
		f := c.InSchema(t, finding.Confirmed, finding.High)
		f.Where.Column = columns[0]
		f.Title = redact.Sprintf("%s has no key over %s", t.Name.Short(), design.ColumnList(columns))
		f.Detail = redact.Plain("The same pair can be stored twice. A join then returns its rows twice, and a sum counts them twice.")
		f.Fix = redact.Sprintf("Make %s the primary key. Remove pairs that are stored twice first.", design.ColumnList(columns))
		kind := "PRIMARY KEY"
		if t.PrimaryKey() != nil {
			kind = "UNIQUE"
			f.Fix = redact.Sprintf("Make %s unique. Remove pairs that are stored twice first.", design.ColumnList(columns))
		}
		f.AddDDL("ALTER TABLE %s ADD %s %s", t.Name.Short(), kind, design.ColumnList(columns))
		found(f)
	},
}
