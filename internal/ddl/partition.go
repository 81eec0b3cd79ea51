package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// boundOf reads FOR VALUES or DEFAULT.
func (r *run) boundOf(n sql.Node) catalog.Bound {
	b := catalog.Bound{Default: n.Get("is_default").Bool(), Node: n, Text: "DEFAULT"}
	if b.Default {
		return b
	}
	b.Text = "FOR VALUES"
	s := lex.Scan(r.s.Text)
	for !s.End() {
		if s.Words("for", "values") {
			from := s.Mark()
			for !s.End() && s.Peek().Text != ";" && !strings.EqualFold(s.Peek().Text, "partition") && !strings.EqualFold(s.Peek().Text, "with") && !strings.EqualFold(s.Peek().Text, "tablespace") || strings.EqualFold(s.Since(from), "") && !s.End() {
				if _, ok := s.Brackets(); !ok {
					s.Take()
				}
			}
			b.Text += " " + s.Since(from)
			break
		}
		s.Take()
	}
	return b
}

// needsBound refuses a bound that the partitioned table cannot have, or of which another
// partition has a value.
func (r *run) needsBound(parent *catalog.Relation, b catalog.Bound) {
	if parent.Strategy == "" || parent.Assumed {
		return
	}
	of := map[string]string{"r": "RANGE", "l": "LIST", "h": "HASH"}[strategy(b.Node)]
	switch {
	case b.Default && parent.Strategy == "HASH":
		r.refuse("%s is partitioned by hash, which has no default partition", parent.Name.Short())
	case !b.Default && of != "" && of != parent.Strategy:
		r.refuse("%s is partitioned by %s, and the bound is one of %s", parent.Name.Short(), strings.ToLower(parent.Strategy), strings.ToLower(of))
	}
	if r.e.Refused == "" && !b.Default {
		r.needsRoom(parent, b.Node)
	}
}

// createPartition is CREATE TABLE ... PARTITION OF: the parent is locked, and the
// default partition is read for rows that belong to the new one.
func (r *run) createPartition(child, parent *catalog.Relation, bound sql.Node) {
	r.lock(parent, AccessExclusive)
	x := &r.e.Actions[0]
	x.Table = parent
	if !parent.Assumed && parent.Kind != catalog.Partitioned {
		r.refuse("%s is no partitioned table", parent.Name.Short())
		return
	}
	b := r.boundOf(bound)
	r.needsBound(parent, b)
	if d := r.c.Default(parent); d != nil {
		if b.Default {
			r.present("default partition of", parent.Name.Short())
			return
		}
		r.lock(d, AccessExclusive)
		if !r.excludes(d, parent, bound) {
			r.readDefault(x, d)
		}
	} else if parent.Assumed && !b.Default {
		r.assume("%s has no default partition: one would be locked and read", parent.Name.Short())
	}
	r.inherit(child, parent)
	r.c.Edit(child.OID, func(t *catalog.Relation) { t.Bound = b })
	r.cloneKeys(child, parent)
}

// readDefault is the search of the default partition for rows of another one.
func (r *run) readDefault(x *Action, d *catalog.Relation) {
	before := len(r.e.Reads)
	r.reads(r.c.Tree(d)...)
	if len(r.e.Reads) > before {
		x.Reads, x.Why = true, "the default partition "+d.Name.Short()+" is searched for rows that belong to the new one"
	}
}

// cloneKeys gives a partition the indexes, keys and foreign keys of its parent.
func (r *run) cloneKeys(child, parent *catalog.Relation) {
	for _, o := range parent.Indexes {
		ix := r.c.Get(o)
		if ix == nil || ix.Index == nil {
			continue
		}
		if r.attachIndex(child, ix) {
			continue
		}
		copied := *ix.Index
		copied.Parent, copied.Valid = ix.OID, true
		label, columns := "idx", keyNames(copied)
		switch {
		case copied.Primary:
			label, columns = "pkey", nil
		case copied.Constraint != "":
			label = "key"
		}
		t := r.c.Get(child.OID)
		name := r.nameFor(t, columns, label)
		if copied.Constraint != "" {
			copied.Constraint = name
		}
		added := r.c.Create(catalog.Relation{Name: catalog.Name{Schema: t.Name.Schema, Name: name}, Kind: catalog.IndexKind, On: child.OID, Index: &copied})
		if k := parent.Constraint(ix.Index.Constraint); k != nil {
			k := *k
			k.Name, k.Index, k.Inherited = name, added.OID, true
			r.c.Edit(child.OID, func(t *catalog.Relation) { t.Constraints = append(t.Constraints, k) })
		}
		if !r.isNew(child) {
			r.reads(child)
			r.e.Class = Build
		}
	}
	for _, k := range parent.Constraints {
		if k.Type != catalog.ForeignKey {
			continue
		}
		if r.inheritKey(child, k) {
			r.lockTree(r.c.Get(k.Ref), ShareRowExclusive)
		}
	}
	if r.version() >= 15 { // the partition gets the triggers of keys that refer to its parent
		for _, ref := range r.referring(parent) {
			if !ref.key.Inherited {
				r.lock(ref.from, ShareRowExclusive)
			}
		}
	}
	for _, g := range parent.Triggers {
		if g.Row {
			r.c.Edit(child.OID, func(t *catalog.Relation) { t.Triggers = append(t.Triggers, g) })
		}
	}
}

// inheritKey gives a partition a foreign key of its parent, and reports whether it had none
// that is the same.
func (r *run) inheritKey(child *catalog.Relation, k catalog.Constraint) bool {
	t := r.c.Get(child.OID)
	for i := range t.Constraints {
		if has := t.Constraints[i]; has.Type == catalog.ForeignKey && has.Ref == k.Ref && slices.Equal(has.Columns, k.Columns) {
			r.c.Edit(t.OID, func(t *catalog.Relation) { t.Constraints[i].Inherited = true })
			return false
		}
	}
	k.Inherited = true
	r.c.Edit(t.OID, func(t *catalog.Relation) { t.Constraints = append(t.Constraints, k) })
	if k.Ref != 0 && k.Ref != t.OID {
		r.c.Refer(t.OID, k.Ref)
	}
	return true
}

// attachIndex finds an index of the partition that fits an index of the parent.
func (r *run) attachIndex(child *catalog.Relation, parent *catalog.Relation) bool {
	for _, o := range r.c.Get(child.OID).Indexes {
		ix := r.c.Get(o)
		if ix == nil || ix.Index == nil || ix.Index.Parent != 0 || ix.Index.Method != parent.Index.Method || parent.Index.Unique && !ix.Index.Unique || (parent.Index.Constraint != "") != (ix.Index.Constraint != "") ||
			!slices.EqualFunc(ix.Index.Keys, parent.Index.Keys, sameKey) || ix.Index.Where.Text != parent.Index.Where.Text {
			continue
		}
		r.c.Edit(o, func(i *catalog.Relation) { i.Index.Parent = parent.OID })
		return true
	}
	return false
}

func sameKey(a, b catalog.Key) bool {
	return a.Column == b.Column && a.Expr.Text == b.Expr.Text && a.Desc == b.Desc && a.NullsFirst == b.NullsFirst && a.Opclass == b.Opclass && a.Collation == b.Collation
}

func (a *alter) attach(cmd sql.Node) {
	def := plain(cmd, "def.PartitionCmd", "PartitionCmd")
	if a.was.Kind == catalog.IndexKind {
		a.attachIndexTo(def, cmd)
		return
	}
	child := a.relation(nameOf(plain(def, "name", "RangeVar")), catalog.Table, false)
	at := len(a.e.Actions)
	a.act(Action{Verb: Attach, Target: "partition", Other: child, Name: nameOf(plain(def, "name", "RangeVar")).Short(), Node: cmd})
	if child == nil {
		return
	}
	if !a.was.Assumed && a.was.Kind != catalog.Partitioned {
		a.refuse("%s is no partitioned table", a.was.Name.Short())
		return
	}
	if !a.adopts(child, a.was, true) {
		return
	}
	bound := plain(def, "bound", "PartitionBoundSpec")
	b := a.boundOf(bound)
	a.needsBound(a.was, b)
	a.lockTree(child, AccessExclusive)
	proven := b.Default && len(a.was.Children) == 0 || a.implied(child, a.was, bound)
	if d := a.c.Default(a.was); d != nil {
		if b.Default {
			a.present("default partition of", a.was.Name.Short())
			return
		}
		a.lock(d, AccessExclusive)
		if !a.excludes(d, a.was, bound) {
			a.readDefault(&a.e.Actions[at], d)
		}
	} else if a.was.Assumed {
		a.assume("%s has no default partition: one would be locked and read", a.was.Name.Short())
	}
	if !proven {
		x := &a.e.Actions[at]
		x.Reads, x.Why = true, "no valid CHECK of "+child.Name.Short()+" proves that its rows fit the partition"
		if d := a.c.Default(a.was); d != nil && a.e.Scans(d.OID) {
			x.Why += ", and the default partition " + d.Name.Short() + " is searched too"
		}
		a.reads(a.c.Tree(child)...)
	}
	a.link(child.OID, a.oid)
	a.c.Edit(child.OID, func(t *catalog.Relation) { t.Bound = b })
	a.edit(func(t *catalog.Relation) { t.Kind = catalog.Partitioned })
	if !a.c.Get(child.OID).Assumed && !a.was.Assumed {
		a.cloneKeys(a.c.Get(child.OID), a.was)
	}
}

// attachIndexTo is ALTER INDEX parent ATTACH PARTITION child.
func (a *alter) attachIndexTo(def, cmd sql.Node) {
	child := a.relation(nameOf(plain(def, "name", "RangeVar")), catalog.IndexKind, false)
	a.act(Action{Verb: Attach, Target: "index", Other: child, Name: nameOf(plain(def, "name", "RangeVar")).Short(), Node: cmd})
	if child == nil {
		return
	}
	a.lock(child, AccessExclusive)
	a.lock(a.c.Get(child.On), AccessShare)
	if on, of := a.c.Get(child.On), a.c.Get(a.was.On); on != nil && of != nil && !on.Assumed && !of.Assumed && !slices.Contains(on.Parents, of.OID) {
		a.refuse("index %s is not on a partition of %s", child.Name.Short(), of.Name.Short())
		return
	}
	a.c.Edit(child.OID, func(i *catalog.Relation) {
		if i.Index != nil {
			i.Index.Parent = a.oid
		}
	})
	table := a.c.Get(a.was.On)
	if table == nil {
		return
	}
	for _, part := range table.Children {
		if p := a.c.Get(part); p == nil || !slices.ContainsFunc(p.Indexes, func(o catalog.OID) bool {
			ix := a.c.Get(o)
			return ix != nil && ix.Index != nil && ix.Index.Parent == a.oid && ix.Index.Valid
		}) {
			return
		}
	}
	a.edit(func(i *catalog.Relation) { i.Index.Valid = true })
}

func (a *alter) detach(cmd sql.Node) {
	def := plain(cmd, "def.PartitionCmd", "PartitionCmd")
	concurrent := def.Get("concurrent").Bool()
	child := a.relation(nameOf(plain(def, "name", "RangeVar")), catalog.Table, false)
	a.act(Action{Verb: Detach, Target: "partition", Other: child, Name: nameOf(plain(def, "name", "RangeVar")).Short(), Concurrent: concurrent, Node: cmd})
	if child == nil {
		return
	}
	mode := AccessExclusive
	d := a.c.Default(a.was)
	if clones := slices.ContainsFunc(a.was.Triggers, func(g catalog.Trigger) bool { return g.Row }); a.version() < 14 && !clones && (d == nil || d.OID != child.OID) {
		mode = ShareUpdateExclusive
	}
	if concurrent {
		a.needs(14, "DETACH PARTITION CONCURRENTLY")
		a.e.NoBlock, a.e.Class, mode = true, Waits, AccessExclusive
		if d != nil {
			a.refuse("DETACH PARTITION CONCURRENTLY does not work beside the default partition %s", d.Name.Short())
			return
		}
	}
	a.lock(child, mode)
	if d != nil && d.OID != child.OID {
		a.lock(d, AccessExclusive)
	}
	for _, k := range child.Constraints {
		if other := a.c.Get(k.Ref); k.Type != catalog.ForeignKey || !k.Inherited || other == nil {
			continue
		} else if other.Kind != catalog.Partitioned || a.version() >= 15 {
			a.lockTree(other, ShareRowExclusive)
		} else {
			a.lock(child, AccessExclusive)
		}
	}
	for _, ref := range a.referring(child) { // no row may refer to the partition any more
		a.lock(ref.from, AccessExclusive)
		a.lockKeyed(child, AccessExclusive)
		a.reads(a.c.Tree(ref.from)...)
		a.reads(a.c.Tree(child)...)
	}
	if !child.Assumed && !a.was.Assumed && !slices.Contains(child.Parents, a.oid) {
		a.refuse("%s is no partition of %s", child.Name.Short(), a.was.Name.Short())
		return
	}
	a.unlink(child.OID, a.oid)
	a.c.Edit(child.OID, func(t *catalog.Relation) { t.Bound = catalog.Bound{} })
	for _, o := range a.c.Get(child.OID).Indexes {
		a.c.Edit(o, func(i *catalog.Relation) { i.Index.Parent = 0 })
	}
}

// implied reports whether valid CHECKs and NOT NULL of a table prove that all of its
// rows fit the bound, as far as comparisons of the key with constants tell
// (PartConstraintImpliedByRelConstraint).
func (r *run) implied(child, parent *catalog.Relation, bound sql.Node) bool {
	if len(parent.Keys) != 1 || parent.Keys[0] == "" {
		return false
	}
	key := parent.Keys[0]
	var facts []sql.Node
	notNull := false
	if c := child.Column(key); c != nil && c.NotNull {
		notNull = true
	}
	for _, k := range child.Constraints {
		if k.Type == catalog.Check && k.Valid {
			facts = append(facts, conjuncts(k.Expr.Node)...)
		}
	}
	notNull = notNull || provesNotNull(child, key) != ""
	switch strategy(bound) {
	case "r":
		lower, upper := datum(bound, "lowerdatums"), datum(bound, "upperdatums")
		return notNull && (lower == "MINVALUE" || compares(facts, key, []string{">=", ">"}, lower)) && (upper == "MAXVALUE" || compares(facts, key, []string{"<"}, upper))
	case "l":
		var values []string
		null := false
		for _, v := range bound.List("listdatums") {
			if isNull(v) {
				null = true
				continue
			}
			values = append(values, valueOf(v))
		}
		return (notNull || null) && slices.ContainsFunc(facts, func(f sql.Node) bool { return within(f, key, values) })
	}
	return false
}

// excludes reports whether a CHECK of the default partition proves that no row of it
// belongs to the bound.
func (r *run) excludes(d, parent *catalog.Relation, bound sql.Node) bool {
	if len(parent.Keys) != 1 || parent.Keys[0] == "" {
		return false
	}
	key := parent.Keys[0]
	var facts []sql.Node
	for _, k := range d.Constraints {
		if k.Type == catalog.Check && k.Valid {
			facts = append(facts, conjuncts(k.Expr.Node)...)
		}
	}
	if slices.ContainsFunc(facts, func(f sql.Node) bool { return denies(f, key, bound) }) {
		return true
	}
	switch strategy(bound) {
	case "r":
		lower, upper := datum(bound, "lowerdatums"), datum(bound, "upperdatums")
		if compares(facts, key, []string{"<"}, lower) || compares(facts, key, []string{">=", ">"}, upper) {
			return true
		}
		return slices.ContainsFunc(facts, func(f sql.Node) bool {
			if f.Kind != "BoolExpr" || f.Get("boolop").String() != "OR_EXPR" {
				return false
			}
			args := f.List("args")
			return len(args) == 2 && (compares(args[:1], key, []string{"<"}, lower) && compares(args[1:], key, []string{">=", ">"}, upper) ||
				compares(args[1:], key, []string{"<"}, lower) && compares(args[:1], key, []string{">=", ">"}, upper))
		})
	case "l":
		for _, v := range bound.List("listdatums") {
			if c := d.Column(key); isNull(v) && c != nil && c.NotNull {
				continue
			}
			value := valueOf(v)
			if !slices.ContainsFunc(facts, func(f sql.Node) bool { return differs(f, key, value) }) {
				return false
			}
		}
		return true
	}
	return false
}

// denies reports whether a fact is NOT of what is true of each row within the bound.
func denies(f sql.Node, key string, bound sql.Node) bool {
	if f.Kind != "BoolExpr" || f.Get("boolop").String() != "NOT_EXPR" {
		return false
	}
	for _, term := range conjuncts(f.List("args")[0]) {
		one := []sql.Node{term}
		holds := isNotNullTest(term, key)
		switch strategy(bound) {
		case "r":
			holds = holds || compares(one, key, []string{">="}, datum(bound, "lowerdatums")) || compares(one, key, []string{"<"}, datum(bound, "upperdatums"))
		case "l":
			values := listed(term, key)
			holds = holds || !slices.ContainsFunc(bound.List("listdatums"), func(v sql.Node) bool { return isNull(v) || !slices.Contains(values, valueOf(v)) })
		}
		if !holds {
			return false
		}
	}
	return true
}

func strategy(bound sql.Node) string { return bound.Get("strategy").String() }

func datum(bound sql.Node, field string) string {
	list := bound.List(field)
	if len(list) != 1 {
		return ""
	}
	if list[0].Kind == "ColumnRef" { // MINVALUE and MAXVALUE are read as columns
		return strings.ToUpper(strings.Join(list[0].Strs("fields"), "."))
	}
	return valueOf(list[0])
}

// compares reports whether one of the facts compares the key with a value.
func compares(facts []sql.Node, key string, operators []string, value string) bool {
	return slices.ContainsFunc(facts, func(f sql.Node) bool {
		if f.Kind != "A_Expr" || f.Get("kind").String() != "AEXPR_OP" || !isKey(f.Child("lexpr"), key) {
			return false
		}
		op := f.Strs("name")
		return len(op) == 1 && slices.Contains(operators, op[0]) && value != "" && valueOf(f.Child("rexpr")) == value
	})
}

func isKey(n sql.Node, key string) bool {
	for n.Kind == "TypeCast" {
		n = n.Child("arg")
	}
	c := n.Strs("fields")
	return n.Kind == "ColumnRef" && len(c) > 0 && c[len(c)-1] == key
}

// within reports whether a fact says that the key is one of the values.
func within(f sql.Node, key string, values []string) bool {
	list := listed(f, key)
	return len(list) > 0 && !slices.ContainsFunc(list, func(v string) bool { return !slices.Contains(values, v) })
}

// listed returns the values of which a fact says that the key is one: = or IN.
func listed(f sql.Node, key string) []string {
	if f.Kind != "A_Expr" || !isKey(f.Child("lexpr"), key) {
		return nil
	}
	switch f.Get("kind").String() {
	case "AEXPR_OP":
		if op := f.Strs("name"); len(op) == 1 && op[0] == "=" {
			return []string{valueOf(f.Child("rexpr"))}
		}
	case "AEXPR_IN", "AEXPR_OP_ANY":
		if op := f.Strs("name"); len(op) != 1 || op[0] != "=" {
			return nil // NOT IN
		}
		list := f.Child("rexpr")
		items := list.List("items")
		if list.Kind == "A_ArrayExpr" {
			items = list.List("elements")
		}
		var values []string
		for _, v := range items {
			values = append(values, valueOf(v))
		}
		return values
	}
	return nil
}

// differs reports whether a fact says that the key is not a value: <> or NOT IN.
func differs(f sql.Node, key, value string) bool {
	if f.Kind != "A_Expr" || !isKey(f.Child("lexpr"), key) {
		return false
	}
	op := f.Strs("name")
	if len(op) != 1 || op[0] != "<>" {
		return false
	}
	if f.Get("kind").String() == "AEXPR_OP" {
		return valueOf(f.Child("rexpr")) == value
	}
	return slices.ContainsFunc(f.Child("rexpr").List("items"), func(v sql.Node) bool { return valueOf(v) == value })
}
