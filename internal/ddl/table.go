package ddl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// createTable runs CREATE TABLE and CREATE FOREIGN TABLE.
func (r *run) createTable(n sql.Node) {
	kind := catalog.Table
	if n.Kind == "CreateForeignTableStmt" {
		n, kind = plain(n, "base", "CreateStmt"), catalog.Foreign
	}
	rel := plain(n, "relation", "RangeVar")
	a := r.act(Action{Verb: CreateTable, Target: "table", Exists: n.Get("if_not_exists").Bool(), Node: n})
	name := r.c.Home(nameOf(rel))
	t := catalog.Relation{Name: name, Kind: kind, Definition: r.s.Text}
	switch rel.Get("relpersistence").String() {
	case "t":
		t.Temporary, t.Name.Schema = true, "pg_temp"
	case "u":
		t.Unlogged = true
	}
	a.Name = t.Name.Short()
	if old := r.c.Find(t.Name); old != nil && !old.Assumed {
		a.Table = old
		if a.Exists {
			a.Nothing = true
		} else {
			r.present(old.Kind.String(), t.Name.Short())
		}
		return
	}
	t.Options = optionsOf(n.List("options"))
	if spec := plain(n, "partspec", "PartitionSpec"); spec.Kind != "" {
		t.Kind = catalog.Partitioned
		t.Strategy = strings.ToUpper(strings.TrimPrefix(strings.TrimPrefix(spec.Get("strategy").String(), "PARTITION_STRATEGY_"), "p"))
		for _, k := range spec.List("partParams") {
			t.Keys = append(t.Keys, k.Get("name").String())
		}
	}
	if of := typeOf(plain(n, "ofTypename", "TypeName")); of.Name != "" {
		switch known := r.c.Type(catalog.Name{Schema: of.Schema, Name: of.Name}); {
		case known == nil:
			t.Assumed = true // its columns are not known
		case known.Kind != 'c':
			r.refuse("%s is no composite type, which a typed table needs", known.Name.Short())
			return
		default:
			t.Of, t.Columns = known.Name, slices.Clone(known.Columns)
		}
	}
	r.needsSchema(nameOf(rel).Schema)
	created := r.c.Create(t)
	bound := plain(n, "partbound", "PartitionBoundSpec")
	for _, p := range n.List("inhRelations") {
		parent := r.relation(nameOf(p), catalog.Table, false)
		if parent == nil {
			continue
		}
		if r.needsAlike(created, parent, bound.Kind != ""); r.e.Refused != "" {
			return
		}
		if bound.Kind != "" {
			r.createPartition(created, parent, bound)
		} else {
			r.lock(parent, ShareUpdateExclusive)
			r.needsParent(parent)
			r.inherit(created, parent)
		}
	}
	for _, e := range n.List("tableElts") {
		switch e.Kind {
		case "ColumnDef":
			r.defineColumn(created.OID, e)
		case "Constraint":
			r.defineConstraint(created.OID, e)
		case "TableLikeClause":
			r.like(created.OID, e)
		}
	}
	defined := r.c.Get(created.OID)
	for _, col := range defined.Columns {
		if col.Generated != "" && !col.Inherited {
			r.needsImmutable(defined, col.Default, "a generated column")
		}
	}
	r.e.Actions[0].Other = defined
}

// inherit gives a new child its parent's columns and CHECKs.
func (r *run) inherit(child, parent *catalog.Relation) {
	r.c.Edit(child.OID, func(t *catalog.Relation) {
		t.Parents = append(t.Parents, parent.OID)
		t.Assumed = t.Assumed || parent.Assumed // its columns are not known either
		for _, col := range parent.Columns {
			if t.Column(col.Name) == nil {
				col.Inherited, col.Identity, col.Sequence, col.Since = true, "", 0, r.c.Now
				t.Columns = append(t.Columns, col)
			}
		}
		for _, k := range parent.Constraints {
			if k.Type == catalog.Check && !k.NoInherit && t.Constraint(k.Name) == nil {
				k.Inherited = true
				t.Constraints = append(t.Constraints, k)
			}
		}
	})
	r.c.Edit(parent.OID, func(t *catalog.Relation) { t.Children = append(t.Children, child.OID) })
}

// like copies the columns of LIKE.
func (r *run) like(oid catalog.OID, n sql.Node) {
	of := r.relation(nameOf(plain(n, "relation", "RangeVar")), catalog.Table, false)
	if of == nil {
		return
	}
	r.lock(of, AccessShare)
	options := n.Get("options").Int()
	r.c.Edit(oid, func(t *catalog.Relation) {
		t.Assumed = t.Assumed || of.Assumed
		for _, col := range of.Columns {
			if options&(1<<3) == 0 { // CREATE_TABLE_LIKE_DEFAULTS
				col.Default = catalog.Expr{}
			}
			col.Identity, col.Sequence, col.Since = "", 0, r.c.Now
			t.Columns = append(t.Columns, col)
		}
		if options&(1<<2) != 0 { // CREATE_TABLE_LIKE_CONSTRAINTS
			for _, k := range of.Constraints {
				if k.Type == catalog.Check {
					t.Constraints = append(t.Constraints, k)
				}
			}
		}
	})
	if options&(1<<6) != 0 { // CREATE_TABLE_LIKE_INDEXES
		for _, o := range of.Indexes {
			if ix := r.c.Get(o); ix != nil {
				copied := *ix.Index
				t := r.c.Get(oid)
				label := "idx"
				switch {
				case copied.Primary:
					label = "pkey"
				case copied.Constraint != "":
					label = "key"
				}
				columns := copied.Columns()
				if copied.Primary {
					columns = nil
				}
				name := r.nameFor(t, columns, label)
				if copied.Constraint != "" {
					copied.Constraint = name
				}
				added := r.c.Create(catalog.Relation{Name: catalog.Name{Schema: t.Name.Schema, Name: name}, Kind: catalog.IndexKind, On: oid, Index: &copied})
				if k := of.Constraint(ix.Index.Constraint); k != nil {
					k := *k
					k.Name, k.Index = name, added.OID
					r.c.Edit(oid, func(t *catalog.Relation) { t.Constraints = append(t.Constraints, k) })
				}
			}
		}
	}
}

// createTableAs runs CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW.
func (r *run) createTableAs(n sql.Node) {
	into := plain(n, "into", "IntoClause")
	rel := plain(into, "rel", "RangeVar")
	kind, verb := catalog.Table, CreateRelationAs
	if n.Get("objtype").String() == "OBJECT_MATVIEW" {
		kind, verb = catalog.MatView, CreateView
	}
	name := r.c.Home(nameOf(rel))
	temporary := rel.Get("relpersistence").String() == "t"
	if temporary {
		name.Schema = "pg_temp"
	}
	r.act(Action{Verb: verb, Target: kind.String(), Name: name.Short(), Exists: n.Get("if_not_exists").Bool(), Node: n, Query: shape(r.s.Text)})
	if old := r.c.Find(name); old != nil && !old.Assumed {
		if n.Get("if_not_exists").Bool() {
			r.e.Actions[0].Nothing = true
		} else {
			r.present(old.Kind.String(), name.Short())
		}
		return
	}
	t := catalog.Relation{Name: name, Kind: kind, Temporary: temporary, Assumed: kind == catalog.Table, Unlogged: rel.Get("relpersistence").String() == "u", Definition: r.s.Text, Options: optionsOf(into.List("options"))}
	sources := r.sources(n.Child("query"))
	for _, s := range sources {
		t.Reads = append(t.Reads, catalog.Read{OID: s.OID})
		if !into.Get("skipData").Bool() {
			r.reads(r.c.Tree(s)...)
		}
	}
	created := r.c.Create(t)
	if kind == catalog.MatView {
		r.readBy(created, n.Child("query"))
	}
	r.e.Actions[0].Other = created
}

// checkDefault refuses a default that reads rows, or that is no value of the column's type.
func (r *run) checkDefault(n sql.Node, of catalog.TypeRef) {
	if value := n; value.Kind == "A_Const" && value.Get("sval").Exists() && !of.Array {
		text := valueOf(value)
		_, err := strconv.ParseFloat(text, 64)
		switch t := r.c.Type(catalog.Name{Schema: of.Schema, Name: of.Name}); {
		case t != nil && t.Kind == 'e' && !slices.Contains(t.Labels, text):
			r.refuse("the default is not a value of the enum %s", t.Name.Short())
		case t == nil && of.Schema == "" && slices.Contains(numbers, of.Name) && err != nil:
			r.refuse("the default is not a valid %s", of)
		}
	}
	Walk(n, func(n sql.Node) bool {
		switch n.Kind {
		case "SubLink":
			r.refuse("a default cannot have a subquery")
		case "ColumnRef":
			r.refuse("a default cannot refer to column %s", last(n.Strs("fields")))
		}
		return true
	})
}

// defineColumn adds a column of CREATE TABLE, or the column of ADD COLUMN, with its
// constraints.
func (r *run) defineColumn(oid catalog.OID, n sql.Node) *catalog.Column {
	col := catalog.Column{Name: n.Get("colname").String(), Type: typeOf(plain(n, "typeName", "TypeName")), Since: r.c.Now, At: r.placeOf(n)}
	if c := plain(n, "collClause", "CollateClause"); c.Kind != "" {
		col.Collation = strings.Join(c.Strs("collname"), ".")
	}
	if col.Type.Serial {
		col.NotNull = true
	}
	var later []columnConstraint
	var options []sql.Node // of the sequence of an identity
	for _, k := range n.List("constraints") {
		kind := k.Get("contype").String()
		switch kind {
		case "CONSTR_NOTNULL":
			col.NotNull = true
		case "CONSTR_DEFAULT":
			col.Default = expr(k.Child("raw_expr"), defaultAt(r.s.Text, location(k)))
			r.checkDefault(col.Default.Node, col.Type)
		case "CONSTR_IDENTITY":
			r.needsIdentity(&col)
			col.Identity, col.NotNull = "BY DEFAULT", true
			options = k.List("options")
			if k.Get("generated_when").String() == "a" {
				col.Identity = "ALWAYS"
			}
		case "CONSTR_GENERATED":
			col.Generated = "STORED"
			if r.s.newer.virtual[location(k)] {
				col.Generated = "VIRTUAL"
			}
			col.Default = expr(k.Child("raw_expr"), bracketsAt(r.s.Text, location(k), "as"))
		case "CONSTR_PRIMARY":
			col.NotNull = true
			later = append(later, columnConstraint{node: k})
		case "CONSTR_UNIQUE", "CONSTR_CHECK", "CONSTR_FOREIGN":
			later = append(later, columnConstraint{node: k})
		case "CONSTR_ATTR_DEFERRABLE", "CONSTR_ATTR_DEFERRED":
			if last := len(later) - 1; last >= 0 {
				later[last].deferrable, later[last].deferred = true, kind == "CONSTR_ATTR_DEFERRED"
			}
		}
	}
	t := r.c.Get(oid)
	if col.Type.Serial || col.Identity != "" {
		seq := r.sequenceName(t, col.Name, options)
		owned := r.c.Create(catalog.Relation{Name: seq, Kind: catalog.Sequence, SeqType: col.Type.Name, OwnedBy: catalog.Read{OID: oid, Columns: []string{col.Name}}, Temporary: t.Temporary})
		col.Sequence = owned.OID
		r.c.Edit(owned.OID, func(s *catalog.Relation) { r.sequenceOptions(s, options) })
		if col.Type.Serial {
			col.Default = catalog.Expr{Text: "nextval('" + seq.String() + "'::regclass)"}
		}
	}
	r.c.Edit(oid, func(t *catalog.Relation) {
		if old := t.Column(col.Name); old != nil {
			if col.Type.Name == "" {
				col.Type = old.Type // WITH OPTIONS
			} else if old.Inherited && !r.equalTypes(old.Type, col.Type) {
				r.refuse("column %s is %s here, and %s in the parent", col.Name, col.Type, old.Type)
			} else if !old.Inherited {
				r.present("column", t.Name.Short()+"."+col.Name)
			}
			col.Inherited = old.Inherited
			*old = col // of PARTITION OF and INHERITS: merged
			return
		}
		t.Columns = append(t.Columns, col)
	})
	for _, k := range later {
		defined := r.defineConstraint(oid, k.node, col.Name)
		if defined == nil || !k.deferrable {
			continue
		}
		r.c.Edit(oid, func(t *catalog.Relation) {
			c := t.Constraint(defined.Name)
			c.Deferrable, c.Deferred = true, k.deferred
		})
	}
	return r.c.Get(oid).Column(col.Name)
}

// needsIdentity refuses an identity of a type that no sequence has.
func (r *run) needsIdentity(col *catalog.Column) {
	if _, known := r.castsOf(col.Type); known && compared[col.Type.Name] != "integer" {
		r.refuse("an identity has to be smallint, integer or bigint, and %s is %s", col.Name, col.Type)
	}
}

// columnConstraint is a constraint beside a column. What follows it says when it is
// checked.
type columnConstraint struct {
	node                 sql.Node
	deferrable, deferred bool
}

var actions = map[string]string{"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}

// constraintOf reads a constraint of a table. of is the column of a constraint that
// stands beside one.
func (r *run) constraintOf(t *catalog.Relation, n sql.Node, of ...string) catalog.Constraint {
	k := catalog.Constraint{
		Name: n.Get("conname").String(), Columns: slices.Clone(of), Valid: !n.Get("skip_validation").Bool(), NoInherit: n.Get("is_no_inherit").Bool(),
		Deferrable: n.Get("deferrable").Bool(), Deferred: n.Get("initdeferred").Bool(), Definition: element(r.s.Text, location(n)), Since: r.c.Now, At: r.placeOf(n),
	}
	at := location(n)
	k.NotEnforced = r.s.newer.notEnforced[at]
	if k.NotEnforced {
		k.Valid = false
	}
	switch n.Get("contype").String() {
	case "CONSTR_CHECK":
		k.Type, k.Expr = catalog.Check, expr(n.Child("raw_expr"), bracketsAt(r.s.Text, at, "check"))
		if len(of) == 0 {
			k.Columns = k.Expr.Columns
		}
		if r.s.newer.notNull[at] {
			k.Type, k.Expr = catalog.NotNull, catalog.Expr{}
		}
	case "CONSTR_FOREIGN":
		k.Type = catalog.ForeignKey
		if len(of) == 0 {
			k.Columns = n.Strs("fk_attrs")
		}
		k.RefName, k.RefColumns = nameOf(plain(n, "pktable", "RangeVar")), n.Strs("pk_attrs")
		k.OnDelete, k.OnUpdate = actions[n.Get("fk_del_action").String()], actions[n.Get("fk_upd_action").String()]
		k.SetColumns, k.MatchFull = n.Strs("fk_del_set_cols"), n.Get("fk_matchtype").String() == "f"
	case "CONSTR_PRIMARY", "CONSTR_UNIQUE":
		k.Type = catalog.Unique
		if n.Get("contype").String() == "CONSTR_PRIMARY" {
			k.Type = catalog.PrimaryKey
		}
		if len(of) == 0 {
			k.Columns = n.Strs("keys")
		}
		k.NullsEqual = n.Get("nulls_not_distinct").Bool()
	case "CONSTR_EXCLUSION":
		k.Type = catalog.Exclusion
		for _, pair := range n.List("exclusions") {
			if items := pair.List("items"); len(items) > 0 && items[0].Get("name").String() != "" {
				k.Columns = append(k.Columns, items[0].Get("name").String())
			} else if len(items) > 0 {
				k.Expr.Columns = append(k.Expr.Columns, columnsIn(items[0].Child("expr"))...)
			}
		}
		k.Expr.Columns = append(k.Expr.Columns, columnsIn(n.Child("where_clause"))...)
	case "CONSTR_NOTNULL":
		k.Type = catalog.NotNull
	}
	if k.Name == "" {
		named := k // the server takes INCLUDE into the name
		named.Columns = append(slices.Clone(k.Columns), n.Strs("including")...)
		k.Name = r.constraintName(t, named)
	}
	return k
}

func (r *run) constraintName(t *catalog.Relation, k catalog.Constraint) string {
	switch k.Type {
	case catalog.PrimaryKey:
		return r.nameFor(t, nil, "pkey")
	case catalog.Unique:
		return r.nameFor(t, k.Columns, "key")
	case catalog.Exclusion:
		return r.nameFor(t, k.Columns, "excl")
	case catalog.ForeignKey:
		return r.nameFor(t, k.Columns, "fkey")
	case catalog.NotNull:
		return r.nameFor(t, k.Columns, "not_null")
	}
	if len(k.Columns) == 1 {
		return r.nameFor(t, k.Columns, "check")
	}
	return r.nameFor(t, nil, "check")
}

// defineConstraint adds a constraint to a table, with its index and its hold on the
// other table, and returns it.
func (r *run) defineConstraint(oid catalog.OID, n sql.Node, of ...string) *catalog.Constraint {
	t := r.c.Get(oid)
	k := r.constraintOf(t, n, of...)
	if !r.s.newer.none() {
		r.needsNewer(k)
	}
	if k.NullsEqual {
		r.needs(15, "NULLS NOT DISTINCT")
	}
	if old := t.Constraint(k.Name); old != nil && old.Type == catalog.Check && k.Type == catalog.Check && old.Inherited && !old.Local {
		r.c.Edit(oid, func(t *catalog.Relation) { t.Constraint(k.Name).Local = true })
		return r.c.Get(oid).Constraint(k.Name)
	}
	if t.Constraint(k.Name) != nil && n.Get("conname").Exists() {
		r.present("constraint", k.Name)
		return nil
	}
	if k.Type != catalog.Check { // of which the columns can follow it
		if r.needsColumns(t, k.Columns); r.e.Refused != "" {
			return nil
		}
	}
	switch k.Type {
	case catalog.ForeignKey:
		other := t
		if k.RefName.Name != t.Name.Name || r.c.Find(k.RefName) == nil || r.c.Find(k.RefName).OID != oid {
			other = r.relation(k.RefName, catalog.Table, false)
		}
		if other == nil {
			return nil
		}
		k.Ref = other.OID
		if len(k.RefColumns) == 0 {
			if pk := other.PrimaryKey(); pk != nil {
				k.RefColumns = slices.Clone(pk.Columns)
			}
		}
		if r.cannotRefer(t, other, k); r.e.Refused != "" {
			return nil
		}
		if other.OID != oid {
			r.c.Refer(oid, other.OID)
			r.lockTree(other, ShareRowExclusive)
		}
	case catalog.PrimaryKey, catalog.Unique, catalog.Exclusion:
		if using := n.Get("indexname").String(); using != "" {
			r.takeIndex(t, &k, using)
			break
		}
		ix := catalog.Index{Method: "btree", Unique: k.Type != catalog.Exclusion, Primary: k.Type == catalog.PrimaryKey, Constraint: k.Name, Valid: true, NullsEqual: k.NullsEqual, Include: n.Strs("including")}
		if m := n.Get("access_method").String(); m != "" {
			ix.Method = m
		}
		for _, c := range k.Columns {
			if k.Type != catalog.Exclusion {
				ix.Keys = append(ix.Keys, catalog.Key{Column: c})
			}
		}
		for _, pair := range n.List("exclusions") {
			ix.Keys = append(ix.Keys, excluded(pair.List("items")))
		}
		for _, key := range ix.Keys {
			r.needsClass(t, ix.Method, key)
			r.needsOperator(t, key)
		}
		if ix.Unique || k.Type == catalog.Exclusion {
			r.needsPartitionKeys([]*catalog.Relation{t}, k.Columns)
		}
		if k.Type == catalog.PrimaryKey && t.PrimaryKey() != nil {
			r.refuse("%s has a primary key", t.Name.Short())
			return nil
		}
		if w := n.Child("where_clause"); w.Kind != "" {
			ix.Where = expr(w, "")
		}
		added := r.c.Create(catalog.Relation{Name: catalog.Name{Schema: t.Name.Schema, Name: k.Name}, Kind: catalog.IndexKind, On: oid, Index: &ix})
		k.Index = added.OID
	}
	r.c.Edit(oid, func(t *catalog.Relation) {
		t.Constraints = append(t.Constraints, k)
		if k.Type == catalog.PrimaryKey || k.Type == catalog.NotNull {
			for _, name := range k.Columns {
				if col := t.Column(name); col != nil {
					col.NotNull = true
				}
			}
		}
	})
	return r.c.Get(oid).Constraint(k.Name)
}

// excluded reads a key of an exclusion constraint, and the operator behind WITH.
func excluded(pair []sql.Node) catalog.Key {
	if len(pair) < 2 {
		return catalog.Key{}
	}
	k := catalog.Key{Column: pair[0].Get("name").String(), Opclass: last(pair[0].Strs("opclass")), Operator: last(pair[1].Strs("items"))}
	if e := pair[0].Child("expr"); e.Kind != "" {
		k.Expr = expr(e, "")
	}
	return k
}

// needsOperator refuses a key of an exclusion constraint whose operator the column's type has not.
func (r *run) needsOperator(t *catalog.Relation, k catalog.Key) {
	col := t.Column(k.Column)
	if col == nil || k.Operator != "&&" || col.Type.Array {
		return
	}
	if of := r.base(col.Type); !of.Array && !overlapping[of.Name] {
		if _, known := r.castsOf(of); known {
			r.refuse("the exclusion constraint compares %s with &&, which %s has not", k.Column, col.Type)
		}
	}
}

// overlapping are the types of the server with the operator &&.
var overlapping = setOf(`int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange
	box circle polygon inet cidr tsquery`)

// takeIndex is USING INDEX: the constraint takes the index over, under its own name.
func (r *run) takeIndex(t *catalog.Relation, k *catalog.Constraint, using string) {
	ix := r.ownIndex(t, using)
	if ix == nil {
		return
	}
	switch of := ix.Index; {
	case of.Constraint != "":
		r.refuse("index %s belongs to the constraint %s", using, of.Constraint)
	case !of.Unique:
		r.refuse("index %s is not unique", using)
	case len(of.Columns()) < len(of.Keys) || of.Where.There():
		r.refuse("index %s has an expression or a condition, which a constraint cannot have", using)
	}
	if k.Name == r.constraintName(t, catalog.Constraint{Type: k.Type, Columns: k.Columns}) && k.Definition != "" && !strings.Contains(strings.ToLower(k.Definition), "constraint") {
		k.Name = using // without a name of its own it is the index's
	}
	k.Columns, k.Index = ix.Index.Columns(), ix.OID
	if k.Name != using {
		r.lock(ix, ShareUpdateExclusive)
	}
	r.c.Edit(ix.OID, func(i *catalog.Relation) {
		i.Name.Name, i.Index.Constraint, i.Index.Primary = k.Name, k.Name, k.Type == catalog.PrimaryKey
	})
}

// persistence says how long the rows of a table last.
func persistence(t *catalog.Relation) string {
	switch {
	case t.Temporary:
		return "temporary"
	case t.Unlogged:
		return "unlogged"
	}
	return "permanent"
}

// cannotRefer refuses a foreign key that the server cannot implement.
func (r *run) cannotRefer(t, other *catalog.Relation, k catalog.Constraint) {
	if x, y := persistence(t), persistence(other); !other.Assumed && x != y && (x != "unlogged" || y != "permanent") {
		r.refuse("%s is %s and %s is %s: a %[2]s table can refer only to %[2]s ones", t.Name.Short(), x, other.Name.Short(), y)
		return
	}
	if other.Assumed || t.Assumed || len(other.Columns) == 0 {
		return
	}
	if len(k.RefColumns) != len(k.Columns) {
		r.refuse("the foreign key has %d columns, and the key of %s has %d", len(k.Columns), other.Name.Short(), len(k.RefColumns))
		return
	}
	for i, name := range k.RefColumns {
		from, to := t.Column(k.Columns[i]), other.Column(name)
		if to == nil {
			r.absent("column", other.Name.Short()+"."+name)
		} else if from != nil {
			r.needsRefers(from, to, other)
		}
	}
	if !slices.ContainsFunc(other.Indexes, func(o catalog.OID) bool {
		ix := r.c.Get(o)
		return ix != nil && ix.Index != nil && ix.Index.Unique && !ix.Index.Where.There() && sameColumns(ix.Index.Columns(), k.RefColumns) && len(ix.Index.Keys) == len(k.RefColumns)
	}) {
		r.refuse("%s has no unique constraint on %s", other.Name.Short(), strings.Join(k.RefColumns, ", "))
	}
}
