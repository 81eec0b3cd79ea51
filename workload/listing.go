package workload

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Several views list the same tables or indexes. If all were exported whole and
// together, an object that one of them lists is in the others as well. A missing
// object was cut off.

// object is something that a view lists.
type object struct {
	kind         objectKind
	schema, name string
}

type objectKind string

const (
	aTable            objectKind = "table"
	anIndex           objectKind = "index"
	aPartitionedIndex objectKind = "partitioned index" // has no storage: not in the statistics views
)

// listing is the set of objects in one view, and whether it should be complete.
type listing struct {
	objects map[object]bool
	whole   bool // its columns show that the export script wrote it: nothing was left out on purpose
	part    bool // a report of some objects, such as the unused indexes: nothing follows from what it leaves out
}

func (l *listing) any(kind objectKind) bool {
	for o := range l.objects {
		if o.kind == kind {
			return true
		}
	}
	return false
}

// list starts the listing of a view.
func (s *Snapshot) list(v *view, columns []string) {
	if v.own == nil {
		return
	}
	if s.listed == nil {
		s.listed = map[View]*listing{}
	}
	whole := !slices.ContainsFunc(v.own, func(c string) bool { return !slices.Contains(columns, c) })
	part := v.columns == nil || !hasAll(setOf(columns), v.columns, nil)
	s.listed[v.name] = &listing{objects: map[object]bool{}, whole: whole, part: part}
}

// lists notes that a row names an object. Without a schema it can be any object
// with that name.
func (s *Snapshot) lists(r *record, kind objectKind, name string) {
	l := s.listed[r.View]
	if schema := r.text("schemaname", "nspname"); l != nil && schema != "" && name != "" && !systemSchema(schema) {
		l.objects[object{kind, schema, name}] = true
	}
}

// fillListed adds what another part of the export lists.
func (s *Snapshot) fillListed(from *Snapshot) {
	for v, l := range from.listed {
		have := s.listed[v]
		if have == nil {
			if s.listed == nil {
				s.listed = map[View]*listing{}
			}
			have = &listing{objects: map[object]bool{}, whole: true, part: true}
			s.listed[v] = have
		}
		maps.Copy(have.objects, l.objects)
		have.whole, have.part = have.whole && l.whole, have.part && l.part
	}
}

// inPart reports whether all that was read of a view are reports of some objects.
func (s *Snapshot) inPart(v View) bool { return s.listed[v] != nil && s.listed[v].part }

// Lists reports whether a row of the view names the index.
func (s *Snapshot) Lists(v View, ix *Index) bool {
	l := s.listed[v]
	return l != nil && l.objects[object{anIndex, ix.Schema, ix.Name}]
}

// Gap is a view that lists fewer objects than another view that must list the
// same.
type Gap struct {
	View, By  View
	Kind      string // "table", "index", or "key" for the index of a constraint
	Has, Of   int    // of the objects that By lists
	OnPurpose bool   // the rows may have been selected by hand
}

// agreeing are pairs of views that list the same objects, except for those that
// the condition leaves out.
var agreeing = []struct {
	view, by View
	kind     objectKind
	has      func(s *Snapshot, o object) bool // whether the view has to list it; nil: all
}{
	{ViewClass, ViewTables, aTable, nil},
	{ViewClass, ViewIOTables, aTable, nil},
	{ViewClass, ViewStats, aTable, nil},
	{ViewClass, ViewIndexes, anIndex, nil},
	{ViewClass, ViewIOIndexes, anIndex, nil},
	{ViewClass, ViewIndex, anIndex, nil},
	{ViewTables, ViewIOTables, aTable, nil},
	{ViewTables, ViewClass, aTable, (*Snapshot).stored},
	{ViewIOTables, ViewTables, aTable, (*Snapshot).holdsRows},
	{ViewIOTables, ViewClass, aTable, (*Snapshot).stored},
	{ViewStats, ViewIOTables, aTable, nil},
	{ViewStats, ViewClass, aTable, (*Snapshot).stored},
	{ViewSize, ViewIOTables, aTable, nil},
	{ViewSize, ViewClass, aTable, (*Snapshot).stored},
	{ViewSize, ViewIOIndexes, anIndex, nil},
	{ViewSize, ViewClass, anIndex, nil},
	{ViewIndex, ViewIndexes, anIndex, nil},
	{ViewIndex, ViewIOIndexes, anIndex, nil},
	{ViewIndex, ViewClass, anIndex, nil},
	{ViewIndex, ViewConstraint, anIndex, nil},
	{ViewIndexes, ViewIOIndexes, anIndex, nil},
	{ViewIndexes, ViewClass, anIndex, nil},
	{ViewIndexes, ViewIndex, anIndex, (*Snapshot).undivided},
	{ViewIOIndexes, ViewIndexes, anIndex, nil},
	{ViewIOIndexes, ViewIndex, anIndex, (*Snapshot).undivided},
	{ViewConstraint, ViewIndex, anIndex, (*Snapshot).ownConstraint},
}

// stored reports whether a table is known to have storage of its own, unlike
// partitioned and foreign tables.
func (s *Snapshot) stored(o object) bool {
	t := s.Table(o.schema, o.name)
	return t != nil && (t.Kind == "r" || t.Kind == "m")
}

// holdsRows reports whether a table has storage, by its kind or its counters.
func (s *Snapshot) holdsRows(o object) bool {
	t := s.Table(o.schema, o.name)
	return s.stored(o) || t != nil && t.Kind == "" && t.SeqScan.Or(0)+t.Inserted.Or(0)+t.Live.Or(0) > 0
}

// undivided reports whether an index is known not to be on a partitioned table.
func (s *Snapshot) undivided(o object) bool {
	ix := s.Index(o.schema, o.name)
	return ix != nil && ix.Table.Kind != "p" && ix.Definition != "" && !strings.Contains(ix.Definition, " ON ONLY ")
}

// ownConstraint reports whether an index belongs to a constraint that was not
// inherited from a partitioned table.
func (s *Snapshot) ownConstraint(o object) bool {
	ix := s.Index(o.schema, o.name)
	return ix != nil && ix.ConstraintType != "" && ix.IsPartition.Known() && !ix.IsPartition.Or(true)
}

// byHandInPart are the views of which people export a part: the foreign keys of
// pg_constraint. pg_stats has only analyzed tables that the role may read.
var byHandInPart = map[View]bool{ViewConstraint: true, ViewStats: true}

// changing is the share of objects that can be created or dropped between the
// exports of two views. A smaller gap is not a cut.
const changing = 0.05

// Gaps returns the views that lack objects listed by another one, once for each
// kind, with the view that lists most. Views without a common object are of two
// databases and are not compared.
func (s *Snapshot) Gaps() []Gap {
	worst := map[[2]string]Gap{}
	for _, a := range agreeing {
		l, by := s.listed[a.view], s.listed[a.by]
		if l == nil || by == nil || l.part {
			continue
		}
		g := Gap{View: a.view, By: a.by, Kind: string(a.kind), OnPurpose: !l.whole || !by.whole}
		if g.OnPurpose && byHandInPart[g.View] {
			continue
		}
		if a.view == ViewConstraint || a.by == ViewConstraint {
			g.Kind = "key"
		}
		foreign := l.any(a.kind) // apparently of another database
		for o := range by.objects {
			if o.kind != a.kind || a.has != nil && !a.has(s, o) {
				continue
			}
			g.Of++
			if l.objects[o] || o.kind == anIndex && l.objects[object{aPartitionedIndex, o.schema, o.name}] {
				g.Has++
				foreign = false
			}
		}
		missing := g.Of - g.Has
		key := [2]string{string(g.View), string(a.kind)}
		if missing == 0 || float64(missing) < changing*float64(g.Of) || foreign || missing <= worst[key].Of-worst[key].Has {
			continue
		}
		worst[key] = g
	}
	return slices.SortedFunc(maps.Values(worst), func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.View, b.View), -cmp.Compare(a.Kind, b.Kind))
	})
}
