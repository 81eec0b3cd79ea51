package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// grant runs GRANT and REVOKE on objects.
func (r *run) grant(n sql.Node) {
	verb := "GRANT"
	if !n.Get("is_grant").Bool() {
		verb = "REVOKE"
	}
	kind := n.Get("objtype").String()
	x := r.act(Action{Verb: Grant, Name: verb, Target: strings.ToLower(strings.TrimPrefix(kind, "OBJECT_")), Node: n})
	var onAll []string // the schemas of ALL TABLES IN SCHEMA
	for _, o := range n.List("objects") {
		switch {
		case n.Get("targtype").String() == "ACL_TARGET_ALL_IN_SCHEMA" && kind == "OBJECT_TABLE":
			onAll = append(onAll, o.Get("sval").String())
		case kind == "OBJECT_SCHEMA":
			of := catalog.Other{Kind: "schema", Name: o.Get("sval").String()}
			r.c.SetGrants(of, r.granted(r.c.Grants(of), n))
		case o.Kind == "RangeVar":
			t := r.relation(nameOf(o), catalog.Table, false)
			x.Table = t
			if t == nil {
				continue
			}
			if r.version() >= 18 {
				r.lock(t, AccessShare)
			}
			r.grantOn(t, n)
		}
	}
	if len(onAll) > 0 {
		for _, t := range r.c.All() {
			if slices.Contains(onAll, t.Name.Schema) && t.Kind != catalog.Sequence && t.Kind != catalog.IndexKind {
				r.grantOn(t, n)
			}
		}
	}
}

func (r *run) grantOn(t *catalog.Relation, n sql.Node) {
	r.c.Edit(t.OID, func(t *catalog.Relation) { t.Grants = r.granted(t.Grants, n) })
}

// defaultPrivileges runs ALTER DEFAULT PRIVILEGES. Only those on tables are kept.
func (r *run) defaultPrivileges(n sql.Node) {
	r.act(Action{Verb: OtherVerb, Node: n})
	action := plain(n, "action", "GrantStmt")
	if action.Get("objtype").String() != "OBJECT_TABLE" {
		return
	}
	schemas := []string{""} // all of them
	for _, o := range n.List("options") {
		if o.Get("defname").String() == "schemas" {
			schemas = o.Child("arg").Strs("items")
		}
	}
	for _, schema := range schemas {
		of := catalog.Other{Kind: "default privileges", Name: schema}
		r.c.SetGrants(of, r.granted(r.c.Grants(of), action))
	}
}

// granted returns the privileges on an object after a GRANT or REVOKE. Those on
// single columns are left out.
func (r *run) granted(list []catalog.Grant, n sql.Node) []catalog.Grant {
	list = slices.Clone(list)
	privileges := []string{}
	for _, p := range n.List("privileges") {
		if !p.Get("cols").Exists() {
			privileges = append(privileges, strings.ToUpper(p.Get("priv_name").String()))
		}
	}
	if len(n.List("privileges")) == 0 {
		privileges = []string{"ALL"}
	}
	for _, role := range n.List("grantees") {
		name := roleOf(role)
		for _, p := range privileges {
			list = slices.DeleteFunc(list, func(g catalog.Grant) bool { return g.Role == name && (g.Privilege == p || p == "ALL") })
			if n.Get("is_grant").Bool() {
				list = append(list, catalog.Grant{Role: name, Privilege: p, Since: r.c.Now, At: r.c.At})
			}
		}
	}
	return list
}

// roleOf returns the name of a role of GRANT or of a policy.
func roleOf(n sql.Node) string {
	if n.Get("roletype").String() == "ROLESPEC_PUBLIC" {
		return catalog.Public
	}
	return n.Get("rolename").String()
}
