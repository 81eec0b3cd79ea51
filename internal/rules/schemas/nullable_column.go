package schemas

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var nullableColumn = rule.Rule{
	ID:    "nullable-column",
	Title: "Nullable column that every row seems to need",
	Sees: "A column without NOT NULL that by its name or its peers every row has: created_at; a status with a default; the foreign key of a child that is deleted with its parent; " +
		"the column of the tenant, where most tables require it.",
	Why:     "One writer that leaves it out is enough, and then every reader has to handle NULL. NOT IN and joins drop such rows silently.",
	Silent:  "A CHECK that asks for a value, or says which of several columns has one. References to the same table, and those that ON DELETE sets to NULL.",
	Fix:     "Fill the NULLs and set NOT NULL.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			if col.Inherited || col.Generated != "" || t.RefusesNull(col) || t.NullsChecked(col.Name) || t.Schema.BaseType(col).Name == "boolean" {
				continue
			}
			why := requiredBecause(c, t, col)
			if why == "" {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is nullable", columnOf(t, col.Name))
			f.Detail = redact.Plain(why + " Without NOT NULL, one writer that leaves it out is enough.")
			f.Fix = redact.Plain("Fill the NULLs, then set NOT NULL.")
			f.Decide("Is there a row that rightly has no "+quoted(col.Name)+"?", "a count of the rows WHERE "+quoted(col.Name)+" IS NULL, and what they are", "set NOT NULL.")
			f.AddDDL("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", t.Name.Short(), quoted(col.Name))
			found(f)
		}
	},
}

// requiredBecause says why every row should have a value of a column; empty if nothing
// says so.
func requiredBecause(c *rule.Case, t *design.Table, col *catalog.Column) string {
	words := strings.Join(design.Words(col.Name), "_")
	switch words {
	case "created_at", "inserted_at", "created_on", "created", "creation_date", "date_created", "createdat", "create_time", "created_date", "creation_time":
		if design.IsTime(t.Schema.BaseType(col)) {
			return "Every row was created at some time."
		}
	case "updated_at", "modified_at":
		if hasDefault(col) {
			return "The column has a default, so every row seems to have a value."
		}
	}
	if choice, _ := t.IsChoice(col); choice && hasDefault(col) {
		return "The column has a default, so every row seems to have a value."
	}
	switch k := t.References(col.Name); {
	case k == nil:
	case k.Ref == t.OID || strings.HasPrefix(k.OnDelete, "SET"):
		return ""
	case len(k.Columns) > 1:
	case isPartOf(t, k):
		return fmt.Sprintf("By their name, the rows are parts of a row of %s.", k.RefName.Short())
	case k.OnDelete == "CASCADE" && isOnlyCascade(t, k):
		return fmt.Sprintf("The rows are deleted with their row of %s, so they seem to belong to one.", k.RefName.Short())
	}
	if n, of := c.Schema.RequiredIn(col); col == t.TenantColumn() && 3*n >= 2*of {
		return fmt.Sprintf("%d of the %d tables with this column require it.", n, of)
	}
	return ""
}

// isOnlyCascade reports whether a foreign key is the only one that deletes the rows of
// a table.
func isOnlyCascade(t *design.Table, k *catalog.Constraint) bool {
	return !slices.ContainsFunc(t.ForeignKeys(), func(o *catalog.Constraint) bool { return o != k && o.OnDelete == "CASCADE" })
}

// isPartOf reports whether a table is named after the one that it refers to:
// order_items and orders.
func isPartOf(t *design.Table, k *catalog.Constraint) bool {
	whole := design.Words(k.RefName.Name)
	part := design.Words(t.Name.Name)
	if len(part) <= len(whole) || len(whole) == 0 {
		return false
	}
	for i, w := range whole {
		if !design.SameNoun(w, part[i]) {
			return false
		}
	}
	return true
}
