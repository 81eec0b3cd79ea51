package ddl

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// sources are the relations that a query reads.
func (r *run) sources(query sql.Node) []*catalog.Relation {
	var list []*catalog.Relation
	ctes, targets := map[string]bool{}, map[int64]bool{} // the targets of writes, by where they are in the text
	Walk(r.s.Tree, func(n sql.Node) bool {               // a write in WITH reads what is beside it
		if n.Kind == "CommonTableExpr" {
			ctes[n.Get("ctename").String()] = true
		}
		if writes[n.Kind] {
			targets[n.Get("relation.location").Int()] = true
		}
		return true
	})
	Walk(query, func(n sql.Node) bool {
		if n.Kind == "LockingClause" {
			return false // what it names is in FROM
		}
		if n.Kind != "RangeVar" || targets[n.Get("location").Int()] || n.Get("schemaname").String() == "" && ctes[n.Get("relname").String()] {
			return true
		}
		if t := r.relation(nameOf(n), catalog.Table, false); t != nil && !slices.ContainsFunc(list, func(o *catalog.Relation) bool { return o.OID == t.OID }) {
			list = append(list, t)
		}
		return true
	})
	return list
}

// level is one SELECT of a view: the relations of its FROM by alias, and the SELECT
// around it.
type level struct {
	from  map[string]*catalog.Relation
	outer *level
}

// readBy notes what a view reads, column by column where their names tell.
func (r *run) readBy(view *catalog.Relation, query sql.Node) {
	sources := r.sources(query)
	read := map[catalog.OID]map[string]bool{}
	note := func(l *level, column string) bool { // in all relations of the level that have it
		found := false
		for _, s := range l.from {
			for _, c := range s.Columns {
				if column == "*" || c.Name == column {
					read[s.OID][c.Name] = true
					found = true
				}
			}
		}
		return found
	}
	for _, s := range sources {
		read[s.OID] = map[string]bool{}
	}
	var visit func(query sql.Node, outer *level)
	visit = func(query sql.Node, outer *level) {
		l := &level{from: map[string]*catalog.Relation{}, outer: outer}
		var refs, inner []sql.Node
		first := true
		Walk(query, func(n sql.Node) bool {
			switch {
			case n.Kind == "SelectStmt" && !first:
				inner = append(inner, n)
				return false
			case n.Kind == "RangeVar":
				alias := cmp.Or(n.Get("alias.aliasname").String(), n.Get("relname").String())
				for _, s := range sources {
					if s.Name.Name == n.Get("relname").String() {
						l.from[alias] = s
					}
				}
			case n.Kind == "ColumnRef" || n.Kind == "JoinExpr":
				refs = append(refs, n)
			}
			first = false
			return true
		})
		for _, n := range refs {
			if n.Kind == "JoinExpr" {
				for _, name := range n.Strs("usingClause") {
					note(l, name)
				}
				if n.Get("isNatural").Bool() {
					note(l, "*")
				}
				continue
			}
			parts := n.Strs("fields")
			if len(parts) != len(n.Get("fields").Array()) {
				parts = append(parts, "*")
			}
			for at := l; at != nil && len(parts) > 0; at = at.outer {
				if len(parts) == 1 {
					if s := at.from[parts[0]]; s != nil { // a whole row
						note(&level{from: map[string]*catalog.Relation{"": s}}, "*")
						break
					}
					if note(at, parts[0]) || parts[0] == "*" {
						break
					}
				} else if s := at.from[parts[len(parts)-2]]; s != nil {
					note(&level{from: map[string]*catalog.Relation{"": s}}, last(parts))
					break
				}
			}
		}
		for _, n := range inner {
			visit(n, l)
		}
	}
	visit(query, nil)
	var reads []catalog.Read
	for _, s := range sources {
		of := catalog.Read{OID: s.OID}
		if !s.Assumed {
			for _, c := range s.Columns {
				if read[s.OID][c.Name] {
					of.Columns = append(of.Columns, c.Name)
				}
			}
			if len(of.Columns) == 0 {
				of.Columns = []string{""} // the relation, but none of its columns
			}
		}
		reads = append(reads, of)
		r.c.Edit(s.OID, func(t *catalog.Relation) {
			if !slices.Contains(t.Readers, view.OID) {
				t.Readers = append(t.Readers, view.OID)
			}
		})
	}
	r.c.Edit(view.OID, func(v *catalog.Relation) { v.Reads = reads })
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// viewColumns returns the names of the columns of a view; none if the statement does not tell
// all of them.
func (r *run) viewColumns(view sql.Node) []catalog.Column {
	query := view.Child("query")
	for query.Kind == "SelectStmt" && query.Get("larg").Exists() {
		query = plain(query, "larg", "SelectStmt") // of UNION, the first names them
	}
	var names []string
	for _, target := range query.List("targetList") {
		of := target.Child("val")
		if name := cmp.Or(target.Get("name").String(), outputName(of)); name != "" {
			names = append(names, name)
			continue
		}
		parts := of.Strs("fields")
		if of.Kind != "ColumnRef" || len(parts) > 1 {
			return nil
		}
		found := false
		for _, from := range query.List("fromClause") { // a star: all columns of the tables, in their order
			alias := cmp.Or(from.Get("alias.aliasname").String(), from.Get("relname").String())
			if len(parts) == 1 && alias != parts[0] {
				continue
			}
			t := r.c.Find(nameOf(from))
			if from.Kind != "RangeVar" || from.Get("alias.colnames").Exists() || t == nil || t.Assumed || len(t.Columns) == 0 || view.Get("query.SelectStmt.withClause").Exists() {
				return nil
			}
			for _, c := range t.Columns {
				names, found = append(names, c.Name), true
			}
		}
		if !found {
			return nil
		}
	}
	for i, name := range view.Strs("aliases") {
		if i < len(names) {
			names[i] = name
		}
	}
	var columns []catalog.Column
	for _, name := range names {
		columns = append(columns, catalog.Column{Name: name})
	}
	return columns
}

// outputName is the name of a result column without AS, as FigureColname in parse_target.c
// has it; empty if it is a star, or another kind of expression than columns and calls.
func outputName(n sql.Node) string {
	for n.Kind == "TypeCast" && (n.Child("arg").Kind == "ColumnRef" || n.Child("arg").Kind == "FuncCall") {
		n = n.Child("arg")
	}
	switch n.Kind {
	case "ColumnRef":
		if parts := n.Strs("fields"); len(parts) == len(n.Get("fields").Array()) {
			return last(parts)
		}
	case "FuncCall":
		return last(n.Strs("funcname"))
	case "CoalesceExpr":
		return "coalesce"
	}
	return ""
}

func (r *run) createView(n sql.Node) {
	rel := plain(n, "view", "RangeVar")
	name := r.c.Home(nameOf(rel))
	if rel.Get("relpersistence").String() == "t" {
		name.Schema = "pg_temp"
	}
	x := r.act(Action{Verb: CreateView, Target: "view", Name: name.Short(), Exists: n.Get("replace").Bool(), Node: n})
	if _, ok := optionsOf(n.List("options"))["security_invoker"]; ok {
		r.needs(15, "security_invoker")
	}
	old := r.c.Find(name)
	if old != nil && !old.Assumed {
		x.Table = old
		if !x.Exists {
			r.present(old.Kind.String(), name.Short())
			return
		}
		if old.Kind != catalog.View {
			r.refuse("%s is no view", name.Short())
			return
		}
		r.lock(old, AccessExclusive)
		columns := r.viewColumns(n)
		for i, c := range old.Columns {
			switch {
			case len(columns) == 0:
			case i >= len(columns):
				r.refuse("CREATE OR REPLACE VIEW cannot drop column %s of %s", c.Name, name.Short())
				return
			case columns[i].Name != c.Name:
				r.refuse("CREATE OR REPLACE VIEW cannot replace column %s of %s with %s: new columns must come last", c.Name, name.Short(), columns[i].Name)
				return
			}
		}
		for _, read := range old.Reads {
			r.c.Edit(read.OID, func(t *catalog.Relation) {
				t.Readers = slices.DeleteFunc(t.Readers, func(o catalog.OID) bool { return o == old.OID })
			})
		}
		r.c.Edit(old.OID, func(v *catalog.Relation) {
			v.Definition, v.Options, v.Columns = r.s.Text, optionsOf(n.List("options")), columns
		})
		r.readBy(old, n.Child("query"))
	} else {
		if x.Exists && old == nil && !r.c.Complete {
			r.assume("there is no view %s yet: one would be locked in ACCESS EXCLUSIVE", name.Short())
		}
		created := r.c.Create(catalog.Relation{Name: name, Kind: catalog.View, Columns: r.viewColumns(n), Definition: r.s.Text, Options: optionsOf(n.List("options"))})
		r.readBy(created, n.Child("query"))
		x.Other = r.c.Get(created.OID)
	}
	for _, s := range r.sources(n.Child("query")) {
		r.lock(s, AccessShare)
	}
}

func (r *run) refresh(n sql.Node) {
	v := r.relation(nameOf(plain(n, "relation", "RangeVar")), catalog.MatView, false)
	concurrent := n.Get("concurrent").Bool()
	x := r.act(Action{Verb: RefreshView, Target: "materialized view", Table: v, Concurrent: concurrent, Node: n})
	if v == nil {
		return
	}
	x.Name = v.Name.Short()
	if r.needsKind(v, catalog.MatView); r.e.Refused != "" {
		return
	}
	if !concurrent {
		r.lock(v, AccessExclusive)
	} else {
		r.lock(v, Exclusive)
		if !v.Assumed && !slices.ContainsFunc(v.Indexes, func(o catalog.OID) bool {
			ix := r.c.Get(o)
			return ix != nil && ix.Index.Unique && !ix.Index.Where.There() && len(ix.Index.Columns()) == len(ix.Index.Keys)
		}) {
			r.refuse("REFRESH CONCURRENTLY needs a unique index on columns of %s, without WHERE", v.Name.Short())
			return
		}
	}
	if n.Get("skipData").Bool() {
		r.rewrites(v)
		return
	}
	for _, read := range v.Reads {
		for _, t := range r.c.Tree(r.c.Get(read.OID)) {
			r.lock(t, AccessShare)
			r.reads(t)
		}
	}
	if concurrent {
		r.reads(v)
	} else {
		x.Rewrites, x.Why = true, "the view is computed and written again"
		r.rewrites(v)
	}
}
