package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// nameIn reads a name in a string: 'public.orders_id_seq'.
func nameIn(text string) catalog.Name {
	schema, name, _ := lex.Scan(text).Qualified()
	return catalog.Name{Schema: schema, Name: name}
}

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

func (r *run) createSequence(n sql.Node) {
	rel := plain(n, "sequence", "RangeVar")
	s := catalog.Relation{Name: r.c.Home(nameOf(rel)), Kind: catalog.Sequence, SeqType: "bigint", Temporary: rel.Get("relpersistence").String() == "t", Definition: r.s.Text}
	x := r.act(Action{Verb: CreateObject, Target: "sequence", Name: s.Name.Short(), Exists: n.Get("if_not_exists").Bool(), Node: n})
	if old := r.c.Find(s.Name); old != nil && !old.Assumed {
		if x.Exists {
			x.Nothing = true
		} else {
			r.present("sequence", s.Name.Short())
		}
		return
	}
	s.OwnedBy = r.sequenceOptions(&s, n)
	created := r.c.Create(s)
	r.own(created.OID, s.OwnedBy)
}

// sequenceOptions reads AS and OWNED BY.
func (r *run) sequenceOptions(s *catalog.Relation, n sql.Node) catalog.Read {
	owner := s.OwnedBy
	for _, o := range n.List("options") {
		switch o.Get("defname").String() {
		case "as":
			s.SeqType = typeOf(plain(o, "arg.TypeName", "TypeName")).Name
		case "owned_by":
			parts := o.Child("arg").Strs("items")
			if len(parts) < 2 {
				owner = catalog.Read{}
				continue
			}
			if t := r.relation(qualified(parts[:len(parts)-1]), catalog.Table, false); t != nil {
				owner = catalog.Read{OID: t.OID, Columns: parts[len(parts)-1:]}
			}
		}
	}
	return owner
}

func (r *run) own(seq catalog.OID, by catalog.Read) {
	if by.OID == 0 {
		return
	}
	r.c.Edit(by.OID, func(t *catalog.Relation) {
		if c := t.Column(by.Columns[0]); c != nil {
			c.Sequence = seq
		}
	})
}

func (r *run) alterSequence(n sql.Node) {
	s := r.relation(nameOf(plain(n, "sequence", "RangeVar")), catalog.Sequence, n.Get("missing_ok").Bool())
	r.act(Action{Verb: AlterSequence, Target: "sequence", Name: nameOf(plain(n, "sequence", "RangeVar")).Short(), Table: s, Exists: n.Get("missing_ok").Bool(), Node: n})
	if s == nil {
		return
	}
	r.lock(s, ShareRowExclusive)
	changed := *s
	owner := r.sequenceOptions(&changed, n)
	if owner.OID != 0 {
		r.lock(r.c.Get(owner.OID), AccessShare)
	}
	r.c.Edit(s.OID, func(s *catalog.Relation) { s.SeqType, s.OwnedBy = changed.SeqType, owner })
	r.own(s.OID, owner)
}

func (r *run) createFunction(n sql.Node) {
	f := catalog.Function{Name: r.c.Home(qualified(n.Strs("funcname"))), Procedure: n.Get("is_procedure").Bool(), Since: r.c.Now, Definition: r.s.Text}
	for _, o := range n.List("options") {
		value := valueOf(o.Child("arg"))
		switch o.Get("defname").String() {
		case "language":
			f.Language = value
		case "volatility":
			if value != "volatile" {
				f.Volatility = strings.ToUpper(value)
			}
		case "security":
			f.Definer = o.Child("arg").Get("boolval").Bool()
		case "set":
			f.Path = f.Path || o.Get("arg.VariableSetStmt.name").String() == "search_path"
		case "as":
			if list := o.Child("arg").Strs("items"); len(list) > 0 {
				f.Body = list[0]
			}
		}
	}
	if ret := plain(n, "returnType", "TypeName"); ret.Kind != "" {
		f.Returns = typeOf(ret).String()
	}
	old := r.c.Function(f.Name)
	x := r.act(Action{Verb: CreateFunction, Target: "function", Name: f.Name.Short(), Exists: n.Get("replace").Bool(), Node: n})
	if f.Procedure {
		x.Target = "procedure"
	}
	if old != nil {
		x.To = old.Definition
	}
	r.c.SetFunction(f)
}

func (r *run) createSchema(n sql.Node) {
	name := n.Get("schemaname").String()
	x := r.act(Action{Verb: CreateObject, Target: "schema", Name: name, Exists: n.Get("if_not_exists").Bool(), Node: n})
	o := catalog.Other{Kind: "schema", Name: name}
	if _, there := r.c.Other(o); there || name == "public" {
		x.Nothing = x.Exists
		if !x.Exists {
			r.present("schema", name)
		}
		return
	}
	r.c.SetOther(o, catalog.Definition{Text: r.s.Text})
}

func (r *run) createExtension(n sql.Node) {
	name := n.Get("extname").String()
	x := r.act(Action{Verb: CreateObject, Target: "extension", Name: name, Exists: n.Get("if_not_exists").Bool(), Node: n})
	o := catalog.Other{Kind: "extension", Name: name}
	_, there := r.c.Other(o)
	x.Nothing = there && x.Exists
	r.c.SetOther(o, catalog.Definition{Text: r.s.Text})
}

func (r *run) alterExtension(n sql.Node) {
	r.act(Action{Verb: AlterObject, Target: "extension", Name: n.Get("extname").String(), Node: n})
}

func (r *run) createStatistics(n sql.Node) {
	name := strings.Join(n.Strs("defnames"), ".")
	x := r.act(Action{Verb: CreateObject, Target: "statistics", Name: name, Exists: n.Get("if_not_exists").Bool(), Node: n})
	d := catalog.Definition{Text: r.s.Text}
	for _, rel := range n.List("relations") {
		if t := r.relation(nameOf(rel), catalog.Table, false); t != nil {
			r.lock(t, ShareUpdateExclusive)
			d.Tables = append(d.Tables, t.OID)
			x.Table = t
		}
	}
	for _, e := range n.List("exprs") {
		if e.Child("expr").Kind != "" {
			r.needs(14, "statistics on an expression")
		}
	}
	r.c.SetOther(catalog.Other{Kind: "statistics", Name: name}, d)
}

// publication runs CREATE and ALTER PUBLICATION.
func (r *run) publication(n sql.Node) {
	name := n.Get("pubname").String()
	o := catalog.Other{Kind: "publication", Name: name}
	d, there := r.c.Other(o)
	verb := AlterObject
	if n.Kind == "CreatePublicationStmt" {
		verb = CreateObject
	} else if !there && r.c.Complete {
		r.absent("publication", name)
		return
	}
	d.Tables = slices.Clone(d.Tables)
	d.All = d.All || n.Get("for_all_tables").Bool()
	x := r.act(Action{Verb: verb, Target: "publication", Name: name, Node: n})
	action := n.Get("action").String()
	if strings.HasSuffix(action, "SetObjects") {
		for _, oid := range d.Tables {
			r.lock(r.c.Get(oid), ShareUpdateExclusive)
		}
		d.Tables = nil
	}
	for _, p := range n.List("pubobjects") {
		if p.Get("pubobjtype").String() != "PUBLICATIONOBJ_TABLE" {
			r.needs(15, "a publication of a schema")
			continue
		}
		table := plain(p, "pubtable", "PublicationTable")
		if table.Child("whereClause").Kind != "" || table.Get("columns").Exists() {
			r.needs(15, "a publication with a row filter or a column list")
		}
		t := r.relation(nameOf(plain(table, "relation", "RangeVar")), catalog.Table, false)
		if t == nil {
			continue
		}
		x.Table = t
		r.lock(t, ShareUpdateExclusive)
		if strings.HasSuffix(action, "DropObjects") {
			d.Tables = slices.DeleteFunc(d.Tables, func(o catalog.OID) bool { return o == t.OID })
		} else {
			d.Tables = append(d.Tables, t.OID)
		}
	}
	r.c.SetOther(o, d)
}

func (r *run) subscription(n sql.Node) {
	if n.Kind == "DropSubscriptionStmt" {
		r.e.NoBlock = true
	} else if o := optionsOf(n.List("options")); o["create_slot"] != "false" && o["connect"] != "false" {
		r.e.NoBlock = true
	}
	r.act(Action{Verb: OtherVerb, Target: "subscription", Name: n.Get("subname").String(), Node: n})
}

// dropOther drops what is no relation. The lock is that of the table that the object
// belongs to.
func (r *run) dropOther(word string, parts []string, x *Action) {
	name := qualified(parts)
	switch word {
	case "trigger", "rule", "policy":
		t := r.relation(qualified(parts[:max(len(parts)-1, 0)]), catalog.Table, x.Exists)
		x.Name, x.Table = parts[len(parts)-1], t
		if word == "trigger" {
			x.Verb = DropTrigger
		} else if word == "policy" {
			x.Verb = DropPolicy
		}
		if t == nil {
			x.Nothing = x.Exists
			return
		}
		if !t.Assumed && !r.belongs(word, t, x.Name) {
			if x.Exists {
				x.Nothing = true
			} else {
				r.absent(word, x.Name)
			}
			return
		}
		r.lock(t, AccessExclusive)
		for _, one := range r.c.Tree(t) {
			if one.OID != t.OID && word == "trigger" && one.IsPartition() {
				r.lock(one, AccessExclusive)
			}
			r.c.Edit(one.OID, func(t *catalog.Relation) {
				t.Triggers = slices.DeleteFunc(t.Triggers, func(g catalog.Trigger) bool { return word == "trigger" && g.Name == x.Name })
				t.Policies = slices.DeleteFunc(t.Policies, func(p catalog.Policy) bool { return word == "policy" && p.Name == x.Name })
				t.Rules = slices.DeleteFunc(t.Rules, func(s string) bool { return word == "rule" && s == x.Name })
			})
		}
	case "type", "domain":
		t := r.c.Type(name)
		x.Type = t
		if t == nil {
			x.Nothing = x.Exists && r.c.Complete
			if r.c.Complete && !x.Exists {
				r.absent(word, name.Short())
			}
			return
		}
		for _, rel := range r.c.All() {
			for _, c := range rel.Columns {
				if r.c.Type(catalog.Name{Schema: c.Type.Schema, Name: c.Type.Name}) == t {
					x.Takes = append(x.Takes, Object{Kind: "column", Name: rel.Name.Short() + "." + c.Name, Table: rel.Name.Short(), Stops: true})
					if x.Cascade {
						r.lock(rel, AccessExclusive)
					}
				}
			}
		}
		if r.stops(word, name.Short(), x) {
			return
		}
		for _, o := range x.Takes {
			table, column := o.Table, o.Name[strings.LastIndexByte(o.Name, '.')+1:]
			if rel := r.c.Find(nameIn(table)); rel != nil {
				r.removeColumn(rel, column)
			}
		}
		r.c.DropType(name)
	case "function", "procedure", "routine", "aggregate":
		f := r.c.Function(name)
		if f == nil {
			x.Nothing = x.Exists && r.c.Complete
			if r.c.Complete && !x.Exists {
				r.absent(word, name.Short())
			}
			return
		}
		x.To = f.Definition
		for _, rel := range r.c.All() {
			for _, g := range rel.Triggers {
				if r.c.Function(g.Function) == f {
					x.Takes = append(x.Takes, Object{Kind: "trigger", Name: g.Name, Table: rel.Name.Short(), Definition: g.Definition, Stops: true})
					if x.Cascade {
						r.lock(rel, AccessExclusive)
					}
				}
			}
			for _, c := range rel.Columns {
				if callsFunction(c.Default.Node, name.Name) {
					x.Takes = append(x.Takes, Object{Kind: "default", Name: rel.Name.Short() + "." + c.Name, Table: rel.Name.Short(), Definition: c.Default.Text, Stops: true})
				}
			}
		}
		if !r.stops(word, name.Short(), x) {
			r.c.DropFunction(name)
		}
	case "schema":
		schema := parts[len(parts)-1]
		x.Name = schema
		for _, rel := range r.c.All() {
			if rel.Name.Schema == schema && rel.Kind != catalog.IndexKind && rel.OwnedBy.OID == 0 {
				x.Takes = append(x.Takes, Object{Kind: rel.Kind.String(), Name: rel.Name.Short(), Definition: rel.Definition, Stops: true})
			}
		}
		if r.stops(word, schema, x) {
			return
		}
		for _, rel := range r.c.All() {
			if rel.Name.Schema == schema && rel.Kind != catalog.IndexKind && r.c.Get(rel.OID) != nil {
				r.lockTree(rel, AccessExclusive)
				r.dropEnds(&Action{}, rel, map[catalog.OID]bool{})
				r.removeRelation(rel)
			}
		}
		r.c.DropOther(catalog.Other{Kind: "schema", Name: schema})
	default:
		o := catalog.Other{Kind: word, Name: strings.Join(parts, ".")}
		d, there := r.c.Other(o)
		if word == "statistics" && !there {
			for _, known := range r.c.Others("statistics") {
				if qualified(strings.Split(known.Name, ".")).Name == name.Name {
					o = known
					d, there = r.c.Other(o)
				}
			}
		}
		if there {
			for _, oid := range d.Tables {
				if word == "statistics" {
					r.lock(r.c.Get(oid), ShareUpdateExclusive)
				}
			}
			x.To = d.Text
			r.c.DropOther(o)
		}
	}
}

func (r *run) stops(word, name string, x *Action) bool {
	if !x.Cascade && len(x.Takes) > 0 {
		r.refuse("other objects depend on %s %s: %s", word, name, stopping(x.Takes))
		return true
	}
	return false
}

func (r *run) belongs(word string, t *catalog.Relation, name string) bool {
	switch word {
	case "trigger":
		return slices.ContainsFunc(t.Triggers, func(g catalog.Trigger) bool { return g.Name == name })
	case "policy":
		return slices.ContainsFunc(t.Policies, func(p catalog.Policy) bool { return p.Name == name })
	}
	return slices.Contains(t.Rules, name)
}

func callsFunction(n sql.Node, name string) bool {
	found := false
	walk(n, func(n sql.Node) bool {
		if n.Kind == "FuncCall" {
			if f := n.Strs("funcname"); len(f) > 0 && f[len(f)-1] == name {
				found = true
			}
		}
		return !found
	})
	return found
}

func (r *run) createTrigger(n sql.Node) {
	t := r.relation(nameOf(plain(n, "relation", "RangeVar")), catalog.Table, false)
	g := catalog.Trigger{Name: n.Get("trigname").String(), Row: n.Get("row").Bool(), Timing: "AFTER", Columns: n.Strs("columns"), Function: qualified(n.Strs("funcname")), Definition: r.s.Text}
	timing, events := n.Get("timing").Int(), n.Get("events").Int()
	switch {
	case timing&2 != 0:
		g.Timing = "BEFORE"
	case timing&64 != 0:
		g.Timing = "INSTEAD OF"
	}
	for bit, word := range map[int64]string{4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"} {
		if events&bit != 0 {
			g.Events = append(g.Events, word)
		}
	}
	slices.Sort(g.Events)
	if w := n.Child("whenClause"); w.Kind != "" {
		g.When = expr(w, bracketsAt(r.s.Text, 0, "when"))
	}
	r.act(Action{Verb: CreateTrigger, Target: "trigger", Name: g.Name, Table: t, Exists: n.Get("replace").Bool(), Node: n})
	if n.Get("replace").Bool() {
		r.needs(14, "CREATE OR REPLACE TRIGGER")
	}
	if t == nil {
		return
	}
	if !n.Get("replace").Bool() && !t.Assumed && r.belongs("trigger", t, g.Name) {
		r.present("trigger", g.Name)
		return
	}
	r.lock(t, ShareRowExclusive)
	for _, one := range r.c.Tree(t) {
		if one.OID != t.OID {
			if !g.Row || !one.IsPartition() {
				continue
			}
			r.lock(one, ShareRowExclusive)
		}
		r.c.Edit(one.OID, func(t *catalog.Relation) {
			t.Triggers = append(slices.DeleteFunc(t.Triggers, func(x catalog.Trigger) bool { return x.Name == g.Name }), g)
		})
	}
	if c := plain(n, "constrrel", "RangeVar"); c.Kind != "" {
		r.lock(r.relation(nameOf(c), catalog.Table, false), AccessShare)
	}
}

func (r *run) createRule(n sql.Node) {
	t := r.relation(nameOf(plain(n, "relation", "RangeVar")), catalog.Table, false)
	name := n.Get("rulename").String()
	r.act(Action{Verb: CreateRule, Target: "rule", Name: name, Table: t, Exists: n.Get("replace").Bool(), Node: n})
	if t == nil {
		return
	}
	r.lock(t, AccessExclusive)
	r.c.Edit(t.OID, func(t *catalog.Relation) { t.Rules = append(t.Rules, name) })
}

func (r *run) createPolicy(n sql.Node) {
	t := r.relation(nameOf(plain(n, "table", "RangeVar")), catalog.Table, false)
	p := catalog.Policy{Name: n.Get("policy_name").String(), Command: strings.ToUpper(n.Get("cmd_name").String()), Permissive: n.Get("permissive").Bool(), Definition: r.s.Text}
	for _, role := range n.List("roles") {
		name := role.Get("rolename").String()
		if role.Get("roletype").String() == "ROLESPEC_PUBLIC" {
			name = "public"
		}
		p.Roles = append(p.Roles, name)
	}
	if q := n.Child("qual"); q.Kind != "" {
		p.Using = expr(q, bracketsAt(r.s.Text, 0, "using"))
	}
	if q := n.Child("with_check"); q.Kind != "" {
		p.Check = expr(q, bracketsAt(r.s.Text, 0, "check"))
	}
	r.act(Action{Verb: CreatePolicy, Target: "policy", Name: p.Name, Table: t, Node: n})
	if t == nil {
		return
	}
	r.lock(t, AccessExclusive)
	r.c.Edit(t.OID, func(t *catalog.Relation) { t.Policies = append(t.Policies, p) })
}

func (r *run) alterPolicy(n sql.Node) {
	t := r.relation(nameOf(plain(n, "table", "RangeVar")), catalog.Table, false)
	r.act(Action{Verb: AlterObject, Target: "policy", Name: n.Get("policy_name").String(), Table: t, Node: n})
	r.lock(t, AccessExclusive)
}
