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

func (r *run) createFunction(n sql.Node) {
	f := catalog.Function{Name: r.c.Home(qualified(n.Strs("funcname"))), Procedure: n.Get("is_procedure").Bool(), Atomic: n.Get("sql_body").Exists(), Since: r.c.Now, At: r.c.At, Definition: r.s.Text}
	for _, o := range n.List("options") {
		value := valueOf(o.Child("arg"))
		switch o.Get("defname").String() {
		case "language":
			f.Language = value
		case "volatility":
			if value != "volatile" {
				f.Volatility = strings.ToUpper(value)
			}
		case "security", "set":
			secured(&f, o)
		case "as":
			if list := o.Child("arg").Strs("items"); len(list) > 0 {
				f.Body = list[0]
			}
		}
	}
	var args []string
	for _, p := range n.List("parameters") {
		if mode := p.Get("mode").String(); mode != "FUNC_PARAM_OUT" && mode != "FUNC_PARAM_TABLE" {
			args = append(args, typeOf(plain(p, "argType", "TypeName")).String())
		}
	}
	f.Args = strings.Join(args, ", ")
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

// secured applies SECURITY DEFINER and SET of a function.
func secured(f *catalog.Function, option sql.Node) {
	arg := option.Child("arg")
	switch option.Get("defname").String() {
	case "security":
		f.Definer = arg.Get("boolval").Bool()
	case "set":
		if name := arg.Get("name").String(); name == "search_path" || name == "" {
			f.Path = !strings.HasPrefix(arg.Get("kind").String(), "VAR_RESET")
		}
	}
}

// argumentsOf returns the types of the arguments by which a function is named.
func argumentsOf(n sql.Node) string {
	var args []string
	for _, a := range n.List("objargs") {
		args = append(args, typeOf(a).String())
	}
	return strings.Join(args, ", ")
}

func (r *run) alterFunction(n sql.Node) {
	named := plain(n, "func", "ObjectWithArgs")
	name := qualified(named.Strs("objname"))
	x := r.act(Action{Verb: AlterObject, Target: "function", Name: name.Short(), Node: n})
	f := r.c.Function(name)
	if f == nil {
		return
	}
	if !named.Get("args_unspecified").Bool() {
		args := argumentsOf(named)
		if i := slices.IndexFunc(f.Overloads, func(o catalog.Function) bool { return o.Args == args }); i >= 0 {
			f = &f.Overloads[i]
		}
	}
	if f.Procedure {
		x.Target = "procedure"
	}
	x.Name += "(" + f.Args + ")"
	changed := *f
	for _, o := range n.List("actions") {
		secured(&changed, o)
	}
	if former := *f; len(n.List("actions")) == 1 && changed.Path && !former.Path {
		x.To = "search_path"
	}
	r.c.SetFunction(changed)
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
	if name == "" {
		r.needs(16, "CREATE STATISTICS without a name")
	}
	x := r.act(Action{Verb: CreateObject, Target: "statistics", Name: name, Exists: n.Get("if_not_exists").Bool(), Node: n})
	d := catalog.Definition{Text: r.s.Text}
	for _, rel := range n.List("relations") {
		if t := r.relation(nameOf(rel), catalog.Table, false); t != nil {
			r.lock(t, ShareUpdateExclusive)
			d.Tables = append(d.Tables, t.OID)
			x.Table = t
			if t.Kind == catalog.View {
				r.refuse("statistics are of tables, and %s is a view", t.Name.Short())
			}
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
		if !t.Assumed && (!t.IsTable() || t.Unlogged || t.Temporary) {
			r.refuse("only logged tables are published, and %s is none", t.Name.Short())
		}
		if rel := plain(table, "relation", "RangeVar"); rel.Get("inh").Bool() && t.Kind != catalog.Partitioned {
			r.lockTree(t, ShareUpdateExclusive)
		} else {
			r.lock(t, ShareUpdateExclusive)
		}
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
