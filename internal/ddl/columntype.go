package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

func (a *alter) alterType(cmd sql.Node) {
	name := cmd.Get("name").String()
	def := cmd.Child("def")
	to := typeOf(plain(def, "typeName", "TypeName"))
	using := def.Child("raw_default")
	was := a.column(name)
	x := Action{Verb: AlterType, Target: "column", Name: name, To: to.String(), Was: was, Node: cmd}
	now := catalog.Column{Name: name, Type: to}
	if was != nil {
		now = *was
		now.Type = to
	}
	now.Collation = strings.Join(plain(def, "collClause", "CollateClause").Strs("collname"), ".")
	if was != nil && ownName(was.Collation) == ownName(now.Collation) {
		now.Collation = was.Collation
	}
	x.Column = &now
	for _, read := range a.dependents(a.now(), name) {
		if read.Stops {
			x.Takes = append(x.Takes, read)
		}
	}
	if views := slices.DeleteFunc(slices.Clone(x.Takes), func(o Object) bool {
		return o.Kind != "view" && o.Kind != "materialized view" && o.Kind != "rule" && o.Kind != "policy" && o.Kind != "trigger"
	}); len(views) > 0 {
		a.act(x)
		a.refuse("the type of column %s cannot change while a %s uses it: %s", a.was.Name.Short()+"."+name, views[0].Kind, stopping(views))
		return
	}
	if was == nil { // not known what it was
		if a.was.Assumed {
			a.assume("the type of %s.%s changes so that the table is written again", a.was.Name.Short(), name)
		}
		x.Rewrites, x.Why = true, "the stored values of "+name+" change"
		a.run.rewrites(a.tree()...)
		a.act(x)
		return
	}
	if using.Kind == "" && !a.assigns(was.Type, to) {
		a.act(x)
		a.refuse("%s is not cast to %s by itself: USING has to say how", was.Type, to)
		return
	}
	if was.Default.There() && !isNull(was.Default.Node) && was.Generated == "" && !a.assigns(was.Type, to) {
		a.act(x)
		a.refuse("the default of column %s is not cast to %s by itself: drop the default in the same ALTER TABLE, and set it again", name, to)
		return
	}
	change := a.change(was.Type, to, using, name)
	a.zone(&x, using)
	switch {
	case change.rewrites:
		x.Rewrites, x.Why = true, change.why
		a.run.rewrites(a.tree()...)
	default:
		for _, t := range a.tree() {
			for _, o := range t.Indexes {
				ix := a.c.Get(o)
				if ix == nil || !a.rebuiltBy(ix.Index, name, change, now.Collation != was.Collation) {
					continue
				}
				x.Reads, x.Why = true, "an index that depends on the column is built again"
				a.rebuilds(ix)
				a.reads(t)
			}
		}
		if len(a.e.Rebuilds) > 0 {
			a.e.Class = Build
		}
	}
	for _, t := range a.tree() {
		for _, k := range t.Constraints {
			switch {
			case k.Type == catalog.Check && k.Mentions(name) && k.Valid:
				if !change.rewrites {
					x.Reads, x.Why = true, "the CHECK "+k.Name+" is proven again"
				}
				a.reads(t)
			case k.Type == catalog.ForeignKey && slices.Contains(k.Columns, name):
				a.otherEnd(a.c.Get(k.Ref), change, &x, k)
			}
		}
		for _, o := range t.Referrers {
			other := a.c.Get(o)
			for _, k := range other.Constraints {
				if k.Ref == t.OID && slices.Contains(k.RefColumns, name) {
					a.otherEnd(other, change, &x, k)
				}
			}
		}
	}
	for _, t := range a.c.Tree(a.now()) {
		if slices.Contains(t.Keys, name) {
			a.refuse("column %s is in the partition key of %s", name, t.Name.Short())
		}
	}
	if was.Identity != "" {
		a.needsIdentity(&now)
	}
	switch t := a.now(); {
	case t.Of.Name != "":
		a.refuse("%s is a typed table, which has the columns of its type", t.Name.Short())
	case a.only && len(t.Children) > 0:
		a.refuse("ONLY cannot change the type of a column of %s, because its children have it too", t.Name.Short())
	case was.Generated != "" && using.Kind != "":
		a.refuse("column %s is generated, so USING cannot say its value", name)
	}
	for _, c := range a.now().Columns {
		if c.Generated != "" && c.Name != name && c.Default.Mentions(name) {
			a.refuse("the generated column %s uses %s, so its type cannot change", c.Name, name)
		}
	}
	if len(a.was.Parents) > 0 && was.Inherited {
		a.refuse("column %s is inherited: change it in the parent", name)
	}
	a.act(x)
	a.eachOf(func(t *catalog.Relation) {
		if c := t.Column(name); c != nil {
			c.Type, c.Collation = to, now.Collation
		}
	})
	for _, t := range a.tree() {
		for _, o := range t.Indexes {
			if ix := a.c.Get(o); ix != nil && ix.Index != nil {
				for _, k := range ix.Index.Keys {
					if k.Column == name {
						a.needsClass(a.c.Get(t.OID), ix.Index.Method, k)
						a.needsOperator(a.c.Get(t.OID), k)
					}
				}
			}
		}
	}
	if was.Identity != "" { // the server widens its sequence
		a.c.Edit(was.Sequence, func(s *catalog.Relation) { s.SeqType = to.Name })
	}
}

// ownName is the name of a collation without its schema; empty for that of the type.
func ownName(collation string) string {
	return strings.TrimSuffix(last(strings.Split(collation, ".")), "default")
}

// otherEnd locks the table at the other end of a foreign key over the column: its
// triggers are made again. The key is proven again if the values are compared
// another way.
func (a *alter) otherEnd(other *catalog.Relation, change typeChange, x *Action, k catalog.Constraint) {
	if other == nil {
		return
	}
	if other.OID == k.Ref {
		a.lockTree(other, ShareRowExclusive)
		a.lockKeyed(other, AccessExclusive)
	} else {
		a.lockTree(other, AccessExclusive)
	}
	if change.rewrites || change.compares {
		if !x.Rewrites {
			x.Reads, x.Why = true, "the foreign key "+k.Name+" is proven again"
		}
		a.reads(a.c.Tree(other)...)
		a.reads(a.tree()...)
	}
}

// typeChange is what a change of a column's type does.
type typeChange struct {
	rewrites bool
	why      string
	same     bool // nothing about the type changes
	opclass  bool // plain indexes are built again too: their operator class is another one
	compares bool // a foreign key over it is proven again
}

// rebuiltBy reports whether an index is built again though the table is not
// (CheckIndexCompatible in indexcmds.c).
func (a *alter) rebuiltBy(ix *catalog.Index, column string, change typeChange, collation bool) bool {
	if !ix.Mentions(column) || change.same && !collation && ix.Parent == 0 {
		return false
	}
	if ix.Parent != 0 { // of a partitioned table's index no file can be kept
		return true
	}
	if ix.Where.Mentions(column) || slices.ContainsFunc(ix.Keys, func(k catalog.Key) bool { return k.Expr.Mentions(column) }) {
		return true
	}
	return (change.opclass || collation) && slices.ContainsFunc(ix.Keys, func(k catalog.Key) bool { return k.Column == column })
}

// change compares two types of a column. The value is the column itself without
// USING, or where USING is the column with casts that end in the new type.
func (a *alter) change(from, to catalog.TypeRef, using sql.Node, column string) typeChange {
	if using.Kind != "" && !isColumnCast(using, column, from, to) {
		return typeChange{rewrites: true, why: "USING computes the value of each row"}
	}
	if from.String() == to.String() {
		return typeChange{same: true}
	}
	rewrites := typeChange{rewrites: true, why: from.String() + " and " + to.String() + " are stored differently, or the values have to be checked", compares: true}
	if from.Array && to.Array && from.Name == to.Name && from.Schema == to.Schema && len(to.Mods) == 0 {
		return typeChange{}
	}
	if from.Array || to.Array {
		return rewrites
	}
	if d := a.domain(to); d != nil {
		if d.Constrained() {
			rewrites.why = "the domain " + d.Name.Short() + " has a constraint, which is checked for each row"
			return rewrites
		}
		to = d.Base
	}
	if d := a.domain(from); d != nil {
		from = d.Base
		from.Mods = nil // what the domain limits, the server limits again
	}
	if from.String() == to.String() {
		return typeChange{}
	}
	if from.Name == to.Name && from.Schema == to.Schema {
		if Widens(from, to) {
			return typeChange{}
		}
		rewrites.why = to.String() + " is narrower than " + from.String() + ", so each value is checked"
		if !narrows(from, to) {
			rewrites.why = "values of " + from.String() + " are stored differently as " + to.String()
		}
		return rewrites
	}
	switch pair := [2]string{from.Name, to.Name}; {
	case SameInUTC(from, to) && isUTC(a.s.TimeZone):
		return typeChange{opclass: true}
	case SameInUTC(from, to) && a.s.TimeZone == "":
		a.assume("the session's TimeZone is not UTC: with SET TimeZone = 'UTC' the change from %s to %s writes nothing", from, to)
	case coercible[pair] && len(to.Mods) == 0:
		return typeChange{opclass: otherClass[pair]}
	}
	return rewrites
}

// zone says in which time zone a type change converts the values.
func (a *alter) zone(x *Action, using sql.Node) {
	from, to := x.Was.Type, x.Column.Type
	asIs := true
	switch {
	case using.Kind != "":
		var value sql.Node
		x.Zone, value = atTimeZone(using)
		asIs = isUTC(x.Zone) && isColumnCast(value, x.Name, from, from)
	case Zoned(from, to):
		x.Zone = a.s.TimeZone
	}
	x.FreeInUTC = asIs && SameInUTC(from, to) && (x.Zone == "" || isUTC(x.Zone))
}

// atTimeZone takes VALUE AT TIME ZONE 'ZONE' apart; zone is empty if it is none.
func atTimeZone(n sql.Node) (zone string, value sql.Node) {
	if name := n.Strs("funcname"); n.Kind == "FuncCall" && len(name) > 0 && name[len(name)-1] == "timezone" {
		if args := n.List("args"); len(args) == 2 {
			return args[0].Get("sval.sval").String(), args[1]
		}
	}
	return "", n
}

// Zoned reports whether one type is a timestamp with a time zone, and the other one
// without.
func Zoned(a, b catalog.TypeRef) bool {
	pair := [2]string{a.Name, b.Name}
	return !a.Array && !b.Array && (pair == [2]string{"timestamp without time zone", "timestamp with time zone"} || pair == [2]string{"timestamp with time zone", "timestamp without time zone"})
}

// SameInUTC reports whether a timestamp with a time zone and one without are stored the
// same for a session whose TimeZone is UTC. To fewer digits each row is rounded, also
// where the former type has no more of them.
func SameInUTC(from, to catalog.TypeRef) bool {
	return Zoned(from, to) && (len(to.Mods) == 0 || to.Mods[0] >= allDigits)
}

// allDigits is the precision of a time that holds every value.
const allDigits = 6

func isUTC(zone string) bool { return utc[strings.ToUpper(zone)] }

var utc = map[string]bool{"UTC": true, "ETC/UTC": true, "GMT": true, "ETC/GMT": true, "ZULU": true, "UCT": true, "ETC/UCT": true, "+00": true, "+00:00": true, "0": true}

// coercible are the pairs of types of which the stored values are the same
// (pg_cast.castmethod = 'b'). A type with a modifier checks its values.
var coercible = map[[2]string]bool{
	{"character varying", "text"}: true, {"text", "character varying"}: true, {"cidr", "inet"}: true, {"xml", "text"}: true, {"xml", "character varying"}: true,
	{"integer", "oid"}: true, {"oid", "integer"}: true, {"bit", "bit varying"}: true, {"bit varying", "bit"}: true,
	{"text", "citext"}: true, {"citext", "text"}: true, {"character varying", "citext"}: true, {"citext", "character varying"}: true,
	{"oid", "regclass"}: true, {"regclass", "oid"}: true, {"oid", "regtype"}: true, {"regtype", "oid"}: true,
	{"integer", "regclass"}: true, {"regclass", "integer"}: true, {"integer", "regtype"}: true, {"regtype", "integer"}: true,
}

// otherClass are the pairs of which plain indexes are built again.
var otherClass = map[[2]string]bool{
	{"text", "citext"}: true, {"citext", "text"}: true, {"character varying", "citext"}: true, {"citext", "character varying"}: true, {"integer", "oid"}: true, {"oid", "integer"}: true,
	{"integer", "regclass"}: true, {"regclass", "integer"}: true, {"integer", "regtype"}: true, {"regtype", "integer"}: true, {"bit", "bit varying"}: true,
}

// Widens reports whether every value of a type fits into the same type with other
// modifiers, without being changed: the server skips the conversion.
func Widens(from, to catalog.TypeRef) bool {
	switch from.Name {
	case "character varying", "bit varying":
		return len(to.Mods) == 0 || len(from.Mods) == 1 && to.Mods[0] >= from.Mods[0]
	case "numeric":
		if len(to.Mods) == 0 {
			return true
		}
		return len(from.Mods) > 0 && scale(from) == scale(to) && to.Mods[0] >= from.Mods[0]
	case "interval":
		if len(to.Mods) == 0 && to.Fields == "" {
			return true
		}
		if least := leastField(from); leastField(to) > least || least > 0 { // without seconds it has no digits of them
			return leastField(to) <= least
		}
		fallthrough
	case "timestamp without time zone", "timestamp with time zone", "time without time zone", "time with time zone":
		return len(to.Mods) == 0 || len(from.Mods) == 1 && to.Mods[0] >= from.Mods[0] || to.Mods[0] >= allDigits
	}
	return false
}

func scale(t catalog.TypeRef) int {
	if len(t.Mods) > 1 {
		return t.Mods[1]
	}
	return 0
}

// narrows reports whether the new modifiers can cut values.
func narrows(from, to catalog.TypeRef) bool {
	if leastField(to) > leastField(from) {
		return true
	}
	if len(to.Mods) == 0 {
		return false
	}
	return len(from.Mods) == 0 || to.Mods[0] < from.Mods[0]
}

// isColumnCast reports whether an expression is the bare column, or casts of it that
// leave the value as it is: the last one is to the new type, those before to the
// column's own type or to one that is stored the same.
func isColumnCast(n sql.Node, column string, from, to catalog.TypeRef) bool {
	first := true
	for n.Kind == "TypeCast" {
		t := typeOf(plain(n, "typeName", "TypeName"))
		if first {
			if t.Name != to.Name || t.Schema != to.Schema {
				return false
			}
			if len(t.Mods) > 0 && t.String() != to.String() {
				return false
			}
		} else if pair := [2]string{t.Name, to.Name}; t.String() != to.String() && t.String() != from.String() && (len(to.Mods) > 0 || !coercible[pair]) {
			return false
		}
		first = false
		n = n.Child("arg")
	}
	if n.Kind != "ColumnRef" {
		return false
	}
	c := n.Strs("fields")
	return len(c) > 0 && c[len(c)-1] == column
}

// base is the type behind a domain.
func (r *run) base(t catalog.TypeRef) catalog.TypeRef {
	if d := r.domain(t); d != nil {
		return d.Base
	}
	return t
}
