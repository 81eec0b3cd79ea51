package ddl

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

func (r *run) createEnum(n sql.Node) {
	t := catalog.Type{Name: r.c.Home(qualified(n.Strs("typeName"))), Kind: 'e', Since: r.c.Now, Definition: r.s.Text}
	for _, v := range n.List("vals") {
		t.Labels = append(t.Labels, v.Get("sval").String())
	}
	r.addType(t, "enum", n)
}

func (r *run) addType(t catalog.Type, target string, n sql.Node) {
	r.act(Action{Verb: CreateType, Target: target, Name: t.Name.Short(), Type: &t, Node: n})
	if r.c.Type(t.Name) != nil {
		r.present("type", t.Name.Short())
		return
	}
	r.c.SetType(t)
}

func (r *run) createComposite(n sql.Node) {
	t := catalog.Type{Name: r.c.Home(nameOf(plain(n, "typevar", "RangeVar"))), Kind: 'c', Since: r.c.Now, Definition: r.s.Text}
	for _, def := range n.List("coldeflist") {
		t.Columns = append(t.Columns, attribute(def))
	}
	r.addType(t, "composite type", n)
}

func attribute(def sql.Node) catalog.Column {
	return catalog.Column{Name: def.Get("colname").String(), Type: typeOf(plain(def, "typeName", "TypeName"))}
}

// typed are the typed tables of a composite type.
func (r *run) typed(of catalog.Name) []*catalog.Relation {
	return slices.DeleteFunc(r.c.All(), func(t *catalog.Relation) bool { return t.Of != of })
}

// alterComposite is ALTER TYPE of a composite type. With CASCADE its typed tables change too.
func (r *run) alterComposite(n sql.Node) {
	name := nameOf(plain(n, "relation", "RangeVar"))
	was := r.c.Type(name)
	r.act(Action{Verb: AlterObject, Target: "type", Name: name.Short(), Type: was, Node: n})
	if was == nil || was.Kind != 'c' {
		return
	}
	changed := *was
	changed.Columns = slices.Clone(was.Columns)
	for _, cmd := range n.List("cmds") {
		def := cmd.Child("def")
		name, kind := cmp.Or(cmd.Get("name").String(), def.Get("colname").String()), cmd.Get("subtype").String()
		at := slices.IndexFunc(changed.Columns, func(c catalog.Column) bool { return c.Name == name })
		switch {
		case kind == "AT_AddColumn" && at >= 0:
			r.present("attribute", name)
		case kind != "AT_AddColumn" && at < 0 && !cmd.Get("missing_ok").Bool():
			r.absent("attribute", name)
		case kind == "AT_AlterColumnType" && r.used(was) != "":
			r.refuse("type %s cannot change while the column %s uses it", was.Name.Short(), r.used(was))
		}
		if r.e.Refused != "" || !r.typedFollow(was, cmd) {
			return
		}
		switch {
		case kind == "AT_AddColumn":
			changed.Columns = append(changed.Columns, attribute(def))
		case at < 0:
		case kind == "AT_DropColumn":
			changed.Columns = slices.Delete(changed.Columns, at, at+1)
		case kind == "AT_AlterColumnType":
			changed.Columns[at].Type = typeOf(plain(def, "typeName", "TypeName"))
		}
	}
	for _, t := range r.typed(was.Name) {
		r.c.Edit(t.OID, func(t *catalog.Relation) {
			former := t.Columns
			t.Columns = slices.Clone(changed.Columns)
			for i := range t.Columns {
				if j := slices.IndexFunc(former, func(c catalog.Column) bool { return c.Name == t.Columns[i].Name }); j >= 0 {
					of := t.Columns[i].Type
					t.Columns[i] = former[j]
					t.Columns[i].Type = of
				}
			}
		})
	}
	r.c.SetType(changed)
}

// typedFollow locks the typed tables of a type that changes with CASCADE; without, it refuses
// the change and returns false.
func (r *run) typedFollow(t *catalog.Type, cmd sql.Node) bool {
	for _, table := range r.typed(t.Name) {
		if !cascades(cmd) {
			r.refuse("type %s is that of the typed table %s: use CASCADE", t.Name.Short(), table.Name.Short())
			return false
		}
		r.lockTree(table, AccessExclusive)
		if cmd.Get("subtype").String() == "AT_AlterColumnType" {
			r.rewrites(r.c.Tree(table)...)
		}
	}
	return true
}

// addOf is ALTER TABLE ... OF: the table has to have the columns of the type.
func (a *alter) addOf(cmd sql.Node) {
	a.set(cmd)
	of := typeOf(cmd.Child("def"))
	t := a.c.Type(catalog.Name{Schema: of.Schema, Name: of.Name})
	if t == nil || t.Kind != 'c' || a.was.Assumed {
		return
	}
	if len(a.was.Parents) > 0 {
		a.refuse("%s inherits, which a typed table cannot", a.was.Name.Short())
	}
	if !slices.EqualFunc(a.was.Columns, t.Columns, func(x, y catalog.Column) bool { return x.Name == y.Name && a.equalTypes(x.Type, y.Type) }) {
		a.refuse("%s does not have the columns of the type %s", a.was.Name.Short(), t.Name.Short())
	}
	a.edit(func(table *catalog.Relation) { table.Of = t.Name })
}

func (a *alter) dropOf(cmd sql.Node) {
	a.set(cmd)
	if a.was.Of.Name == "" && !a.was.Assumed {
		a.refuse("%s is no typed table", a.was.Name.Short())
	}
	a.edit(func(table *catalog.Relation) { table.Of = catalog.Name{} })
}

// used returns a column of a type; empty if there is none.
func (r *run) used(t *catalog.Type) string {
	for _, rel := range r.c.All() {
		for _, c := range rel.Columns {
			if rel.Kind != catalog.View && r.c.Type(catalog.Name{Schema: c.Type.Schema, Name: c.Type.Name}) == t {
				return rel.Name.Short() + "." + c.Name
			}
		}
	}
	return ""
}

func (r *run) createRange(n sql.Node) {
	r.addType(catalog.Type{Name: r.c.Home(qualified(n.Strs("typeName"))), Kind: 'r', Since: r.c.Now, Definition: r.s.Text}, "range type", n)
}

func (r *run) createDomain(n sql.Node) {
	t := catalog.Type{Name: r.c.Home(qualified(n.Strs("domainname"))), Kind: 'd', Base: typeOf(plain(n, "typeName", "TypeName")), Since: r.c.Now, Definition: r.s.Text}
	for _, k := range n.List("constraints") {
		switch k.Get("contype").String() {
		case "CONSTR_NOTNULL":
			t.NotNull = true
		case "CONSTR_CHECK":
			t.Checks = append(t.Checks, catalog.Constraint{Name: checkName(t, k), Type: catalog.Check, Valid: true, Expr: expr(k.Child("raw_expr"), bracketsAt(r.s.Text, location(k), "check"))})
		case "CONSTR_DEFAULT":
			t.Default = expr(k.Child("raw_expr"), defaultAt(r.s.Text, location(k)))
		}
	}
	r.addType(t, "domain", n)
}

// checkName is the name of a CHECK of a domain: that of the statement, or else the server's.
func checkName(domain catalog.Type, n sql.Node) string {
	if name := n.Get("conname").String(); name != "" {
		return name
	}
	return chosen(domain.Name.Name, nil, "check", func(name string) bool {
		return slices.ContainsFunc(domain.Checks, func(k catalog.Constraint) bool { return k.Name == name })
	})
}

func (r *run) alterEnum(n sql.Node) {
	name := qualified(n.Strs("typeName"))
	t := r.c.Type(name)
	x := r.act(Action{Verb: AlterEnum, Target: "enum", Name: name.Short(), Type: t, To: n.Get("newVal").String(), Exists: n.Get("skipIfNewValExists").Bool(), Node: n})
	if t == nil {
		if r.c.Complete {
			r.absent("type", name.Short())
		}
		return
	}
	changed := *t
	changed.Labels = slices.Clone(t.Labels)
	if old := n.Get("oldVal").String(); old != "" {
		i := slices.Index(changed.Labels, old)
		if i < 0 {
			r.absent("enum label", "'"+old+"'")
			return
		}
		changed.Labels[i] = x.To
	} else {
		if slices.Contains(changed.Labels, x.To) {
			x.Nothing = x.Exists
			if !x.Exists {
				r.present("enum label", "'"+x.To+"'")
			}
			return
		}
		at := len(changed.Labels)
		if near := n.Get("newValNeighbor").String(); near != "" {
			if at = slices.Index(changed.Labels, near); at < 0 {
				r.absent("enum label", "'"+near+"'")
				return
			}
			if n.Get("newValIsAfter").Bool() {
				at++
			}
		}
		changed.Labels = slices.Insert(changed.Labels, at, x.To)
	}
	r.c.SetType(changed)
}

// alterDomain checks every table that has a column of the domain when a constraint is
// added or proven.
func (r *run) alterDomain(n sql.Node) {
	name := qualified(n.Strs("typeName"))
	d := r.c.Type(name)
	sub := n.Get("subtype").String()
	def := n.Child("def")
	x := r.act(Action{Verb: AlterDomain, Target: "domain", Name: name.Short(), Type: d, To: map[string]string{"C": "add constraint", "O": "set not null", "N": "drop not null", "X": "drop constraint", "V": "validate constraint", "T": "default"}[sub], Node: n})
	if d == nil && r.c.Complete {
		r.absent("domain", name.Short())
		return
	}
	proves := sub == "O" && (d == nil || !d.NotNull) || sub == "V" || sub == "C" && !def.Get("skip_validation").Bool()
	if proves {
		for _, t := range r.c.All() {
			if slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return r.isDomain(c.Type, name) }) && t.Kind != catalog.View {
				r.lock(t, Share)
				r.reads(t)
			}
		}
		x.Reads, x.Why = len(r.e.Reads) > 0, "each value of the domain is checked"
		if d == nil {
			x.Reads = true
			r.assume("tables have columns of the domain %s: each is locked in SHARE and read", name.Short())
		}
	}
	if d == nil {
		return
	}
	changed := *d
	switch sub {
	case "O":
		changed.NotNull = true
	case "N":
		changed.NotNull = false
	case "C":
		k := catalog.Constraint{Name: checkName(*d, def), Type: catalog.Check, Valid: !def.Get("skip_validation").Bool(), Expr: expr(def.Child("raw_expr"), bracketsAt(r.s.Text, 0, "check"))}
		changed.Checks = append(slices.Clone(d.Checks), k)
	case "X":
		if name := n.Get("name").String(); !n.Get("missing_ok").Bool() && !slices.ContainsFunc(d.Checks, func(k catalog.Constraint) bool { return k.Name == name }) && r.c.Complete {
			r.absent("constraint", name)
			return
		}
		changed.Checks = slices.DeleteFunc(slices.Clone(d.Checks), func(k catalog.Constraint) bool { return k.Name == n.Get("name").String() })
	case "V":
		changed.Checks = slices.Clone(d.Checks)
		if name := n.Get("name").String(); !slices.ContainsFunc(changed.Checks, func(k catalog.Constraint) bool { return k.Name == name }) {
			r.absent("constraint", name)
			return
		}
		for i := range changed.Checks {
			if changed.Checks[i].Name == n.Get("name").String() {
				changed.Checks[i].Valid = true
			}
		}
	}
	r.c.SetType(changed)
}

func (r *run) isDomain(t catalog.TypeRef, name catalog.Name) bool {
	d := r.domain(t)
	return d != nil && d == r.c.Type(name)
}
