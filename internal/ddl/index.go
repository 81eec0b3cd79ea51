package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

func (r *run) createIndex(n sql.Node) {
	rel := plain(n, "relation", "RangeVar")
	concurrent := n.Get("concurrent").Bool()
	r.e.NoBlock = concurrent
	t := r.relation(nameOf(rel), catalog.Table, false)
	x := r.act(Action{Verb: CreateIndex, Target: "index", Name: n.Get("idxname").String(), Table: t, Concurrent: concurrent, Exists: n.Get("if_not_exists").Bool(), Only: !rel.Get("inh").Bool(), Node: n})
	if n.Get("nulls_not_distinct").Bool() {
		r.needs(15, "NULLS NOT DISTINCT")
	}
	if t == nil {
		return
	}
	ix := r.indexOf(n)
	if x.Name == "" {
		x.Name = r.nameFor(t, keyNames(ix), "idx")
	}
	name := catalog.Name{Schema: t.Name.Schema, Name: x.Name}
	mode := Share
	if concurrent {
		mode = ShareUpdateExclusive
	}
	if old := r.c.Find(name); old != nil && !old.Assumed {
		x.Index = old
		if !x.Exists {
			r.present("relation", name.Short())
			return
		}
		x.Nothing = true
		r.lock(t, mode)
		return
	}
	if r.needsColumns(t, append(ix.Columns(), ix.Include...)); r.e.Refused != "" {
		return
	}
	for _, k := range ix.Keys {
		r.needsClass(t, ix.Method, k)
		r.needsImmutable(t, k.Expr, "an index")
	}
	if r.needsImmutable(t, ix.Where, "the condition of an index"); r.e.Refused != "" {
		return
	}
	if !t.IsTable() && t.Kind != catalog.MatView {
		r.refuse("an index needs a table or a materialized view, and %s is a %s", t.Name.Short(), t.Kind)
		return
	}
	if concurrent && t.Kind == catalog.Partitioned {
		r.refuse("CREATE INDEX CONCURRENTLY does not work on the partitioned table %s", t.Name.Short())
		return
	}
	if ix.Unique {
		below := r.c.Tree(t)
		if x.Only {
			below = below[:1]
		}
		r.needsPartitionKeys(below, ix.Columns())
	}
	r.lock(t, mode)
	created := r.c.Create(catalog.Relation{Name: name, Kind: catalog.IndexKind, On: t.OID, Index: &ix, Definition: strings.TrimRight(strings.TrimSpace(r.s.Text), ";")})
	x.Index = created
	r.e.Class = Build
	built := r.c.Tree(t)
	if t.Kind == catalog.Partitioned {
		if x.Only {
			r.c.Edit(created.OID, func(i *catalog.Relation) { i.Index.Valid = len(t.Children) == 0 })
			r.e.Class = Instant
			return
		}
		for _, part := range r.c.Tree(t)[1:] {
			r.lock(part, mode)
		}
		built = r.indexParts(t, created)
	}
	x.Reads, x.Why = true, "the index is built"
	r.reads(built...)
	if len(r.e.Reads) == 0 {
		r.e.Class = Instant
	}
}

// needsPartitionKeys refuses a unique index of partitioned tables without their keys.
func (r *run) needsPartitionKeys(list []*catalog.Relation, columns []string) {
	for _, one := range list {
		for _, key := range one.Keys {
			if key != "" && !slices.Contains(columns, key) {
				r.refuse("a unique index of the partitioned table %s has to contain the partition key %s", one.Name.Short(), key)
			}
		}
	}
}

var systemColumns = map[string]bool{"ctid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true, "tableoid": true}

// indexOf reads IndexStmt.
func (r *run) indexOf(n sql.Node) catalog.Index {
	ix := catalog.Index{Method: n.Get("accessMethod").String(), Unique: n.Get("unique").Bool(), Valid: true, NullsEqual: n.Get("nulls_not_distinct").Bool()}
	if ix.Method == "" {
		ix.Method = "btree"
	}
	texts := keyTexts(r.s.Text)
	for i, p := range n.List("indexParams") {
		k := catalog.Key{Column: p.Get("name").String(), Desc: p.Get("ordering").String() == "SORTBY_DESC"}
		k.NullsFirst = p.Get("nulls_ordering").String() == "SORTBY_NULLS_FIRST" || k.Desc && p.Get("nulls_ordering").String() != "SORTBY_NULLS_LAST"
		if op := p.Strs("opclass"); len(op) > 0 {
			k.Opclass = op[len(op)-1]
		}
		if c := p.Strs("collation"); len(c) > 0 {
			k.Collation = c[len(c)-1]
		}
		if e := p.Child("expr"); e.Kind != "" {
			text := ""
			if i < len(texts) {
				text = texts[i]
			}
			k.Expr = expr(e, text)
		}
		ix.Keys = append(ix.Keys, k)
	}
	for _, p := range n.List("indexIncludingParams") {
		ix.Include = append(ix.Include, p.Get("name").String())
	}
	if w := n.Child("whereClause"); w.Kind != "" {
		ix.Where = expr(w, whereOf(r.s.Text))
	}
	return ix
}

// keyTexts are the keys of CREATE INDEX as written.
func keyTexts(text string) []string {
	s := lex.Scan(text)
	for !s.End() && s.Peek().Text != "(" {
		s.Take()
	}
	inside, _ := s.Brackets()
	return lex.List(inside)
}

// whereOf is the predicate of CREATE INDEX as written.
func whereOf(text string) string {
	s := lex.Scan(text)
	for !s.End() {
		if s.Words("where") {
			return strings.TrimRight(s.Rest(), "; \n")
		}
		if _, ok := s.Brackets(); !ok {
			s.Take()
		}
	}
	return ""
}

// keyNames are the parts of a default name.
func keyNames(ix catalog.Index) []string {
	var list []string
	for _, k := range ix.Keys {
		if k.Column == "" {
			name := "expr"
			if k.Expr.Node.Kind == "FuncCall" {
				if f := k.Expr.Node.Strs("funcname"); len(f) > 0 {
					name = f[len(f)-1]
				}
			}
			list = append(list, name)
			continue
		}
		list = append(list, k.Column)
	}
	return append(list, ix.Include...)
}

// indexParts makes the indexes of the partitions for an index of a partitioned table, and
// returns the partitions in which none fits it yet: they are read.
func (r *run) indexParts(t *catalog.Relation, parent *catalog.Relation) (built []*catalog.Relation) {
	if parent == nil {
		return nil
	}
	for _, part := range r.c.Tree(t)[1:] {
		if r.attachIndex(part, parent) {
			continue
		}
		built = append(built, part)
		if parent.Index.Primary && part.PrimaryKey() != nil {
			r.refuse("%s has a primary key", part.Name.Short())
		}
		copied := *parent.Index
		copied.Parent = parent.OID
		label := "idx"
		switch {
		case copied.Primary:
			label = "pkey"
		case copied.Constraint != "":
			label = "key"
		}
		columns := keyNames(copied)
		if copied.Primary {
			columns = nil
		}
		name := r.nameFor(part, columns, label)
		if copied.Constraint != "" {
			copied.Constraint = name
		}
		r.c.Create(catalog.Relation{Name: catalog.Name{Schema: part.Name.Schema, Name: name}, Kind: catalog.IndexKind, On: part.OID, Index: &copied})
	}
	return built
}

func (r *run) dropIndex(x *Action) {
	ix := x.Table
	x.Index = ix
	t := r.c.Get(ix.On)
	x.Table = t
	if ix.Index != nil && ix.Index.Constraint != "" {
		r.refuse("index %s belongs to the constraint %s", ix.Name.Short(), ix.Index.Constraint)
		return
	}
	if ix.Index != nil && ix.Index.Parent != 0 {
		r.refuse("index %s belongs to the index of the partitioned table", ix.Name.Short())
		return
	}
	if t == nil {
		r.assume("the table of index %s is locked as well", ix.Name.Short())
		if ix.Assumed && x.Exists {
			x.Nothing = false
		}
	}
	mode := AccessExclusive
	if x.Concurrent {
		mode = ShareUpdateExclusive
		if t != nil && t.Kind == catalog.Partitioned {
			r.refuse("DROP INDEX CONCURRENTLY does not work on the partitioned table %s", t.Name.Short())
			return
		}
		r.e.Class = Waits
	}
	r.lock(ix, AccessExclusive)
	if x.Concurrent {
		r.e.late(ix.OID)
	}
	if t != nil {
		r.lock(t, mode)
		if t.Kind == catalog.Partitioned {
			for _, part := range r.c.Tree(t)[1:] {
				r.lock(part, mode)
			}
		}
	}
	for _, part := range r.c.Tree(t) {
		for _, o := range part.Indexes {
			if child := r.c.Get(o); child != nil && child.Index != nil && child.Index.Parent == ix.OID {
				r.c.Drop(o)
			}
		}
	}
}

func (r *run) reindex(n sql.Node) {
	kind := n.Get("kind").String()
	options := optionsOf(n.List("params"))
	_, concurrent := options["concurrently"]
	concurrent = concurrent || n.Get("concurrent").Bool()
	r.e.NoBlock = concurrent
	mode := Share
	if concurrent {
		mode = ShareUpdateExclusive
	}
	rel := plain(n, "relation", "RangeVar")
	x := r.act(Action{Verb: Reindex, Concurrent: concurrent, Node: n})
	build := func(t *catalog.Relation) {
		if t == nil || t.Kind == catalog.Partitioned {
			return
		}
		r.lock(t, mode)
		if len(t.Indexes) == 0 && !t.Assumed {
			return
		}
		r.reads(t)
		for _, ix := range t.Indexes {
			r.rebuilds(r.c.Get(ix))
		}
		r.e.Class = Build
	}
	switch kind {
	case "REINDEX_OBJECT_INDEX":
		ix := r.relation(nameOf(rel), catalog.IndexKind, false)
		x.Target, x.Index, x.Name = "index", ix, nameOf(rel).Short()
		if ix == nil {
			return
		}
		t := r.c.Get(ix.On)
		x.Table = t
		if t != nil && t.Kind == catalog.Partitioned {
			r.needs(14, "REINDEX of a partitioned index")
			r.e.NoBlock = true
			for _, part := range r.c.Tree(t)[1:] {
				r.lock(part, mode)
				r.reads(part)
			}
			r.e.Class = Build
			return
		}
		if concurrent {
			r.lock(ix, ShareUpdateExclusive)
		} else {
			r.lock(ix, AccessExclusive)
		}
		if t == nil {
			r.assume("the table of index %s is locked in %s", ix.Name.Short(), mode)
		}
		if t != nil {
			r.lock(t, mode)
			r.reads(t)
		}
		r.rebuilds(ix)
		r.e.Class = Build
	case "REINDEX_OBJECT_TABLE":
		t := r.relation(nameOf(rel), catalog.Table, false)
		x.Target, x.Table, x.Name = "table", t, nameOf(rel).Short()
		if t == nil {
			return
		}
		if t.Kind == catalog.Partitioned {
			if r.s.Version != 0 && r.s.Version < 14 {
				x.Nothing = true // it warns that this is not implemented
				r.lock(t, mode)
				return
			}
			r.e.NoBlock = true
			for _, part := range r.c.Tree(t) {
				build(part)
			}
			return
		}
		build(t)
	default:
		r.e.NoBlock = true
		x.Target, x.Name = strings.ToLower(strings.TrimPrefix(kind, "REINDEX_OBJECT_")), n.Get("name").String()
		if x.Target == "system" {
			return
		}
		for _, t := range r.c.All() {
			if len(t.Indexes) > 0 && (kind != "REINDEX_OBJECT_SCHEMA" || t.Name.Schema == n.Get("name").String()) {
				build(t)
			}
		}
		r.e.Class = Build
	}
}
