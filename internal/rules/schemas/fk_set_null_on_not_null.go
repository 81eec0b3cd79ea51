package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkSetNullOnNotNull = rule.Rule{
	ID:      "fk-set-null-on-not-null",
	Title:   "SET NULL on a column that is NOT NULL",
	Sees:    "A foreign key with ON DELETE or ON UPDATE SET NULL, and one of its columns is NOT NULL. SET DEFAULT, if the column has no default.",
	Why:     "Every DELETE of a referenced row fails with a not-null violation, which names the wrong table.",
	Silent:  "The columns may be NULL. ON DELETE SET NULL names the columns that may.",
	Fix:     "Let the column be NULL, name the columns that SET NULL is for (PostgreSQL 15), or write RESTRICT or CASCADE.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, k := range t.ForeignKeys() {
			event, does, action := "DELETE", "DELETE of a referenced row", k.OnDelete
			column := refusing(t, k, action, k.SetColumns)
			if column == "" {
				event, does, action = "UPDATE", "change of a referenced key", k.OnUpdate
				if column = refusing(t, k, action, nil); column == "" {
					continue
				}
			}
			f := c.InSchema(t, finding.Confirmed, finding.High)
			f.AtConstraint(k)
			f.Where.Column = column
			f.Title = redact.Sprintf("%s is NOT NULL, but its foreign key to %s says ON %s %s", columnOf(t, column), target(t, k), event, action)
			f.Detail = redact.Sprintf("Every %s fails: %s cannot be NULL.", does, quoted(column))
			if action == "SET DEFAULT" {
				f.Detail = redact.Sprintf("Every %s fails: %s has no default, and cannot be NULL.", does, quoted(column))
			}
			var nullable []string
			for _, name := range k.Columns {
				if col := t.Column(name); col != nil && !col.NotNull {
					nullable = append(nullable, name)
				}
			}
			switch {
			case event == "DELETE" && action == "SET NULL" && len(nullable) > 0:
				f.Fix = redact.Sprintf("Write ON DELETE SET NULL %s (PostgreSQL 15), which leaves the other columns alone.", design.ColumnList(nullable))
				if s := c.Migration.Server; !s.Known() || s.Has(15) {
					f.AddDDL("ALTER TABLE %s DROP CONSTRAINT %s, ADD %s", t.Name.Short(), quoted(k.Name), withAction(t, k, "ON DELETE SET NULL "+design.ColumnList(nullable)))
				}
			case t.HasKey(column):
				f.Fix = redact.Plain("Write RESTRICT, which is what happens now, or CASCADE. A column of the primary key is never NULL.")
				f.AddDDL("ALTER TABLE %s DROP CONSTRAINT %s, ADD %s", t.Name.Short(), quoted(k.Name), withAction(t, k, "ON DELETE RESTRICT"))
			default:
				f.Fix = redact.Sprintf("Let %s be NULL, if a row may stay without a reference. Otherwise write RESTRICT, which is what happens now, or CASCADE.", quoted(column))
				f.AddDDL("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", t.Name.Short(), quoted(column))
			}
			found(f)
		}
	},
}

// refusing returns the column that an action of a foreign key cannot set; empty if
// there is none.
func refusing(t *design.Table, k *catalog.Constraint, action string, only []string) string {
	if !strings.HasPrefix(action, "SET ") {
		return ""
	}
	columns := k.Columns
	if len(only) > 0 {
		columns = only
	}
	at := slices.IndexFunc(columns, func(name string) bool {
		col := t.Column(name)
		return col != nil && col.NotNull && (action == "SET NULL" || !col.Default.There())
	})
	if at < 0 {
		return ""
	}
	return columns[at]
}
