package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Spot is a column of a table.
type Spot struct {
	Table  *Table
	Column *catalog.Column
}

// String returns the column with its table: "orders.state".
func (s Spot) String() string { return s.Table.Name.Short() + "." + s.Column.Name }

// Way is one of several ways of doing the same thing, and where it is done so.
type Way struct {
	Name  string // "CHECK"
	Spots []Spot
}

// Ways are the ways in which a schema does one thing, the most frequent first.
type Ways struct {
	Kind string // "fixed values"
	Each string // what they differ in: "way"
	List []Way
}

// Of returns how many places there are.
func (w Ways) Of() int {
	n := 0
	for _, way := range w.List {
		n += len(way.Spots)
	}
	return n
}

// Usual returns the way of most places, and whether there is one.
func (w Ways) Usual() (string, bool) {
	return w.List[0].Name, isMost(len(w.List[0].Spots), w.Of())
}

// Others returns the places that do not do it in the most frequent way.
func (w Ways) Others() []Spot {
	var list []Spot
	for _, way := range w.List[1:] {
		list = append(list, way.Spots...)
	}
	return list
}

// convention returns the most frequent way, if it is a convention; else nil.
func (w Ways) convention() *Convention {
	if len(w.List) == 0 {
		return nil
	}
	c := &Convention{Kind: w.Kind, Value: w.List[0].Name, Kept: len(w.List[0].Spots), Of: w.Of()}
	for _, s := range w.Others() {
		c.Exceptions = append(c.Exceptions, s.String())
	}
	return c.orNil()
}

// ways sorts the columns of all tables by what a function says of each; empty: nothing.
func (s *Schema) ways(kind, each string, of func(*Table, *catalog.Column) string) Ways {
	w := Ways{Kind: kind, Each: each}
	for _, t := range s.Tables {
		for i := range t.Columns {
			col := &t.Columns[i]
			name := of(t, col)
			if name == "" || col.Inherited {
				continue
			}
			at := slices.IndexFunc(w.List, func(way Way) bool { return way.Name == name })
			if at < 0 {
				at = len(w.List)
				w.List = append(w.List, Way{Name: name})
			}
			w.List[at].Spots = append(w.List[at].Spots, Spot{t, col})
		}
	}
	slices.SortStableFunc(w.List, func(a, b Way) int { return len(b.Spots) - len(a.Spots) })
	return w
}

// Ways of keeping fixed values that limit nothing. These are no convention.
const (
	freeText        = "free text"
	uncheckedNumber = "number without a CHECK"
)

// ValueSets returns how columns that hold one of a few values are limited to these.
func (s *Schema) ValueSets() Ways {
	return s.ways("fixed values", "way", func(t *Table, col *catalog.Column) string {
		base := t.Schema.BaseType(col)
		made := t.created(col)
		words := Words(col.Name)
		if len(words) > 1 && words[len(words)-1] == "id" { // status_id
			words = words[:len(words)-1]
		}
		choice, sure := t.IsChoice(&catalog.Column{Name: strings.Join(words, "_"), Type: col.Type})
		switch {
		case !choice || t.HasKey(col.Name):
			return ""
		case made != nil && made.Kind == 'e':
			return "enum"
		case t.References(col.Name) != nil:
			if of := t.Target(t.References(col.Name)); of != nil && of.IsLookup() && !hasWord(words, "role", "level") { // roles are what users define
				return "lookup table"
			}
			return ""
		case !IsText(base) && !(sure && IsInteger(base)):
			return "" // a priority is a number
		case t.IsLimited(col):
			return "CHECK"
		case sure && IsText(base):
			return freeText
		case sure:
			return uncheckedNumber
		}
		return ""
	})
}

// KeyTypes returns the types of the keys that stand for a row and mean nothing.
func (s *Schema) KeyTypes() Ways {
	return s.ways("primary keys", "type", func(t *Table, col *catalog.Column) string {
		base := t.Schema.BaseType(col)
		words := Words(col.Name)
		switch {
		case !t.IsKey(col.Name) || t.References(col.Name) != nil:
			return ""
		case IsText(base) && slices.Equal(words, []string{"id"}):
			return "text"
		case !slices.Contains([]string{"bigint", "integer", "uuid"}, base.Name) || !hasWord(words, "id", "uuid", "guid", "key", "pk"):
			return ""
		}
		return base.Name
	})
}

// TimeTypes returns the types of the columns that hold a moment. A time on a local
// clock is none.
func (s *Schema) TimeTypes() Ways {
	return s.ways("timestamps", "type", func(t *Table, col *catalog.Column) string {
		if base := t.Schema.BaseType(col); strings.HasPrefix(base.Name, "timestamp ") && !base.Array && !t.IsLocal(col.Name) {
			return base.Name
		}
		return ""
	})
}

// Spellings returns the names that are written in snake_case here and in camelCase
// there: created_at and createdAt.
func (s *Schema) Spellings() Ways {
	both := map[string]int{}
	spelled := func(name string) int {
		switch {
		case len(Words(name)) < 2:
			return 0
		case Snake.Has(name):
			return 1
		case Camel.Has(name), Pascal.Has(name):
			return 2
		}
		return 0
	}
	for _, t := range s.Tables {
		for _, col := range t.Columns {
			both[strings.Join(Words(col.Name), "_")] |= spelled(col.Name)
		}
	}
	return s.ways("the same names", "spelling", func(t *Table, col *catalog.Column) string {
		if both[strings.Join(Words(col.Name), "_")] != 3 {
			return ""
		}
		return []string{"", string(Snake), string(Camel)}[spelled(col.Name)]
	})
}

// IsLocal reports whether a column is meant as the time on a local clock: its name
// says so, or a column beside it has the time zone.
func (t *Table) IsLocal(column string) bool {
	if words := Words(column); slices.Contains(words, "local") || slices.Contains(words, "wall") {
		return true
	}
	return t.zoned
}

// namesZone reports whether a column of a table has the time zone of the others.
func namesZone(r *catalog.Relation) bool {
	return slices.ContainsFunc(r.Columns, func(c catalog.Column) bool {
		name := strings.Join(Words(c.Name), "_")
		return strings.Contains(name, "timezone") || strings.Contains(name, "time_zone") || name == "tz" || strings.HasSuffix(name, "_tz")
	})
}
