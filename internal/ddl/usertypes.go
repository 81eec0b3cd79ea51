package ddl

import (
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
	r.addType(catalog.Type{Name: r.c.Home(nameOf(plain(n, "typevar", "RangeVar"))), Kind: 'c', Since: r.c.Now, Definition: r.s.Text}, "composite type", n)
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
			t.Checks = append(t.Checks, catalog.Constraint{Name: k.Get("conname").String(), Type: catalog.Check, Valid: true, Expr: expr(k.Child("raw_expr"), bracketsAt(r.s.Text, location(k), "check"))})
		case "CONSTR_DEFAULT":
			t.Default = expr(k.Child("raw_expr"), defaultAt(r.s.Text, location(k)))
		}
	}
	r.addType(t, "domain", n)
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
	proves := sub == "O" || sub == "V" || sub == "C" && !def.Get("skip_validation").Bool()
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
		k := catalog.Constraint{Name: def.Get("conname").String(), Type: catalog.Check, Valid: !def.Get("skip_validation").Bool(), Expr: expr(def.Child("raw_expr"), bracketsAt(r.s.Text, 0, "check"))}
		if k.Name == "" {
			k.Name = d.Name.Name + "_check"
		}
		changed.Checks = append(slices.Clone(d.Checks), k)
	case "X":
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
