package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

func (r *run) belongs(word string, t *catalog.Relation, name string) bool {
	switch word {
	case "trigger":
		return slices.ContainsFunc(t.Triggers, func(g catalog.Trigger) bool { return g.Name == name })
	case "policy":
		return slices.ContainsFunc(t.Policies, func(p catalog.Policy) bool { return p.Name == name })
	}
	return slices.Contains(t.Rules, name)
}

// cloned reports whether a partition has a trigger from the partitioned table.
func (r *run) cloned(t *catalog.Relation, trigger string) bool {
	return slices.ContainsFunc(r.above(t)[1:], func(parent *catalog.Relation) bool {
		return slices.ContainsFunc(parent.Triggers, func(g catalog.Trigger) bool { return g.Row && g.Name == trigger })
	})
}

func (r *run) createTrigger(n sql.Node) {
	t := r.relation(nameOf(plain(n, "relation", "RangeVar")), catalog.Table, false)
	g := catalog.Trigger{Name: n.Get("trigname").String(), Row: n.Get("row").Bool(), Timing: "AFTER", Columns: n.Strs("columns"), Function: qualified(n.Strs("funcname")), Since: r.c.Now, At: r.c.At, Definition: r.s.Text}
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
	switch instead := g.Timing == "INSTEAD OF"; {
	case t.Assumed:
	case len(g.Columns) > 0 && len(n.List("transitionRels")) > 0:
		r.refuse("a trigger with transition tables cannot have a list of columns")
	case instead && t.Kind != catalog.View, g.Row && !instead && t.Kind == catalog.View:
		r.refuse("row triggers on views must be INSTEAD OF, and only views can have these: %s is a %s", t.Name.Short(), t.Kind)
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
	p := catalog.Policy{Name: n.Get("policy_name").String(), Command: strings.ToUpper(n.Get("cmd_name").String()), Permissive: n.Get("permissive").Bool(), Since: r.c.Now, At: r.c.At, Definition: r.s.Text}
	r.setPolicy(&p, n)
	r.act(Action{Verb: CreatePolicy, Target: "policy", Name: p.Name, Table: t, Node: n})
	if t == nil {
		return
	}
	if !t.Assumed && t.Kind != catalog.Table && t.Kind != catalog.Partitioned {
		r.refuse("policies are for tables, and %s is a %s", t.Name.Short(), t.Kind)
		return
	}
	if !t.Assumed && r.belongs("policy", t, p.Name) {
		r.present("policy", p.Name)
		return
	}
	r.lock(t, AccessExclusive)
	r.c.Edit(t.OID, func(t *catalog.Relation) { t.Policies = append(t.Policies, p) })
}

// setPolicy sets the roles and expressions of a policy that a statement gives.
func (r *run) setPolicy(p *catalog.Policy, n sql.Node) {
	if roles := n.List("roles"); len(roles) > 0 {
		p.Roles = nil
		for _, role := range roles {
			p.Roles = append(p.Roles, roleOf(role))
		}
	}
	if q := n.Child("qual"); q.Kind != "" {
		p.Using = expr(q, bracketsAt(r.s.Text, 0, "using"))
	}
	if q := n.Child("with_check"); q.Kind != "" {
		p.Check = expr(q, bracketsAt(r.s.Text, 0, "check"))
	}
}

func (r *run) alterPolicy(n sql.Node) {
	t := r.relation(nameOf(plain(n, "table", "RangeVar")), catalog.Table, false)
	name := n.Get("policy_name").String()
	r.act(Action{Verb: AlterObject, Target: "policy", Name: name, Table: t, Node: n})
	if t == nil {
		return
	}
	if !t.Assumed && !r.belongs("policy", t, name) {
		r.absent("policy", name)
		return
	}
	r.lock(t, AccessExclusive)
	r.c.Edit(t.OID, func(t *catalog.Relation) {
		for i := range t.Policies {
			if t.Policies[i].Name == name {
				r.setPolicy(&t.Policies[i], n)
			}
		}
	})
}
