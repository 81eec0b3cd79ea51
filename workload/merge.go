package workload

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
)

// Fill adds what another part of the same export holds: an export has a file for
// each view, and a schema dump can be beside them. What is known already is
// kept.
func (s *Snapshot) Fill(from *Snapshot) {
	if from.firstCheckpoints != nil {
		s.checkpointsSince(*from.firstCheckpoints)
	}
	fillIn(s, from)
	s.firstCheckpoints = cmp.Or(s.firstCheckpoints, from.firstCheckpoints)
	s.spanned(from.ExportedFrom)
	s.spanned(from.ExportedTo)
	if s.Settings == nil && from.Settings != nil {
		s.Settings = map[string]Setting{}
	}
	for name, v := range from.Settings {
		if _, known := s.Settings[name]; !known {
			s.Settings[name] = v
		}
	}
	for v := range from.views {
		s.mark(v)
	}
	for v := range from.cut {
		s.Cut(v)
	}
	if s.Database == from.Database && s.otherDatabases == nil {
		s.otherDatabases = from.otherDatabases
	}
	for _, t := range from.systemTables {
		if !slices.Contains(s.systemTables, t) {
			s.systemTables = append(s.systemTables, t)
		}
	}
	s.fillListed(from)
	s.fillStatements(from)
	s.fillSessions(from)
	for _, t := range from.Tables {
		s.fillTable(t)
	}
	if len(s.ExtendedStats) == 0 {
		for _, x := range from.ExtendedStats {
			x.Table = s.TableFor(x.Table.Schema, x.Table.Name)
			s.ExtendedStats = append(s.ExtendedStats, x)
		}
	}
	if len(s.Sequences) == 0 {
		for _, q := range from.Sequences {
			if q.Table != nil {
				q.Table = s.TableFor(q.Table.Schema, q.Table.Name)
			}
			s.Sequences = append(s.Sequences, q)
		}
	}
	if s.looseIndexes == nil && len(from.looseIndexes) > 0 {
		s.looseIndexes = map[tableKey]looseIndex{}
	}
	for key, v := range from.looseIndexes {
		v = v.with(s.looseIndexes[key])
		s.looseIndexes[key] = v
		if ix := s.indexes[key]; ix != nil {
			v.fill(ix)
		}
	}
	s.nameSessions()
	s.dropRetold()
}

func (s *Snapshot) fillStatements(from *Snapshot) {
	if len(s.Statements) == 0 {
		s.Statements, s.byKey, s.seen, s.databases = from.Statements, from.byKey, from.seen, from.databases
		return
	}
	byText := map[string]*Statement{}
	for _, st := range s.Statements {
		if !st.Query.Empty() && !st.Hidden() {
			byText[st.Query.Raw()] = st
		}
	}
	for _, st := range from.Statements {
		if other := byText[st.Query.Raw()]; other != nil && (st.QueryID == "" || other.QueryID == "") && (st.Database == other.Database || st.Database == "" || other.Database == "") {
			continue // in other columns, or without ids the sum of several
		}
		if other := s.byKey.get(st.key()); other != nil && (other.Calls == st.Calls || !other.Calls.Known() || !st.Calls.Known()) {
			fillIn(other, st)
		}
		if !s.byKey.add(st) {
			continue // the same export again
		}
		s.Statements = append(s.Statements, st)
		if !slices.Contains(s.databases, st.Database) {
			s.databases = append(s.databases, st.Database)
		}
	}
}

func (s *Snapshot) fillTable(from *Table) {
	schema := from.Schema
	if from.bare {
		schema = ""
	}
	t := s.TableFor(schema, from.Name)
	fillIn(t, from)
	t.bare = t.bare && from.bare
	if from.Parent != nil && t.Parent == nil {
		t.Parent = s.TableFor(from.Parent.Schema, from.Parent.Name)
	}
	for _, c := range from.Columns {
		fillIn(t.ColumnFor(c.Name), c)
	}
	for _, i := range from.Indexes {
		ix := s.IndexFor(t, i.Name)
		fillIn(ix, i)
		if len(ix.Def.Keys) == 0 {
			ix.Def = i.Def
		}
	}
	for _, k := range from.Constraints {
		t.AddConstraint(*k)
	}
	for _, def := range from.Triggers {
		if !slices.Contains(t.Triggers, def) {
			t.Triggers = append(t.Triggers, def)
		}
	}
}

// fillIn copies the exported fields that are zero in one struct and set in the
// other: figures, texts, options, statistics. Lists and pointers belong to their
// own snapshot and are not copied.
func fillIn(to, from any) {
	dst, src := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	for i := range dst.NumField() {
		f := dst.Type().Field(i)
		d, v := dst.Field(i), src.Field(i)
		if !f.IsExported() || v.IsZero() || !d.IsZero() {
			continue
		}
		switch v.Interface().(type) {
		case []*Statement, []*Table, []*Column, []*Index, []*Constraint, []string, []ExtendedStats, []Sequence, []Session, *Table, IndexDef, map[string]Setting:
			continue
		case map[string]Float:
			d.Set(reflect.ValueOf(maps.Clone(v.Interface().(map[string]Float))))
		default:
			d.Set(v)
		}
	}
}

// dropRetold removes statements that a report lists again in other words: without their texts,
// and with the calls and the time of one before.
func (s *Snapshot) dropRetold() {
	type figures struct{ calls, ms float64 }
	told := map[figures]bool{}
	var again map[*Statement]bool
	for _, st := range s.Statements {
		calls, ms := st.Calls.Or(0), st.TotalMs.Or(0)
		if calls == 0 || ms == 0 || st.QueryID != "" || st.Query.Empty() || IsStatement(st.Query.Raw()) {
			continue
		}
		if key := (figures{calls, ms}); told[key] {
			if again == nil {
				again = map[*Statement]bool{}
			}
			again[st] = true
		} else {
			told[key] = true
		}
	}
	if again != nil {
		s.Drop(func(st *Statement) bool { return again[st] })
	}
}
