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

var entityAttributeValue = rule.Rule{
	ID:      "entity-attribute-value",
	Title:   "Entity, attribute, value",
	Sees:    "A table with the key of another row, the name or the key of an attribute, and a value as text or JSON, or one value column for each type.",
	Why:     "No type, NOT NULL, CHECK or foreign key holds for a value. One entity is read from many rows, and a search by two attributes joins the table twice.",
	Silent:  "Settings, translations, tags and headers, and measurements: a number with a time.",
	Fix:     "Make the known attributes columns. Keep the rest in one jsonb column of the entity.",
	Sources: []string{manual + "datatype-json.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		entity, attribute, value := eavOf(t)
		if value == nil {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Medium)
		f.AtColumn(value)
		f.Title = redact.Sprintf("%s is entity, attribute, value", t.Name.Short())
		f.Detail = redact.Sprintf("%s holds every attribute of one %s that %s names. No type, NOT NULL or foreign key applies to one of them, and each one that is read or searched needs one more join.",
			quoted(value.Name), quoted(entity.Name), quoted(attribute.Name))
		f.Fix = redact.Plain("Make the known attributes columns of the entity. Keep the rest in one jsonb column there.")
		f.Decide("Do users invent the attributes, or does the application know them?", "the distinct values of "+quoted(attribute.Name), "use columns for what the application reads by name, and jsonb for the rest.")
		found(f)
	},
}

// eavOf returns the columns of an entity, an attribute and a value; value is nil if
// the table is another one.
func eavOf(t *design.Table) (entity, attribute, value *catalog.Column) {
	if t.IsRecord() || slices.ContainsFunc(design.Words(t.Name.Name), func(w string) bool {
		return slices.Contains([]string{"translation", "tag", "label", "header", "localization", "i18n", "measurement", "reading", "sample", "lookup", "option", "setting", "settings", "preference", "preferences", "config", "configuration", "flag"}, design.InSingular(w))
	}) {
		return nil, nil, nil
	}
	values, others := 0, 0
	for i := range t.Columns {
		col := &t.Columns[i]
		words := design.Words(col.Name)
		name, base := strings.Join(words, "_"), t.Schema.BaseType(col)
		last := ""
		if len(words) > 0 {
			last = words[len(words)-1]
		}
		k := t.References(col.Name)
		isAttribute := func(w string) bool {
			return slices.Contains([]string{"attribute", "attr", "property", "prop", "field", "key", "name", "param", "parameter"}, w)
		}
		switch {
		case len(words) > 1 && (last == "id" || last == "key" && k != nil) && isAttribute(words[len(words)-2]) && attribute == nil && !t.IsKey(col.Name):
			attribute = col
		case (k != nil || last == "id" && len(words) > 1) && !t.IsKey(col.Name):
			if entity == nil {
				entity = col
			}
		case design.IsText(base) && isAttribute(last) && attribute == nil:
			attribute = col
		case slices.Contains(words, "value") || slices.Contains(words, "val"):
			if design.IsText(base) || base.Name == "jsonb" || base.Name == "json" {
				value = col
			}
			values++
		case t.IsKey(col.Name) || design.IsTime(base) || strings.HasPrefix(name, "value") || slices.Contains([]string{"type", "position", "sort", "locale", "deleted", "version"}, last):
		default:
			others++
		}
	}
	if entity == nil || attribute == nil || others > 1 || values == 0 {
		return nil, nil, nil
	}
	named := func(name string) bool {
		return slices.ContainsFunc(design.Words(name), func(w string) bool {
			return slices.Contains([]string{"attribute", "attr", "property", "prop", "field", "meta", "metadata", "param", "parameter", "custom", "extra", "eav", "value", "detail", "details", "spec", "characteristic", "feature"}, design.InSingular(w))
		})
	}
	oneEach := slices.ContainsFunc(t.Uniques(), func(u design.Unique) bool {
		return len(u.Columns) == 2 && slices.Contains(u.Columns, entity.Name) && slices.Contains(u.Columns, attribute.Name)
	})
	if !named(t.Name.Name) && !named(attribute.Name) && !oneEach {
		return nil, nil, nil // such as the keys of an API
	}
	return entity, attribute, value
}
