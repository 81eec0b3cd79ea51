package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// anything are words that say nothing of what a column holds if they are all of its name
// or all before id: a value is a number here and a text there for a reason.
var anything = words(`id value values val data datum input output quantity configuration descriptor definition prompt type kind status state name code key position content contents body version number num no result score rank level priority
	parent owner source target external entity record resource object item subject reference ref foreign remote local original old new previous next
	title label description text note notes comment message payload meta metadata config options settings params args tags count total size length weight width height
	start end from to min max date time timestamp hash token default order sort index role action event origin format language locale scope limit filter rule rate unit
	before after details info extra properties attributes address image icon color url path file reason error model day month year period duration interval`)

// TypesByName returns the names that columns of three tables or more share and that have
// another type in a few of these. Types that store the same are one: text and varchar.
func (s *Schema) TypesByName() []Ways {
	var names []string
	by := map[string][]Spot{}
	for _, t := range s.Tables {
		for i := range t.Columns {
			col := &t.Columns[i]
			words := Words(col.Name)
			if last := len(words) - 1; last > 0 && keyWords[words[last]] {
				words = words[:last]
			}
			if len(words) == 0 || len(words) == 1 && anything[words[0]] || col.Inherited || t.isTyped(words) || t.kindOf(col) == "" {
				continue
			}
			if by[col.Name] == nil {
				names = append(names, col.Name)
			}
			by[col.Name] = append(by[col.Name], Spot{t, col})
		}
	}
	var list []Ways
	for _, name := range names {
		spots := by[name]
		w := Ways{Kind: name, Each: "type"}
		var target catalog.OID
		apart := len(spots) < 3
		for _, spot := range spots {
			if k := spot.Table.References(name); k != nil {
				apart = apart || target != 0 && target != k.Ref // parent_id
				target = k.Ref
			}
			kind := spot.Table.kindOf(spot.Column)
			at := slices.IndexFunc(w.List, func(way Way) bool { return way.Name == kind })
			if at < 0 {
				at = len(w.List)
				w.List = append(w.List, Way{Name: kind})
			}
			w.List[at].Spots = append(w.List[at].Spots, spot)
		}
		slices.SortStableFunc(w.List, func(a, b Way) int { return len(b.Spots) - len(a.Spots) })
		if !apart && len(w.List) > 1 && isMost(len(w.List[0].Spots), len(spots)) {
			list = append(list, w)
		}
	}
	return list
}

// kindOf returns the type of a column as far as it matters between tables. It is empty
// for enums and other types that the schema created: each has its own.
func (t *Table) kindOf(col *catalog.Column) string {
	base := t.Schema.BaseType(col)
	if made := t.Schema.Type(catalog.Name{Schema: base.Schema, Name: base.Name}); made != nil || base.Schema != "" {
		return ""
	}
	words := Words(col.Name)
	name := base.Name
	switch {
	case base.Array:
		return name + "[]"
	case IsText(base):
		name = "text"
	case name == "smallint" || name == "bigint" && !keyWords[words[len(words)-1]]:
		name = "integer" // a short list, or a large amount
	case name == "json":
		name = "jsonb"
	case name == "real":
		name = "double precision"
	case strings.HasPrefix(name, "timestamp "):
		name = "timestamp with time zone"
	case name == "time with time zone":
		name = "time without time zone"
	}
	return name
}
