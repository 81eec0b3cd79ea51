package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkTypeMismatch = rule.Rule{
	ID:      "fk-type-mismatch",
	Title:   "Foreign key of another type than the key",
	Sees:    "A foreign key whose column has another type than the column that it refers to.",
	Why:     "The narrower of the two ends first: from then on rows cannot be referenced, or not be created. Every join and every check converts.",
	Silent:  "Strings of different length or kind, if the referencing column holds every key. Domains over the same type.",
	Fix:     "Give both columns the wider type.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, k := range t.ForeignKeys() {
			target := t.Target(k)
			if target == nil {
				continue
			}
			refers := pairs(t, k)
			for _, name := range k.Columns {
				col, key := t.Column(name), target.Column(refers[name])
				if col == nil || key == nil {
					continue
				}
				if f, ok := mismatch(c, t, target, k, col, key); ok {
					found(f)
				}
			}
		}
	},
}

func mismatch(c *rule.Case, t, target *design.Table, k *catalog.Constraint, col, key *catalog.Column) (rule.Found, bool) {
	s := t.Schema
	if s.SameType(col, key) && length(s, col) >= length(s, key) || s.IsText(col) && s.IsText(key) && length(s, col) >= length(s, key) {
		return rule.Found{}, false
	}
	f := c.InSchema(t, finding.Confirmed, finding.High)
	f.AtConstraint(k)
	f.Where.Column = col.Name
	f.Title = redact.Sprintf("%s is %s, but %s is %s", columnOf(t, col.Name), col.Type, columnOf(target, key.Name), key.Type)
	f.Fix = redact.Sprintf("Change %s to %s.", columnOf(t, col.Name), key.Type)
	narrow, wide := design.LargestOf(s.BaseType(col)), design.LargestOf(s.BaseType(key))
	change, to := t, key.Type
	changed := col
	switch {
	case narrow > 0 && narrow < wide:
		f.Detail = redact.Sprintf("A row of %s whose %s is above %s cannot be referenced: the INSERT fails.", target.Name.Short(), quoted(key.Name), largest(s.BaseType(col)))
	case wide > 0 && wide < narrow:
		change, changed, to = target, key, col.Type
		f.Detail = redact.Sprintf("The key ends at %s, although the columns that refer to it have room for more.", largest(s.BaseType(key)))
		f.Fix = redact.Sprintf("Change %s to %s, and the other columns that refer to it.", columnOf(target, key.Name), col.Type)
	case s.IsText(col) && s.IsText(key):
		f.Severity = finding.Low
		f.Detail = redact.Sprintf("A key of more than %d characters cannot be referenced: the INSERT fails.", length(s, col))
	default:
		f.Detail = redact.Plain("Every join and every check of the key converts one of the two, and the values that one of them can hold are not those of the other.")
	}
	sized(c, &f, change)
	f.AddDDL("ALTER TABLE %s ALTER COLUMN %s TYPE %s", change.Name.Short(), quoted(changed.Name), to)
	return f, true
}

// length returns the length that a type of strings allows.
func length(s *design.Schema, col *catalog.Column) int {
	const unlimited = 1 << 30
	typ := s.BaseType(col)
	if !s.IsText(col) || len(typ.Mods) == 0 {
		if typ.Name == "character" {
			return 1
		}
		return unlimited
	}
	return typ.Mods[0]
}
