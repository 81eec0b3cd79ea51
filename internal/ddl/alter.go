package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// command is what the server does for a sub-command of ALTER TABLE
// (AlterTableGetLockLevel and ATPrepCmd in tablecmds.c).
type command struct {
	on      string // the kinds of relations that have it (ATSimplePermissions)
	mode    Mode   // on the table
	recurse bool   // partitions and children are locked in the same mode
	do      func(*alter, sql.Node)
}

var commands map[string]command

func init() {
	commands = map[string]command{
		"AT_AddColumn":               {"rpf", AccessExclusive, true, (*alter).addColumn},
		"AT_DropColumn":              {"rpf", AccessExclusive, true, (*alter).dropColumn},
		"AT_AlterColumnType":         {"rpf", AccessExclusive, true, (*alter).alterType},
		"AT_ColumnDefault":           {"rpfv", AccessExclusive, true, (*alter).columnDefault},
		"AT_SetNotNull":              {"rpf", AccessExclusive, true, (*alter).setNotNull},
		"AT_DropNotNull":             {"rpf", AccessExclusive, true, (*alter).dropNotNull},
		"AT_SetExpression":           {"rpf", AccessExclusive, true, (*alter).setExpression},
		"AT_DropExpression":          {"rpf", AccessExclusive, true, (*alter).dropExpression},
		"AT_AddIdentity":             {"rpfv", AccessExclusive, true, (*alter).addIdentity},
		"AT_SetIdentity":             {"rpfv", AccessExclusive, true, (*alter).setIdentity},
		"AT_DropIdentity":            {"rpfv", AccessExclusive, true, (*alter).dropIdentity},
		"AT_SetStatistics":           {"rpmif", ShareUpdateExclusive, true, (*alter).set},
		"AT_SetOptions":              {"rpmf", ShareUpdateExclusive, false, (*alter).set},
		"AT_ResetOptions":            {"rpmf", ShareUpdateExclusive, false, (*alter).set},
		"AT_SetStorage":              {"rpmf", AccessExclusive, true, (*alter).setStored},
		"AT_SetCompression":          {"rpm", AccessExclusive, false, (*alter).setStored},
		"AT_AddConstraint":           {"rpf", AccessExclusive, true, (*alter).addConstraint},
		"AT_AlterConstraint":         {"rp", AccessExclusive, true, (*alter).alterConstraint},
		"AT_ValidateConstraint":      {"rpf", ShareUpdateExclusive, true, (*alter).validate},
		"AT_DropConstraint":          {"rpf", AccessExclusive, true, (*alter).dropConstraint},
		"AT_EnableTrig":              {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_EnableAlwaysTrig":        {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_EnableReplicaTrig":       {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_DisableTrig":             {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_EnableTrigAll":           {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_DisableTrigAll":          {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_EnableTrigUser":          {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_DisableTrigUser":         {"rpf", ShareRowExclusive, true, (*alter).toggleTrigger},
		"AT_ClusterOn":               {"rm", ShareUpdateExclusive, false, (*alter).clusterOn},
		"AT_DropCluster":             {"rm", ShareUpdateExclusive, false, (*alter).set},
		"AT_SetRelOptions":           {"rpvmi", ShareUpdateExclusive, false, (*alter).setOptions},
		"AT_ResetRelOptions":         {"rpvmi", ShareUpdateExclusive, false, (*alter).setOptions},
		"AT_ReplaceRelOptions":       {"rpvmi", AccessExclusive, false, (*alter).setOptions},
		"AT_AttachPartition":         {"pri", ShareUpdateExclusive, false, (*alter).attach},
		"AT_DetachPartition":         {"pr", AccessExclusive, false, (*alter).detach},
		"AT_DetachPartitionFinalize": {"pr", ShareUpdateExclusive, false, (*alter).detach},
		"AT_AddInherit":              {"rpf", AccessExclusive, false, (*alter).addInherit},
		"AT_DropInherit":             {"rpf", AccessExclusive, false, (*alter).dropInherit},
		"AT_SetLogged":               {"rpS", AccessExclusive, false, (*alter).setLogged},
		"AT_SetUnLogged":             {"rpS", AccessExclusive, false, (*alter).setLogged},
		"AT_SetTableSpace":           {"rpmi", AccessExclusive, false, (*alter).setTablespace},
		"AT_SetAccessMethod":         {"rpm", AccessExclusive, false, (*alter).setAccessMethod},
		"AT_EnableRowSecurity":       {"rp", AccessExclusive, false, (*alter).rowSecurity},
		"AT_DisableRowSecurity":      {"rp", AccessExclusive, false, (*alter).rowSecurity},
		"AT_ForceRowSecurity":        {"rp", AccessExclusive, false, (*alter).rowSecurity},
		"AT_NoForceRowSecurity":      {"rp", AccessExclusive, false, (*alter).rowSecurity},
		"AT_AddOf":                   {"r", AccessExclusive, false, (*alter).addOf},
		"AT_DropOf":                  {"r", AccessExclusive, false, (*alter).dropOf},
		"AT_ReplicaIdentity":         {"rpm", AccessExclusive, false, (*alter).replicaIdentity},
	}
}

// alter is the running of ALTER TABLE. Its relation is the one that the statement
// names; commands change it one after the other.
type alter struct {
	*run
	oid  catalog.OID
	was  *catalog.Relation // before the statement
	only bool
	mode Mode // the strongest one of all commands, taken from the start
}

// now is the table as the commands so far left it.
func (a *alter) now() *catalog.Relation { return a.c.Get(a.oid) }

// tree is the table with its partitions and children, unless ONLY.
func (a *alter) tree() []*catalog.Relation {
	if a.only {
		return []*catalog.Relation{a.now()}
	}
	return a.c.Tree(a.now())
}

func (a *alter) act(x Action) *Action {
	x.Table, x.Only = a.was, a.only
	return a.run.act(x)
}

var relationKinds = map[string]catalog.Kind{
	"OBJECT_TABLE": catalog.Table, "OBJECT_INDEX": catalog.IndexKind, "OBJECT_VIEW": catalog.View, "OBJECT_MATVIEW": catalog.MatView,
	"OBJECT_SEQUENCE": catalog.Sequence, "OBJECT_FOREIGN_TABLE": catalog.Foreign,
}

func (r *run) alterTable(n sql.Node) {
	rel := plain(n, "relation", "RangeVar")
	kind, ok := relationKinds[n.Get("objtype").String()]
	if !ok {
		r.alterComposite(n)
		return
	}
	ifExists := n.Get("missing_ok").Bool()
	t := r.relation(nameOf(rel), kind, ifExists)
	list := n.List("cmds")
	r.needsKind(t, kind)
	if t == nil {
		r.act(Action{Verb: AlterObject, Target: kind.String(), Name: nameOf(rel).Short(), Exists: ifExists, Nothing: ifExists, Node: n})
		return
	}
	a := &alter{run: r, oid: t.OID, was: t, only: !rel.Get("inh").Bool()}
	for _, cmd := range list {
		c, known := commands[cmd.Get("subtype").String()]
		if !known {
			c = command{"rpfvmiS", AccessExclusive, false, (*alter).set}
		}
		if !t.Assumed && !strings.ContainsRune(c.on, rune(t.Kind)) {
			r.refuse("%s is a %s, which has no such command", t.Name.Short(), t.Kind)
		}
		a.mode = max(a.mode, a.modeOf(cmd, c))
	}
	r.lock(t, a.mode)
	for _, cmd := range list {
		if commands[cmd.Get("subtype").String()].recurse {
			a.lockBelow(cmd)
		}
	}
	// The server runs the commands in passes: what drops comes first.
	for _, first := range [...]bool{true, false} {
		for _, cmd := range list {
			c, known := commands[cmd.Get("subtype").String()]
			if drops(cmd) != first {
				continue
			}
			if !known {
				a.set(cmd)
			} else {
				c.do(a, cmd)
			}
		}
	}
	var changed []string
	for _, cmd := range list {
		if cmd.Get("subtype").String() == "AT_AlterColumnType" {
			changed = append(changed, cmd.Get("name").String())
		}
	}
	if len(changed) > 0 {
		a.stillCompares(changed)
	}
}

// drops reports whether a command runs in the pass of those that drop.
func drops(cmd sql.Node) bool {
	kind := cmd.Get("subtype").String()
	return strings.HasPrefix(kind, "AT_Drop") || kind == "AT_ColumnDefault" && cmd.Child("def").Kind == ""
}

// modeOf is the mode of a command where its arguments decide.
func (a *alter) modeOf(cmd sql.Node, c command) Mode {
	switch cmd.Get("subtype").String() {
	case "AT_AddConstraint":
		if cmd.Get("def.Constraint.contype").String() == "CONSTR_FOREIGN" {
			return ShareRowExclusive
		}
	case "AT_DetachPartition":
		if cmd.Get("def.PartitionCmd.concurrent").Bool() {
			return ShareUpdateExclusive
		}
	case "AT_SetRelOptions", "AT_ResetRelOptions":
		for name := range optionsOf(cmd.Child("def").List("items")) {
			if strong[name] {
				return AccessExclusive
			}
		}
	}
	return c.mode
}

// lockBelow locks the partitions and children for a command that recurses: in the mode of the
// whole statement, unless the command says otherwise.
func (a *alter) lockBelow(cmd sql.Node) {
	kind := cmd.Get("subtype").String()
	if a.isDone(cmd) {
		return
	}
	if kind == "AT_DropConstraint" {
		for _, one := range a.losing(a.was, cmd.Get("name").String()) {
			a.lock(one, a.mode)
		}
		return
	}
	if a.only && (kind == "AT_DropColumn" || kind == "AT_DropNotNull" && a.version() >= 18) && a.was.Kind != catalog.Partitioned { // they stop being inherited
		for _, o := range a.was.Children {
			a.lock(a.c.Get(o), a.mode)
		}
		return
	}
	below := a.tree()[1:]
	if a.only && a.was.Kind == catalog.Partitioned && (kind == "AT_AlterConstraint" || kind == "AT_SetNotNull" && a.version() < 18) {
		below = a.c.Tree(a.was)[1:] // which have the key too, or have to be NOT NULL already
	}
	mode := a.mode
	k := plain(cmd, "def.Constraint", "Constraint")
	switch {
	case strings.Contains(kind, "Trig") && !a.togglesBelow(kind):
		return
	case strings.HasSuffix(kind, "Identity") && (a.version() < 17 || a.was.Kind != catalog.Partitioned):
		return
	case a.version() >= 18:
	case k.Get("is_no_inherit").Bool(), k.Get("contype").String() == "CONSTR_FOREIGN" && a.was.Kind != catalog.Partitioned:
		return
	case k.Get("contype").String() == "CONSTR_UNIQUE", k.Get("contype").String() == "CONSTR_EXCLUSION":
		if a.was.Kind != catalog.Partitioned {
			return
		}
		mode = Share // the build of the partitions' indexes
	}
	for _, one := range below {
		a.lock(one, mode)
	}
}

// isDone reports whether a command finds its work done, so that it never gets to partitions
// and children.
func (a *alter) isDone(cmd sql.Node) bool {
	name := cmd.Get("name").String()
	col := a.was.Column(name)
	switch kind := cmd.Get("subtype").String(); kind {
	case "AT_DropColumn":
		return col == nil && !a.was.Assumed
	case "AT_DropConstraint":
		k := a.was.Constraint(name)
		return k != nil && k.NoInherit
	case "AT_AddColumn":
		return a.was.Column(cmd.Child("def").Get("colname").String()) != nil
	case "AT_SetNotNull":
		return col != nil && col.NotNull
	case "AT_DropNotNull":
		return col != nil && !col.NotNull && a.version() >= 18
	case "AT_DropIdentity":
		return col != nil && col.Identity == ""
	case "AT_ValidateConstraint":
		k := a.was.Constraint(name)
		return k != nil && k.Valid
	}
	return false
}

// togglesBelow reports whether a command over triggers goes to the partitions: it does for the
// row triggers that they have from the table, and ALL takes those of keys too.
func (a *alter) togglesBelow(kind string) bool {
	if slices.ContainsFunc(a.was.Triggers, func(g catalog.Trigger) bool { return g.Row }) {
		return true
	}
	return strings.HasSuffix(kind, "All") && a.version() >= 15 && a.was.Kind == catalog.Partitioned &&
		(len(a.referring(a.was)) > 0 || slices.ContainsFunc(a.was.Constraints, func(k catalog.Constraint) bool { return k.Type == catalog.ForeignKey }))
}

// strong are the storage parameters that take ACCESS EXCLUSIVE (reloptions.c).
var strong = map[string]bool{
	"user_catalog_table": true, "fastupdate": true, "autosummarize": true, "buffering": true, "pages_per_range": true, "gin_pending_list_limit": true,
	"security_barrier": true, "security_invoker": true, "check_option": true,
}

func (a *alter) edit(change func(*catalog.Relation)) { a.c.Edit(a.oid, change) }

// eachOf changes the table and all below it.
func (a *alter) eachOf(change func(*catalog.Relation)) {
	for _, one := range a.tree() {
		a.c.Edit(one.OID, change)
	}
}

// column returns a column as it is now; the statement is refused if the schema says
// that there is none.
func (a *alter) column(name string) *catalog.Column {
	t := a.now()
	if col := t.Column(name); col != nil {
		copied := *col
		return &copied
	}
	if !t.Assumed && t.Kind != catalog.View {
		a.absent("column", t.Name.Short()+"."+name)
	}
	return nil
}

func (a *alter) addColumn(cmd sql.Node) {
	def := cmd.Child("def")
	name := def.Get("colname").String()
	x := a.act(Action{Verb: AddColumn, Target: "column", Name: name, Exists: cmd.Get("missing_ok").Bool(), Node: cmd})
	if old := a.now().Column(name); old != nil && a.was.Of.Name == "" && !a.was.IsPartition() {
		x.Was = old
		if x.Exists {
			x.Nothing = true
		} else {
			a.present("column", a.was.Name.Short()+"."+name)
		}
		return
	}
	switch {
	case a.was.Of.Name != "":
		a.refuse("%s is a typed table, which has the columns of its type", a.was.Name.Short())
		return
	case a.was.IsPartition():
		a.refuse("a column cannot be added to the partition %s alone: add it to the partitioned table", a.was.Name.Short())
		return
	case a.only && len(a.was.Children) > 0:
		a.refuse("ONLY cannot add a column to %s, because its children need it too", a.was.Name.Short())
		return
	case a.was.Kind == catalog.MatView || a.was.Kind == catalog.View:
		a.refuse("a column cannot be added to the %s %s", a.was.Kind, a.was.Name.Short())
		return
	}
	if x.Exists && a.was.Assumed {
		a.assume("%s has no column %s yet", a.was.Name.Short(), name)
	}
	if slices.ContainsFunc(def.List("constraints"), func(k sql.Node) bool { return k.Get("contype").String() == "CONSTR_IDENTITY" }) &&
		len(a.was.Children) > 0 && (a.was.Kind != catalog.Partitioned || a.s.Version != 0 && a.version() < 17) {
		a.refuse("an identity column cannot be added to %s, which other tables inherit from", a.was.Name.Short())
		return
	}
	at := len(a.e.Actions) - 1
	before := len(a.now().Constraints)
	added := a.defineColumn(a.oid, def)
	if added == nil {
		return
	}
	col := *added
	if col.Generated != "" {
		a.needsImmutable(a.now(), col.Default, "a generated column")
	}
	x = &a.e.Actions[at]
	x.Column = &col
	for _, child := range a.tree()[1:] {
		a.c.Edit(child.OID, func(t *catalog.Relation) {
			if t.Column(col.Name) == nil {
				inherited := col
				inherited.Inherited = true
				t.Columns = append(t.Columns, inherited)
			}
		})
	}
	rewrite, read := "", ""
	domain := a.domain(col.Type)
	switch {
	case col.Type.Serial:
		rewrite = "the column is " + col.Type.Name + " with a sequence, so each row gets its own value"
	case col.Identity != "":
		rewrite = "the column is an identity, so each row gets its own value"
	case col.Generated == "STORED":
		rewrite = "the generated column is stored, so it is computed for each row"
	case col.Generated == "VIRTUAL":
		a.needs(18, "a virtual generated column")
	case domain != nil && domain.Constrained() && (a.version() < 19):
		rewrite = "the domain " + domain.Name.Short() + " has a constraint, which is checked for each row"
	case col.Default.There():
		if why := a.volatile(col.Default.Node); why != "" {
			rewrite = "the default is volatile: " + why
		}
	}
	if col.NotNull && !col.Default.There() && col.Generated == "" {
		read = "NOT NULL without a default fails on the first row"
	}
	for _, k := range a.now().Constraints[before:] {
		switch k.Type {
		case catalog.Check:
			read = "the CHECK of the new column is proven on each row"
			x.Constraint = &k
		case catalog.PrimaryKey, catalog.Unique:
			x.Constraint = &k
			read = "the unique index of the new column is built"
			a.e.Class = Build
		case catalog.ForeignKey:
			x.Constraint, x.Other = &k, a.c.Get(k.Ref)
			if col.Default.There() && !isNull(col.Default.Node) || col.Generated != "" {
				read = "the foreign key is proven on each row, because the new column has a default"
				a.reads(a.c.Get(k.Ref))
			}
		}
	}
	if rewrite != "" {
		a.lock(a.c.Get(nextvalOf(col.Default, a.c)), RowExclusive)
		x.Rewrites, x.Why = true, rewrite
		a.e.Class = Instant // the rewrite says it
		a.run.rewrites(a.tree()...)
	} else if read != "" {
		x.Reads, x.Why = true, read
		a.reads(a.tree()...)
	}
	a.e.Volatile = rewrite
}

// isNull reports whether an expression is the constant NULL.
func isNull(n sql.Node) bool {
	for n.Kind == "TypeCast" {
		n = n.Child("arg")
	}
	return n.Kind == "A_Const" && n.Get("isnull").Bool()
}

// domain returns the domain that a type is; nil if it is none, or not known.
func (r *run) domain(t catalog.TypeRef) *catalog.Type {
	if d := r.c.Type(catalog.Name{Schema: t.Schema, Name: t.Name}); d != nil && d.Kind == 'd' && !t.Array {
		return d
	}
	return nil
}

func (a *alter) dropColumn(cmd sql.Node) {
	name := cmd.Get("name").String()
	x := a.act(Action{Verb: DropColumn, Target: "column", Name: name, Exists: cmd.Get("missing_ok").Bool(), Cascade: cascades(cmd), Node: cmd})
	at := len(a.e.Actions) - 1
	t := a.now()
	col := t.Column(name)
	if col == nil {
		if x.Exists && !t.Assumed {
			x.Nothing = true
		} else if !t.Assumed {
			a.column(name)
		}
		return
	}
	copied := *col
	x.Was, x.Column = &copied, &copied
	switch {
	case t.Of.Name != "":
		a.refuse("%s is a typed table, which has the columns of its type", t.Name.Short())
	case copied.Inherited:
		a.refuse("column %s is inherited: drop it from the parent", t.Name.Short()+"."+name)
	case a.only && t.Kind == catalog.Partitioned && len(t.Children) > 0:
		a.refuse("ONLY cannot drop a column of %s, because its partitions have it too", t.Name.Short())
	}
	if a.e.Refused != "" {
		return
	}
	takes := a.takesColumn(t, name)
	a.e.Actions[at].Takes = takes
	if !x.Cascade && slices.ContainsFunc(takes, func(o Object) bool { return o.Stops }) {
		a.refuse("other objects depend on column %s: %s", t.Name.Short()+"."+name, stopping(takes))
		return
	}
	a.removeColumn(t, name)
}

func stopping(list []Object) string {
	var names []string
	for _, o := range list {
		if o.Stops {
			names = append(names, o.Kind+" "+o.Name)
		}
	}
	return strings.Join(names, ", ")
}

func cascades(n sql.Node) bool { return n.Get("behavior").String() == "DROP_CASCADE" }

func (a *alter) columnDefault(cmd sql.Node) {
	name := cmd.Get("name").String()
	def := cmd.Child("def")
	was := a.column(name)
	x := Action{Verb: SetDefault, Target: "column", Name: name, Was: was, Node: cmd}
	if def.Kind == "" {
		x.Verb = DropDefault
	}
	e := catalog.Expr{}
	if def.Kind != "" {
		e = expr(def, defaultAt(a.s.Text, setDefaultOf(a.s.Text, name)))
		if was != nil {
			a.checkDefault(def, was.Type)
		}
	}
	if was != nil {
		if was.Identity != "" || was.Generated != "" {
			a.refuse("column %s is generated, so it has no default", name)
		}
		col := *was
		col.Default = e
		x.Column = &col
	} else {
		x.Column = &catalog.Column{Name: name, Default: e}
	}
	a.act(x)
	a.eachOf(func(t *catalog.Relation) {
		if c := t.Column(name); c != nil {
			c.Default = e
		}
	})
}

func (a *alter) setNotNull(cmd sql.Node) {
	name := cmd.Get("name").String()
	was := a.column(name)
	x := Action{Verb: SetNotNull, Target: "column", Name: name, Was: was, Node: cmd}
	var unproven []*catalog.Relation
	for _, t := range a.tree() {
		c := t.Column(name)
		if c != nil && c.NotNull {
			continue
		}
		if proof := provesNotNull(t, name); proof != "" {
			x.Constraint = t.Constraint(proof)
			continue
		}
		unproven = append(unproven, t)
	}
	if was != nil {
		col := *was
		col.NotNull = true
		x.Column = &col
		x.Nothing = was.NotNull
	}
	if a.only && a.was.Kind == catalog.Partitioned && slices.ContainsFunc(a.was.Children, func(o catalog.OID) bool {
		part := a.c.Get(o)
		return part != nil && !part.Assumed && part.Column(name) != nil && !part.Column(name).NotNull
	}) {
		a.refuse("ONLY cannot set NOT NULL for %s, because its partitions need it too", a.was.Name.Short())
	}
	if len(unproven) > 0 {
		x.Reads, x.Why = true, "no valid CHECK proves that "+name+" is never null"
		a.reads(unproven...)
		if a.was.Assumed {
			a.assume("%s may hold a null in %s: no valid CHECK is known", a.was.Name.Short(), name)
		}
	}
	a.act(x)
	a.eachOf(func(t *catalog.Relation) {
		if c := t.Column(name); c != nil {
			c.NotNull = true
		} else if t.Assumed {
			t.Columns = append(t.Columns, catalog.Column{Name: name, NotNull: true})
		}
	})
}

// provesNotNull returns the valid constraint that implies that a column is never
// null: a CHECK of which IS NOT NULL is a conjunct.
func provesNotNull(t *catalog.Relation, column string) string {
	for _, k := range t.Constraints {
		if !k.Valid {
			continue
		}
		if k.Type == catalog.Check && slices.ContainsFunc(conjuncts(k.Expr.Node), func(n sql.Node) bool { return isNotNullTest(n, column) }) {
			return k.Name
		}
		if (k.Type == catalog.NotNull || k.Type == catalog.PrimaryKey) && slices.Contains(k.Columns, column) {
			return k.Name
		}
	}
	return ""
}

func conjuncts(n sql.Node) []sql.Node {
	if n.Kind == "BoolExpr" && n.Get("boolop").String() == "AND_EXPR" {
		var list []sql.Node
		for _, a := range n.List("args") {
			list = append(list, conjuncts(a)...)
		}
		return list
	}
	return []sql.Node{n}
}

func isNotNullTest(n sql.Node, column string) bool {
	if n.Kind != "NullTest" || n.Get("nulltesttype").String() != "IS_NOT_NULL" {
		return false
	}
	c := n.Child("arg").Strs("fields")
	return len(c) > 0 && c[len(c)-1] == column
}

func (a *alter) dropNotNull(cmd sql.Node) {
	name := cmd.Get("name").String()
	was := a.column(name)
	if pk := a.now().PrimaryKey(); pk != nil && slices.Contains(pk.Columns, name) {
		a.refuse("column %s is in the primary key", name)
	}
	if a.only && a.was.Kind == catalog.Partitioned && len(a.was.Children) > 0 && !(a.version() >= 18 && was != nil && !was.NotNull) {
		a.refuse("ONLY cannot drop NOT NULL of %s, because its partitions have it too", a.was.Name.Short())
	}
	a.act(Action{Verb: DropNotNull, Target: "column", Name: name, Was: was, Column: was, Node: cmd})
	a.eachOf(func(t *catalog.Relation) {
		if c := t.Column(name); c != nil {
			c.NotNull = false
		}
	})
}

func (a *alter) setExpression(cmd sql.Node) {
	a.needs(17, "SET EXPRESSION")
	name := cmd.Get("name").String()
	was := a.column(name)
	x := Action{Verb: SetStorage, Target: "column", Name: name, To: "expression", Was: was, Node: cmd}
	if was == nil || was.Generated != "VIRTUAL" {
		x.Rewrites, x.Why = true, "the stored column is computed again for each row"
		a.run.rewrites(a.tree()...)
	}
	a.act(x)
}

func (a *alter) dropExpression(cmd sql.Node) {
	name := cmd.Get("name").String()
	was := a.column(name)
	a.act(Action{Verb: SetStorage, Target: "column", Name: name, To: "no expression", Was: was, Node: cmd})
	switch {
	case was != nil && was.Inherited:
		a.refuse("column %s is inherited: drop its expression in the parent", name)
	case len(a.c.Tree(a.was)) > 1+len(a.was.Children) || a.only && len(a.was.Children) > 0:
		a.refuse("the expression of a column cannot be dropped for %s with all that is below", a.was.Name.Short())
	}
	if was != nil && was.Generated == "" {
		if !cmd.Get("missing_ok").Bool() {
			a.refuse("column %s is not generated", name)
		}
		return
	}
	a.eachOf(func(t *catalog.Relation) {
		if c := t.Column(name); c != nil {
			c.Generated, c.Default = "", catalog.Expr{}
		}
	})
}

func (a *alter) addIdentity(cmd sql.Node) {
	name := cmd.Get("name").String()
	was := a.column(name)
	if was != nil {
		a.needsIdentity(was)
	}
	if was != nil && was.Identity != "" {
		a.refuse("column %s is an identity already", name)
	}
	a.needsWhole(was)
	if was != nil && !was.NotNull {
		a.refuse("column %s has to be NOT NULL before it becomes an identity", name)
	}
	if was != nil && was.Default.There() {
		a.refuse("column %s has a default, which has to be dropped before it becomes an identity", name)
	}
	x := Action{Verb: SetStorage, Target: "column", Name: name, To: "identity", Was: was, Node: cmd}
	a.act(x)
	t := a.now()
	typ := "bigint"
	if was != nil {
		typ = was.Type.Name
	}
	options := cmd.Child("def").List("options")
	seq := a.c.Create(catalog.Relation{Name: a.sequenceName(t, name, options), Kind: catalog.Sequence, SeqType: typ, OwnedBy: catalog.Read{OID: a.oid, Columns: []string{name}}})
	a.c.Edit(seq.OID, func(s *catalog.Relation) { a.sequenceOptions(s, options) })
	a.edit(func(t *catalog.Relation) {
		if c := t.Column(name); c != nil {
			c.Identity, c.Sequence = "BY DEFAULT", seq.OID
			if cmd.Get("def.Constraint.generated_when").String() == "a" {
				c.Identity = "ALWAYS"
			}
		}
	})
}

// needsWhole refuses a change of an identity in a partition, or without the partitions: since
// 17 they have it too.
func (a *alter) needsWhole(col *catalog.Column) {
	switch {
	case col == nil || a.version() < 17:
	case a.was.IsPartition():
		a.refuse("the identity of a column of the partition %s is that of the partitioned table", a.was.Name.Short())
	case a.only && a.was.Kind == catalog.Partitioned && len(a.was.Children) > 0:
		a.refuse("ONLY cannot change an identity of %s, because its partitions have it too", a.was.Name.Short())
	}
}

func (a *alter) setIdentity(cmd sql.Node) {
	a.set(cmd)
	name, options := cmd.Get("name").String(), cmd.Child("def").List("items")
	if was := a.column(name); was != nil && was.Identity == "" {
		a.refuse("column %s is not an identity column", name)
	}
	a.edit(func(t *catalog.Relation) {
		c := t.Column(name)
		if c == nil || c.Identity == "" {
			return
		}
		for _, o := range options {
			if o.Get("defname").String() == "generated" {
				c.Identity = map[bool]string{true: "ALWAYS", false: "BY DEFAULT"}[wholeNumber(o.Child("arg")) == 'a']
			}
		}
		a.c.Edit(c.Sequence, func(s *catalog.Relation) { a.sequenceOptions(s, options) })
	})
}

func (a *alter) dropIdentity(cmd sql.Node) {
	name := cmd.Get("name").String()
	was := a.column(name)
	a.act(Action{Verb: SetStorage, Target: "column", Name: name, To: "no identity", Was: was, Node: cmd})
	a.needsWhole(was)
	if was != nil && was.Identity == "" && !cmd.Get("missing_ok").Bool() {
		a.refuse("column %s is not an identity column", name)
	}
	a.edit(func(t *catalog.Relation) {
		if c := t.Column(name); c != nil {
			c.Identity, c.Sequence = "", 0
		}
	})
}

// words are what the settings are called.
var words = map[string]string{
	"AT_SetStatistics": "statistics", "AT_SetOptions": "column options", "AT_ResetOptions": "column options", "AT_SetStorage": "storage", "AT_SetCompression": "compression",
	"AT_SetRelOptions": "storage parameters", "AT_ResetRelOptions": "storage parameters", "AT_ClusterOn": "cluster on", "AT_DropCluster": "no cluster", "AT_ReplicaIdentity": "replica identity",
	"AT_ChangeOwner": "owner", "AT_SetIdentity": "identity", "AT_AddOf": "of type", "AT_DropOf": "not of type", "AT_GenericOptions": "options",
	"AT_EnableRule": "enable rule", "AT_DisableRule": "disable rule", "AT_EnableAlwaysRule": "enable rule", "AT_EnableReplicaRule": "enable rule",
}

// set is a command that changes nothing that another statement asks for.
func (a *alter) set(cmd sql.Node) {
	name := cmd.Get("name").String()
	a.act(Action{Verb: SetStorage, Target: a.was.Kind.String(), Name: words[cmd.Get("subtype").String()], To: name, Node: cmd})
	if strings.HasSuffix(cmd.Get("subtype").String(), "Rule") && !a.was.Assumed && !a.belongs("rule", a.was, name) {
		a.absent("rule", name)
	}
}

// setStored is SET STORAGE and SET COMPRESSION.
func (a *alter) setStored(cmd sql.Node) {
	if cmd.Get("subtype").String() == "AT_SetCompression" {
		a.needs(14, "SET COMPRESSION")
	}
	a.set(cmd)
	how := strings.ToLower(valueOf(cmd.Child("def")))
	if col := a.column(cmd.Get("name").String()); col != nil && a.isFixed(col.Type) && how != "plain" && how != "default" {
		a.refuse("column %s is %s, which is always stored as it is", col.Name, col.Type)
	}
}

func (a *alter) clusterOn(cmd sql.Node) {
	a.set(cmd)
	if ix := a.ownIndex(a.was, cmd.Get("name").String()); ix != nil {
		a.lock(ix, ShareUpdateExclusive)
		if ix.Index.Where.There() {
			a.refuse("index %s has a condition, so no table can be clustered on it", ix.Name.Short())
		}
	}
}

// ownIndex returns the index that a command on a table names. It is refused if the schema says
// that there is none, or that it is on another table.
func (r *run) ownIndex(t *catalog.Relation, name string) *catalog.Relation {
	ix := r.c.Find(catalog.Name{Schema: t.Name.Schema, Name: name})
	switch {
	case ix == nil || ix.Index == nil:
		if !t.Assumed {
			r.absent("index", name)
		}
		return nil
	case ix.On != t.OID && !t.Assumed:
		r.refuse("index %s is not on %s", name, t.Name.Short())
	}
	return ix
}

func (a *alter) setOptions(cmd sql.Node) {
	a.set(cmd)
	list := optionsOf(cmd.Child("def").List("items"))
	reset := cmd.Get("subtype").String() == "AT_ResetRelOptions"
	if a.was.Kind == catalog.Partitioned && !reset {
		a.refuse("%s is partitioned, and storage parameters belong to the partitions", a.was.Name.Short())
	}
	a.edit(func(t *catalog.Relation) {
		if t.Options == nil {
			t.Options = map[string]string{}
		}
		for name, value := range list {
			if reset {
				delete(t.Options, name)
			} else {
				t.Options[name] = value
			}
		}
	})
}

func (a *alter) replicaIdentity(cmd sql.Node) {
	a.set(cmd)
	def := cmd.Child("def")
	identity := map[string]string{"f": "FULL", "n": "NOTHING", "i": def.Get("name").String()}[def.Get("identity_type").String()]
	if def.Get("identity_type").String() == "i" {
		if ix := a.ownIndex(a.was, identity); ix != nil {
			a.lock(ix, Share)
			if !ix.Index.Unique || ix.Index.Where.There() || len(ix.Index.Columns()) < len(ix.Index.Keys) {
				a.refuse("a replica identity needs a unique index on columns alone, which %s is not", identity)
			}
			for _, name := range ix.Index.Columns() {
				if col := a.was.Column(name); col != nil && !col.NotNull {
					a.refuse("a replica identity needs NOT NULL columns, and %s may be null", name)
				}
			}
		}
	}
	a.edit(func(t *catalog.Relation) { t.Identity = identity })
}

func (a *alter) toggleTrigger(cmd sql.Node) {
	name := cmd.Get("name").String()
	off := strings.HasPrefix(cmd.Get("subtype").String(), "AT_Disable")
	x := Action{Verb: ToggleTrigger, Target: "trigger", Name: name, To: "enabled", Node: cmd}
	switch {
	case strings.HasSuffix(cmd.Get("subtype").String(), "All"):
		x.Name = "ALL"
	case strings.HasSuffix(cmd.Get("subtype").String(), "User"):
		x.Name = "USER"
	}
	if off {
		x.To = "disabled"
	}
	a.act(x)
	if name != "" && !a.was.Assumed && !a.belongs("trigger", a.was, name) {
		a.absent("trigger", name)
	}
	a.eachOf(func(t *catalog.Relation) {
		for i := range t.Triggers {
			if name == "" || t.Triggers[i].Name == name {
				t.Triggers[i].Disabled = off
			}
		}
	})
}

func (a *alter) setLogged(cmd sql.Node) {
	unlogged := cmd.Get("subtype").String() == "AT_SetUnLogged"
	x := Action{Verb: SetStorage, Target: "table", Name: "logged", To: "LOGGED", Node: cmd}
	if unlogged {
		x.To = "UNLOGGED"
		if names := a.publications(a.was); len(names) > 0 {
			a.refuse("%s is published by %s, and an unlogged table is not replicated", a.was.Name.Short(), strings.Join(names, ", "))
		}
	}
	if a.was.Kind == catalog.Sequence {
		a.needs(15, "a logged or unlogged sequence")
	}
	a.needsLoggedKeys(unlogged)
	if a.now().Unlogged != unlogged {
		x.Rewrites, x.Why = true, "the table is written again with all of its indexes"
		a.run.rewrites(a.now())
	} else {
		x.Nothing = true
	}
	a.act(x)
	a.edit(func(t *catalog.Relation) { t.Unlogged = unlogged })
}

// needsLoggedKeys refuses a change after which a logged table has a foreign key to an unlogged one.
func (a *alter) needsLoggedKeys(unlogged bool) {
	t := a.now()
	if unlogged {
		for _, ref := range a.referring(t) {
			if other := ref.from; !other.Unlogged {
				a.refuse("%s has a foreign key to %s, and a logged table cannot refer to an unlogged one", other.Name.Short(), t.Name.Short())
			}
		}
		return
	}
	for _, k := range t.Constraints {
		if other := a.c.Get(k.Ref); k.Type == catalog.ForeignKey && other != nil && other.OID != t.OID && other.Unlogged {
			a.refuse("%s has a foreign key to %s, and a logged table cannot refer to an unlogged one", t.Name.Short(), other.Name.Short())
		}
	}
}

// publications are the publications that a table is named in.
func (r *run) publications(t *catalog.Relation) []string {
	var list []string
	for _, o := range r.c.Others("publication") {
		if d, _ := r.c.Other(o); slices.Contains(d.Tables, t.OID) {
			list = append(list, o.Name)
		}
	}
	return list
}

func (a *alter) setTablespace(cmd sql.Node) {
	name := cmd.Get("name").String()
	x := Action{Verb: SetStorage, Target: a.was.Kind.String(), Name: "tablespace", To: name, Node: cmd}
	if a.now().Options["tablespace"] != name && !(name == "pg_default" && a.now().Options["tablespace"] == "") {
		x.Rewrites, x.Why = true, "the table is copied into the other tablespace"
		if a.was.Kind == catalog.IndexKind {
			a.rebuilds(a.was)
			a.e.Class = Rewrite
		} else if a.was.Kind != catalog.Partitioned && !a.isNew(a.was) {
			a.e.Rewrites = append(a.e.Rewrites, a.was)
			a.reads(a.was)
		}
	}
	a.act(x)
	a.edit(func(t *catalog.Relation) {
		if t.Options == nil {
			t.Options = map[string]string{}
		}
		t.Options["tablespace"] = name
	})
}

func (a *alter) setAccessMethod(cmd sql.Node) {
	a.needs(15, "SET ACCESS METHOD")
	name := cmd.Get("name").String()
	x := Action{Verb: SetStorage, Target: "table", Name: "access method", To: name, Node: cmd}
	if name != "heap" && name != "" || a.now().Options["access method"] != "" {
		x.Rewrites, x.Why = true, "the table is written again with another access method"
		a.run.rewrites(a.now())
	}
	a.act(x)
}

func (a *alter) rowSecurity(cmd sql.Node) {
	word := map[string]string{"AT_EnableRowSecurity": "ENABLE", "AT_DisableRowSecurity": "DISABLE", "AT_ForceRowSecurity": "FORCE", "AT_NoForceRowSecurity": "NO FORCE"}[cmd.Get("subtype").String()]
	a.act(Action{Verb: RowSecurity, Target: "table", Name: word, Node: cmd})
	a.edit(func(t *catalog.Relation) {
		switch word {
		case "ENABLE":
			t.RowSecurity = true
		case "DISABLE":
			t.RowSecurity = false
		case "FORCE":
			t.ForcedRows = true
		default:
			t.ForcedRows = false
		}
	})
}

func (a *alter) addInherit(cmd sql.Node) {
	parent := a.relation(nameOf(cmd.Child("def")), catalog.Table, false)
	a.act(Action{Verb: SetStorage, Target: "table", Name: "inherit", Other: parent, Node: cmd})
	if parent == nil {
		return
	}
	a.lock(parent, ShareUpdateExclusive)
	if a.adopts(a.now(), parent, false) {
		a.link(a.oid, parent.OID)
	}
}

func (a *alter) dropInherit(cmd sql.Node) {
	parent := a.relation(nameOf(cmd.Child("def")), catalog.Table, false)
	a.act(Action{Verb: SetStorage, Target: "table", Name: "no inherit", Other: parent, Node: cmd})
	if parent == nil {
		return
	}
	a.lock(parent, AccessShare)
	switch {
	case a.was.Assumed || parent.Assumed:
	case a.was.IsPartition():
		a.refuse("%s is a partition: DETACH PARTITION is for it", a.was.Name.Short())
	case !slices.Contains(a.was.Parents, parent.OID):
		a.refuse("%s does not inherit from %s", a.was.Name.Short(), parent.Name.Short())
	}
	a.unlink(a.oid, parent.OID)
}
