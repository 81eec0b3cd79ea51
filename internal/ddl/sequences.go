package ddl

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

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
