package ddl

import (
	"cmp"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// scope is what the names of columns in one level of a query can mean.
type scope struct {
	from  map[string]*catalog.Relation // by alias; nil: its columns are not known
	names map[string]bool              // of result columns
	ctes  map[string]bool
	outer *scope
}

// needsNames refuses a statement of which a query names a column that no table in its reach has.
// What is not known, as the columns of a function or of a subquery, can have every column.
func (r *run) needsNames(n sql.Node) {
	switch n.Kind {
	case "CreateTableAsStmt", "ViewStmt", "CopyStmt":
		n = n.Child("query")
	}
	if n.Kind == "SelectStmt" || writes[n.Kind] {
		r.namesIn(n, &scope{})
	}
}

func (r *run) namesIn(n sql.Node, outer *scope) {
	s := &scope{from: map[string]*catalog.Relation{}, names: map[string]bool{}, ctes: map[string]bool{}, outer: outer}
	for name := range outer.ctes {
		s.ctes[name] = true
	}
	for _, cte := range n.List("withClause.ctes") {
		s.ctes[cte.Get("ctename").String()] = true
	}
	apart := &scope{ctes: s.ctes, outer: outer} // of a query in it that does not see its tables
	if n.Get("larg").Exists() {                 // UNION
		r.namesIn(plain(n, "larg", "SelectStmt"), apart)
		r.namesIn(plain(n, "rarg", "SelectStmt"), apart)
		return
	}
	for _, item := range append(n.List("fromClause"), n.List("usingClause")...) {
		r.reach(s, item)
	}
	var target *catalog.Relation
	if rel := plain(n, "relation", "RangeVar"); writes[n.Kind] {
		target = r.reach(s, rel)
		if n.Get("onConflictClause").Exists() {
			s.from["excluded"] = target
		}
		if source := n.Child("sourceRelation"); source.Kind != "" {
			r.reach(s, source)
		}
	} else {
		for _, result := range n.List("targetList") {
			if name := result.Get("name").String(); name != "" || result.Get("val.ColumnRef").Exists() {
				s.names[name] = true
			} else {
				s.names[outputName(result.Child("val"))] = true
			}
		}
	}
	set := func(list []sql.Node) {
		for _, column := range list {
			if name := column.Get("name").String(); target != nil && name != "" && target.Column(name) == nil {
				r.absent("column", target.Name.Short()+"."+name)
			}
		}
	}
	set(n.List("cols"))
	set(n.List("onConflictClause.targetList"))
	set(n.List("onConflictClause.infer.indexElems"))
	if n.Kind == "UpdateStmt" {
		set(n.List("targetList"))
	}
	inserted := ""
	if n.Kind == "InsertStmt" {
		inserted = n.Child("selectStmt").Raw()
	}
	Walk(sql.Node{Result: n.Result}, func(x sql.Node) bool {
		switch {
		case x.Kind == "CommonTableExpr":
			r.namesIn(x.Child("ctequery"), apart)
			return false
		case x.Kind == "RangeSubselect" && !x.Get("lateral").Bool():
			r.namesIn(x.Child("subquery"), apart)
			return false
		case x.Kind == "SelectStmt" && x.Raw() == inserted:
			r.namesIn(x, apart)
			return false
		case x.Kind == "SelectStmt":
			r.namesIn(x, s)
			return false
		case x.Kind == "MergeWhenClause":
			set(x.List("targetList"))
		case x.Kind == "ColumnRef":
			r.needsName(s, x)
		}
		return true
	})
}

// reach adds what an item of FROM brings to a scope. It returns the table of one, if its
// columns are known.
func (r *run) reach(s *scope, item sql.Node) *catalog.Relation {
	alias := item.Get("alias.aliasname").String()
	switch item.Kind {
	case "JoinExpr":
		r.reach(s, item.Child("larg"))
		r.reach(s, item.Child("rarg"))
		if alias != "" {
			s.from[alias] = nil
		}
		return nil
	case "RangeVar":
		name := nameOf(item)
		t := r.c.Find(name)
		if t == nil || t.Assumed || len(t.Columns) == 0 || item.Get("alias.colnames").Exists() || name.Schema == "" && s.ctes[name.Name] {
			t = nil
		}
		s.from[cmp.Or(alias, name.Name)] = t
		return t
	}
	s.from[alias] = nil
	return nil
}

// needsName refuses a name of a column that nothing in its reach has. In the body of a routine
// a bare name can be a variable.
func (r *run) needsName(s *scope, ref sql.Node) {
	parts := ref.Strs("fields")
	if len(parts) == 0 || len(parts) > 2 || len(parts) < len(ref.Get("fields").Array()) {
		return
	}
	name := last(parts)
	has := func(t *catalog.Relation) bool { return t == nil || t.Column(name) != nil || systemColumns[name] }
	if len(parts) == 2 {
		for ; s != nil; s = s.outer {
			if t, in := s.from[parts[0]]; in {
				if !has(t) && r.c.Function(catalog.Name{Name: name}) == nil { // t.f is f(t) too
					r.absent("column", t.Name.Short()+"."+name)
				}
				return
			}
		}
		return
	}
	if r.s.Routine {
		return
	}
	where := ""
	for ; s != nil; s = s.outer {
		if s.names[name] {
			return
		}
		for alias, t := range s.from {
			if alias == name || has(t) {
				return
			}
			if len(s.from) == 1 && where == "" {
				where = t.Name.Short() + "."
			}
		}
	}
	r.absent("column", where+name)
}
