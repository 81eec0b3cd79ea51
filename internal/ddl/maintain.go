package ddl

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// vacuum runs VACUUM and ANALYZE.
func (r *run) vacuum(n sql.Node) {
	isVacuum := n.Get("is_vacuumcmd").Bool()
	options := optionsOf(n.List("options"))
	full := isVacuum && on(options, "full")
	r.e.NoBlock = isVacuum
	verb, mode := Analyze, ShareUpdateExclusive
	if isVacuum {
		verb = Vacuum
	}
	if full {
		mode = AccessExclusive
	}
	one := func(t *catalog.Relation) {
		for _, part := range r.c.Tree(t) {
			if part.Kind == catalog.Partitioned && isVacuum || !part.IsTable() && part.Kind != catalog.MatView {
				continue
			}
			r.lock(part, mode)
			if full {
				r.rewrites(part)
			} else {
				r.reads(part)
			}
		}
	}
	list := n.List("rels")
	if len(list) == 0 {
		r.act(Action{Verb: verb, Target: "database", Name: fullWord(full), Node: n})
		for _, t := range r.c.All() {
			if t.Kind == catalog.Table || t.Kind == catalog.Partitioned || t.Kind == catalog.MatView {
				one(t)
			}
		}
	}
	for _, v := range list {
		t := r.relation(nameOf(plain(v, "relation", "RangeVar")), catalog.Table, false)
		r.act(Action{Verb: verb, Target: "table", Name: fullWord(full), Table: t, Rewrites: full, Node: n})
		if t != nil {
			one(t)
		}
	}
}

func fullWord(full bool) string {
	if full {
		return "FULL"
	}
	return ""
}

// on reports whether an option is given and not switched off.
func on(options map[string]string, name string) bool {
	v, given := options[name]
	return given && v != "false" && v != "off" && v != "0"
}

func (r *run) cluster(n sql.Node) {
	rel := plain(n, "relation", "RangeVar")
	if rel.Kind == "" {
		r.e.NoBlock = true
		r.act(Action{Verb: Cluster, Target: "database", Node: n})
		return
	}
	t := r.relation(nameOf(rel), catalog.Table, false)
	r.act(Action{Verb: Cluster, Target: "table", Table: t, Name: n.Get("indexname").String(), Rewrites: true, Why: "the table is written again in the order of the index", Node: n})
	if t == nil {
		return
	}
	if t.Kind == catalog.Partitioned {
		r.needs(15, "CLUSTER of a partitioned table")
		r.e.NoBlock = true
	}
	r.lockTree(t, AccessExclusive)
	if name := n.Get("indexname").String(); name != "" {
		r.lock(r.c.Find(catalog.Name{Schema: t.Name.Schema, Name: name}), AccessExclusive)
	}
	r.rewrites(r.c.Tree(t)...)
}

func (r *run) lockTable(n sql.Node) {
	mode := Mode(n.Get("mode").Int())
	for _, rel := range n.List("relations") {
		t := r.relation(nameOf(rel), catalog.Table, false)
		r.act(Action{Verb: LockTable, Target: "table", Table: t, Name: mode.String(), Node: n})
		if t == nil {
			continue
		}
		if !t.IsTable() && t.Kind != catalog.View {
			r.refuse("LOCK TABLE works on tables and views, and %s is a %s", t.Name.Short(), t.Kind)
		}
		if rel.Get("inh").Bool() {
			r.lockTree(t, mode)
		} else {
			r.lock(t, mode)
		}
		r.lockRead(t, mode)
	}
}

// lockRead locks what a view reads, and what the views among it read.
func (r *run) lockRead(view *catalog.Relation, mode Mode) {
	if view.Kind != catalog.View {
		return
	}
	for _, read := range view.Reads {
		if t := r.c.Get(read.OID); t != nil && (t.IsTable() || t.Kind == catalog.View) {
			r.lockTree(t, mode)
			r.lockRead(t, mode)
		}
	}
}

func (r *run) comment(n sql.Node) {
	word := dropWords[n.Get("objtype").String()]
	parts := objectName(n.Child("object"))
	x := r.act(Action{Verb: Comment, Target: word, Name: strings.Join(parts, "."), Node: n})
	var of []string
	mode := ShareUpdateExclusive
	kind := catalog.Table
	switch word {
	case "table", "foreign table", "view", "materialized view", "sequence", "index":
		of, kind = parts, droppedKinds[word]
	case "column":
		of = parts[:max(len(parts)-1, 0)]
	case "constraint", "trigger", "rule", "policy":
		of, mode = parts[:max(len(parts)-1, 0)], AccessShare
	}
	if len(of) == 0 {
		return
	}
	x.Table = r.relation(qualified(of), kind, false)
	if x.Table != nil && x.Table.Kind == catalog.IndexKind && word != "index" {
		return
	}
	r.lock(x.Table, mode)
	if x.Table == nil {
		return
	}
	if as, is := droppedKinds[word]; is && !x.Table.Assumed && !isDroppedAs(x.Table.Kind, as) {
		r.refuse("%s is a %s", x.Table.Name.Short(), x.Table.Kind)
		return
	}
	if belong := word == "trigger" || word == "rule" || word == "policy"; belong && !x.Table.Assumed && !r.belongs(word, x.Table, parts[len(parts)-1]) {
		r.absent(word, parts[len(parts)-1])
		return
	}
	text := n.Get("comment").String()
	r.c.Edit(x.Table.OID, func(t *catalog.Relation) {
		if word == "column" {
			if col := t.Column(parts[len(parts)-1]); col != nil {
				col.Comment = text
			}
		} else if droppedKinds[word] != 0 {
			t.Comment = text
		}
	})
}

func (r *run) truncate(n sql.Node) {
	cascade := cascades(n)
	named := map[catalog.OID]bool{}
	var list []*catalog.Relation
	for _, rel := range n.List("relations") {
		t := r.relation(nameOf(rel), catalog.Table, false)
		if t == nil {
			r.act(Action{Verb: Truncate, Target: "table", Name: nameOf(rel).Short(), Cascade: cascade, Node: n})
			continue
		}
		r.act(Action{Verb: Truncate, Target: "table", Name: t.Name.Short(), Table: t, Cascade: cascade, Node: n})
		only := !rel.Get("inh").Bool()
		switch {
		case !t.IsTable():
			r.refuse("TRUNCATE works on tables, and %s is a %s", t.Name.Short(), t.Kind)
		case only && t.Kind == catalog.Partitioned:
			r.refuse("TRUNCATE ONLY does not work on the partitioned table %s", t.Name.Short())
		}
		for _, one := range r.c.Tree(t) {
			if only && one.OID != t.OID {
				continue
			}
			list, named[one.OID] = append(list, one), true
		}
	}
	for i := 0; i < len(list); i++ {
		t := list[i]
		r.lock(t, AccessExclusive)
		for _, ref := range r.referring(t) {
			other := ref.from
			if named[other.OID] {
				continue
			}
			if !cascade {
				r.refuse("table %s has a foreign key to %s: truncate both, or use CASCADE", other.Name.Short(), t.Name.Short())
				return
			}
			for _, one := range r.c.Tree(other) {
				named[one.OID] = true
				list = append(list, one)
			}
			x := &r.e.Actions[0]
			x.Takes = append(x.Takes, Object{Kind: "table", Name: other.Name.Short(), Table: other.Name.Short()})
		}
	}
}
