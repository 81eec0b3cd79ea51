package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var intOverflowKey = rule.Rule{
	ID:      "int-overflow-key",
	Title:   "New key of four bytes",
	Sees:    "A new integer, smallint or serial column that is a primary key or identity, or that references a bigint key. A key widened to bigint while columns that reference it stay integer.",
	Why:     "It ends at 2,147,483,647. Then each INSERT fails, and the change to bigint rewrites the table.",
	Silent:  "bigint and bigserial. A reference to a key that is integer itself.",
	Fix:     "Use bigint, or bigint GENERATED ALWAYS AS IDENTITY. Widen the columns that reference a key before the key.",
	Sources: []string{manual + "datatype-numeric.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for col, on := range newColumns(s) {
			if !isNarrow(col.Type) {
				continue
			}
			ref := wideReference(c, on, col)
			if ref == "" && !col.Type.Serial && col.Identity == "" && !isPrimaryAtEnd(c, on, col.Name) {
				continue
			}
			f := c.About(s, on, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("Key %s.%s is %s: it ends at %s", rule.TableWords(on), quoted(col.Name), col.Type, narrowEnd(col))
			f.Detail = redact.Plain("Then each INSERT fails, and the change to bigint rewrites the table.")
			if ref != "" {
				f.Title = redact.Sprintf("%s.%s is %s but references %s, which is bigint", rule.TableWords(on), quoted(col.Name), col.Type, ref)
				f.Detail = redact.Plain("INSERT fails for each referenced key above the end of the type.")
			}
			f.Fix = redact.Plain("Use bigint, or bigint GENERATED ALWAYS AS IDENTITY.")
			found(f)
		}
		for _, a := range done(s, ddl.AlterType) {
			if a.Was == nil || a.Column == nil || a.Table == nil || !isNarrow(a.Was.Type) || a.Column.Type.Name != "bigint" {
				continue
			}
			var narrow []string
			for _, oid := range a.Table.Referrers {
				t := c.AtEnd(oid)
				if t == nil {
					continue
				}
				for _, k := range t.Constraints {
					if k.Type != catalog.ForeignKey || k.Ref != a.Table.OID || len(k.Columns) != 1 || len(k.RefColumns) == 1 && k.RefColumns[0] != a.Column.Name {
						continue
					}
					if col := t.Column(k.Columns[0]); col != nil && isNarrow(col.Type) {
						narrow = append(narrow, t.Name.Short()+"."+quoted(col.Name))
					}
				}
			}
			if len(narrow) == 0 {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("%s.%s becomes bigint, but %s still integer: %s", rule.TableWords(a.Table), quoted(a.Column.Name), references(len(narrow)), rule.Words(rule.FirstFew(narrow)))
			f.Detail = redact.Plain("They cannot hold a key above 2,147,483,647.")
			f.Fix = redact.Plain("Widen the columns that reference the key first.")
			found(f)
		}
	},
}

func references(n int) string {
	if n == 1 {
		return "a column that references it is"
	}
	return "columns that reference it are"
}

func narrowEnd(col *catalog.Column) string {
	if col.Type.Name == "smallint" {
		return "32,767"
	}
	return "2,147,483,647"
}

func isPrimaryAtEnd(c *rule.Case, t *catalog.Relation, column string) bool {
	if end := c.AtEnd(t.OID); end != nil {
		t = end
	}
	k := t.PrimaryKey()
	return k != nil && len(k.Columns) == 1 && k.Columns[0] == column
}

// wideReference names the bigint key that a column references; empty if it references
// none.
func wideReference(c *rule.Case, t *catalog.Relation, col *catalog.Column) string {
	for _, k := range c.ForeignKeysAtEnd(t) {
		if len(k.Columns) != 1 || k.Columns[0] != col.Name {
			continue
		}
		other := c.AtEnd(k.Ref)
		if other == nil {
			continue
		}
		name := ""
		if len(k.RefColumns) == 1 {
			name = k.RefColumns[0]
		} else if pk := other.PrimaryKey(); pk != nil && len(pk.Columns) == 1 {
			name = pk.Columns[0]
		}
		if ref := other.Column(name); ref != nil && ref.Type.Name == "bigint" {
			return other.Name.Short() + "." + quoted(name)
		}
	}
	return ""
}
