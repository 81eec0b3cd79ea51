package ddl

import (
	"cmp"
	"strconv"

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
	s.OwnedBy = r.sequenceOptions(&s, n.List("options"))
	created := r.c.Create(s)
	r.own(created.OID, s.OwnedBy)
}

// sequenceOptions reads the options of a sequence that the model has, and returns the
// column that owns it.
func (r *run) sequenceOptions(s *catalog.Relation, options []sql.Node) catalog.Read {
	owner := s.OwnedBy
	for _, o := range options {
		switch o.Get("defname").String() {
		case "maxvalue":
			s.Most = wholeNumber(o.Child("arg"))
		case "restart":
			s.Reached = wholeNumber(o.Child("arg"))
		case "cycle":
			s.Cycle = o.Child("arg").Get("boolval").Bool()
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

// sequenceName returns the name of the sequence of a serial or identity column.
func (r *run) sequenceName(t *catalog.Relation, column string, options []sql.Node) catalog.Name {
	for _, o := range options {
		if name := o.Child("arg").Strs("items"); o.Get("defname").String() == "sequence_name" && len(name) > 0 {
			n := qualified(name)
			n.Schema = cmp.Or(n.Schema, t.Name.Schema)
			return n
		}
	}
	return catalog.Name{Schema: t.Name.Schema, Name: r.nameFor(t, []string{column}, "seq")}
}

// wholeNumber returns the value of an integer literal; 0 if it is none.
func wholeNumber(n sql.Node) int64 {
	if n.Kind == "A_Const" {
		return cmp.Or(n.Get("ival.ival").Int(), parsed(n.Get("fval.fval").String()))
	}
	return cmp.Or(n.Get("ival").Int(), parsed(n.Get("fval").String()))
}

// parsed returns a literal that is too large for the parser's integer.
func parsed(digits string) int64 {
	v, _ := strconv.ParseInt(digits, 10, 64)
	return v
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
	owner := r.sequenceOptions(&changed, n.List("options"))
	if owner.OID != 0 {
		r.lock(r.c.Get(owner.OID), AccessShare)
	}
	r.c.Edit(s.OID, func(s *catalog.Relation) {
		s.SeqType, s.Most, s.Reached, s.Cycle, s.OwnedBy = changed.SeqType, changed.Most, changed.Reached, changed.Cycle, owner
	})
	r.own(s.OID, owner)
}
