package rollout

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// Undo is one step of a rollback.
type Undo struct {
	Step
	LosesData bool
	Class     ddl.Class // of its duration
	Note      string    // what it does not bring back, or when it fails
}

// Reversible says whether a statement can be taken back.
type Reversible string

const (
	Yes      Reversible = "yes"
	DataLoss Reversible = "data-loss" // the schema comes back, the data does not
	No       Reversible = "no"
)

// undoer writes the rollback of one action.
type undoer struct {
	*writer
	loses bool
	class ddl.Class
	note  string
	state Reversible
}

// undos has for each verb what writes its rollback. A verb that is not here leaves
// nothing to take back.
var undos = map[ddl.Verb]func(*undoer){
	ddl.CreateTable:      (*undoer).createTable,
	ddl.CreateRelationAs: (*undoer).createTable,
	ddl.DropTable:        (*undoer).dropTable,
	ddl.AddColumn:        (*undoer).addColumn,
	ddl.DropColumn:       (*undoer).dropColumn,
	ddl.AlterType:        (*undoer).alterType,
	ddl.SetDefault:       (*undoer).setDefault,
	ddl.DropDefault:      (*undoer).setDefault,
	ddl.SetNotNull:       (*undoer).setNotNull,
	ddl.DropNotNull:      (*undoer).dropNotNull,
	ddl.AddConstraint:    (*undoer).addConstraint,
	ddl.DropConstraint:   (*undoer).dropConstraint,
	ddl.CreateIndex:      (*undoer).createIndex,
	ddl.DropIndex:        (*undoer).dropIndex,
	ddl.Rename:           (*undoer).rename,
	ddl.SetSchema:        (*undoer).setSchema,
	ddl.Attach:           (*undoer).attach,
	ddl.Detach:           (*undoer).detach,
	ddl.Truncate:         (*undoer).gone,
	ddl.Write:            (*undoer).write,
	ddl.SetStorage:       (*undoer).storage,
	ddl.CreateTrigger:    (*undoer).createTrigger,
	ddl.DropTrigger:      (*undoer).dropObject,
	ddl.ToggleTrigger:    (*undoer).toggleTrigger,
	ddl.CreateRule:       (*undoer).createRule,
	ddl.RowSecurity:      (*undoer).rowSecurity,
	ddl.CreatePolicy:     (*undoer).createPolicy,
	ddl.DropPolicy:       (*undoer).dropObject,
	ddl.CreateView:       (*undoer).createView,
	ddl.CreateType:       (*undoer).createType,
	ddl.AlterEnum:        (*undoer).alterEnum,
	ddl.AlterDomain:      (*undoer).alterDomain,
	ddl.DropObject:       (*undoer).dropObject,
	ddl.CreateObject:     (*undoer).createObject,
	ddl.CreateFunction:   (*undoer).createFunction,
	ddl.AlterSequence:    (*undoer).byHand,
	ddl.AlterObject:      (*undoer).byHand,
	ddl.Do:               (*undoer).unknown,
	ddl.Grant:            (*undoer).grant,
}

// Back returns the rollback of a statement, the last action first; nil if there is
// nothing to take back.
func (p *Plan) Back(s *migration.Statement) []Undo {
	list, _ := p.back(s)
	return list
}

// Reversible reports whether a statement can be taken back: the worst of its
// actions.
func (p *Plan) Reversible(s *migration.Statement) Reversible {
	_, r := p.back(s)
	return r
}

func (p *Plan) back(s *migration.Statement) ([]Undo, Reversible) {
	var list []Undo
	state := Yes
	if foreign(s.File) {
		return nil, state
	}
	for _, b := range slices.Backward(s.Body) {
		undo, of := p.back(b)
		list, state = append(list, undo...), worse(state, of)
	}
	texts := actionTexts(s)
	for i, a := range slices.Backward(s.Effect.Actions) {
		undo := undos[a.Verb]
		if undo == nil || a.Nothing || s.Effect.Refused != "" || a.Verb == ddl.Do && len(s.Body) > 0 {
			continue
		}
		u := &undoer{writer: &writer{Plan: p, s: s, a: &s.Effect.Actions[i], text: texts[i], deploy: AnyTime}, class: ddl.Instant, state: Yes}
		undo(u)
		state = worse(state, u.state)
		if len(u.steps) == 0 && u.note != "" {
			list = append(list, Undo{LosesData: u.loses, Class: u.class, Note: u.note})
		}
		for n, step := range u.steps {
			one := Undo{Step: step, LosesData: u.loses && n == 0, Class: ddl.Instant, Note: step.Why}
			if n == 0 && u.note != "" {
				one.Note = u.note
			}
			if step.Wait == Forever && step.Tx == Own || step.Tx == None || len(u.steps) == 1 {
				one.Class = u.class
			}
			list = append(list, one)
		}
	}
	return list, state
}

func worse(a, b Reversible) Reversible {
	order := []Reversible{Yes, DataLoss, No}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// SQL returns the statements of an undo; empty if there are none that bring it back.
func (u Undo) SQL() string {
	if len(u.Statements) == 0 {
		return ""
	}
	return u.Step.SQL()
}

func (u *undoer) do(statements ...string) { u.strong(AnyTime, "", statements...) }

func (u *undoer) createTable() {
	name := u.a.Name
	u.loses = true
	u.note = "Loses what was written to " + name + " since."
	if u.a.Table != nil && u.a.Verb == ddl.CreateTable && u.a.Table.Kind == catalog.Partitioned && u.a.Name != "" {
		u.note += " Locks the partitioned table too."
	}
	u.do("DROP TABLE " + name)
}

func (u *undoer) dropTable() {
	t := u.a.Table
	if t == nil {
		u.unknown()
		return
	}
	switch t.Kind {
	case catalog.IndexKind:
		u.dropIndex()
	case catalog.View, catalog.MatView:
		if text := viewOf(t); text != "" {
			list := []string{text}
			for _, oid := range t.Indexes {
				if ix := u.last(oid); ix != nil {
					list = append(list, indexOf(ix, t))
				}
			}
			u.do(list...)
			u.taken()
		} else {
			u.note = "The definition of the view is in no input. Take it with pg_get_viewdef before you drop it."
			u.state = No
		}
	case catalog.Sequence:
		u.state, u.loses = DataLoss, true
		u.note = "The sequence begins at its start again. Set it with setval."
		u.do("CREATE SEQUENCE " + u.on(t) + typeOfSequence(t))
	default:
		u.state, u.loses, u.class = DataLoss, true, ddl.Rewrite
		u.note = "The rows of " + u.on(t) + " come from a backup only. This brings back an empty table."
		if list := u.tableOf(t); list != nil {
			u.do(list...)
			u.taken()
		}
	}
}

func typeOfSequence(s *catalog.Relation) string {
	if s.SeqType == "" || s.SeqType == "bigint" {
		return ""
	}
	return " AS " + s.SeqType
}

// tableOf returns the statements that create a table as the schema last had it; nil
// if its columns are not known.
func (u *undoer) tableOf(t *catalog.Relation) []string {
	if len(t.Columns) == 0 {
		return nil
	}
	var parts []string
	for _, c := range t.Columns {
		parts = append(parts, columnOf(u.numbered(t, c)))
	}
	var later []string
	for _, k := range t.Constraints {
		definition := u.definition(k)
		switch {
		case definition == "" || k.Type == catalog.NotNull || k.Inherited:
		case k.Valid || k.Type != catalog.Check && k.Type != catalog.ForeignKey:
			parts = append(parts, "CONSTRAINT "+q(k.Name)+" "+definition)
		default:
			later = append(later, u.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+definition+" NOT VALID"))
		}
	}
	list := []string{"CREATE TABLE " + u.on(t) + " (\n  " + strings.Join(parts, ",\n  ") + "\n)"}
	if t.Kind == catalog.Partitioned && t.Strategy != "" && !slices.Contains(t.Keys, "") {
		list[0] += " PARTITION BY " + t.Strategy + " (" + qs(t.Keys) + ")"
	}
	for _, oid := range t.Indexes {
		if ix := u.last(oid); ix != nil && ix.Index != nil && ix.Index.Constraint == "" {
			list = append(list, indexOf(ix, t))
		}
	}
	for _, g := range t.Triggers {
		if g.Definition != "" {
			list = append(list, read(g.Definition).text)
		}
	}
	for _, x := range t.Policies {
		if x.Definition != "" {
			list = append(list, read(x.Definition).text)
		}
	}
	if t.RowSecurity {
		list = append(list, u.alter(t, "ENABLE ROW LEVEL SECURITY"))
	}
	list = append(list, later...)
	list = append(list, u.partitionsOf(t)...)
	if t.IsPartition() && len(t.Parents) > 0 {
		if parent := u.last(t.Parents[0]); parent != nil {
			list = append(list, u.alter(parent, "ATTACH PARTITION "+u.on(t)+" "+t.Bound.Text))
		}
	}
	return list
}

// partitionsOf returns the statements that create the partitions of a table.
func (u *undoer) partitionsOf(t *catalog.Relation) []string {
	var list []string
	for _, part := range u.partitions(t) {
		if part.Bound.Text == "" {
			continue
		}
		text := "CREATE TABLE " + u.on(part) + " PARTITION OF " + u.on(t) + " " + part.Bound.Text
		if part.Kind == catalog.Partitioned {
			text += " PARTITION BY " + part.Strategy + " (" + qs(part.Keys) + ")"
		}
		list = append(append(list, text), u.partitionsOf(part)...)
	}
	return list
}

// numbered returns a column of which the sequence that it owns goes with it: as a
// serial one.
func (u *undoer) numbered(t *catalog.Relation, c catalog.Column) catalog.Column {
	if c.Sequence != 0 && c.Identity == "" {
		if to := map[string]string{"bigint": "bigserial", "integer": "serial", "smallint": "smallserial"}[c.Type.Name]; to != "" {
			c.Type, c.Default, c.NotNull = catalog.TypeRef{Name: to}, catalog.Expr{}, false
		}
	}
	return c
}

// column returns the column that the action is about, with its table.
func (u *undoer) column() string {
	if u.a.Table == nil {
		return q(u.a.Name)
	}
	return u.on(u.a.Table) + "." + q(u.a.Name)
}

func (u *undoer) addColumn() {
	u.loses = true
	u.note = "Loses what was written to " + u.column() + " since."
	list := []string{u.alter(u.a.Table, "DROP COLUMN "+q(u.a.Name))}
	if c := u.a.Column; c != nil && c.Generated == "STORED" && u.there() && !u.Server.Has(pgversion.VirtualColumns) {
		sync := madeName(u.a.Table.Name.Name, c.Name, "sync") // of the safe sequence
		list = append([]string{"DROP TRIGGER IF EXISTS " + q(sync) + " ON " + u.on(u.a.Table), "DROP FUNCTION IF EXISTS " + u.beside(u.a.Table, sync) + "()"}, list...)
	}
	u.do(list...)
}

func (u *undoer) dropColumn() {
	t, c := u.a.Table, u.a.Was
	u.state, u.loses = DataLoss, true
	gone := "The values of " + u.column() + " come from a backup only."
	if c == nil {
		u.note = gone + " The type and the default of the column are in no input."
		u.class = ddl.Unknown
		return
	}
	u.note = gone
	if c.Default.There() {
		u.note += " Until then every row has the default."
	}
	back := u.numbered(t, *c)
	if needsValue(&back) {
		back.NotNull = false
		u.note = gone + " The column comes back nullable, because no default fills it: set NOT NULL then."
	}
	u.class = ddl.Instant
	if c.Generated == "STORED" || c.Identity != "" || c.Sequence != 0 {
		u.class = ddl.Rewrite
	}
	u.do(u.alter(t, "ADD COLUMN "+columnOf(back)))
	for _, k := range t.Constraints {
		ix := u.last(k.Index)
		if !k.Mentions(c.Name) && (ix == nil || ix.Index == nil || !ix.Index.Mentions(c.Name)) || k.Type == catalog.NotNull {
			continue
		}
		u.restore(t, k)
	}
	for _, oid := range t.Indexes {
		if ix := u.last(oid); ix != nil && ix.Index != nil && ix.Index.Constraint == "" && ix.Index.Mentions(c.Name) {
			u.rebuild(t, ix)
		}
	}
	u.taken()
}

// taken adds the statements that create again what CASCADE removed from other
// objects, as far as their definitions are known.
func (u *undoer) taken() {
	for _, o := range slices.Backward(u.a.Takes) {
		if !o.Stops || !u.a.Cascade || o.Definition == "" {
			continue
		}
		switch o.Kind {
		case "view", "materialized view", "trigger", "policy":
			list := []string{read(o.Definition).text}
			for _, l := range u.s.Effect.Locks {
				if l.Relation.Kind != catalog.MatView || l.Relation.Name.Short() != o.Name {
					continue
				}
				for _, oid := range l.Relation.Indexes {
					if ix := u.last(oid); ix != nil {
						list = append(list, indexOf(ix, l.Relation))
					}
				}
			}
			u.do(list...)
		case "default":
			if at := strings.LastIndexByte(o.Name, '.'); at > 0 {
				u.do("ALTER TABLE " + o.Name[:at] + " ALTER COLUMN " + o.Name[at+1:] + " SET DEFAULT " + o.Definition)
			}
		case "foreign key":
			for _, l := range u.s.Effect.Locks { // the other tables as they were
				k := l.Relation.Constraint(o.Name)
				if k == nil || l.Relation.Name.Short() != o.Table || k.Type != catalog.ForeignKey || define(*k) == "" {
					continue
				}
				u.enforce(AnyTime, l.Relation, k.Name, define(*k))
			}
		}
	}
}

// restore adds the steps that bring a constraint back without a long lock.
func (u *undoer) restore(t *catalog.Relation, k catalog.Constraint) {
	definition := define(k)
	if definition == "" {
		return
	}
	switch k.Type {
	case catalog.Unique, catalog.PrimaryKey:
		keys := "(" + qs(k.Columns) + ")"
		if ix := u.last(k.Index); ix != nil && ix.Index != nil {
			keys = keysOf(ix.Index, nil)
		}
		word := strings.TrimSpace(definition[:strings.IndexByte(definition, '(')])
		word = strings.TrimSuffix(word, " NULLS NOT DISTINCT")
		later := ""
		if i := strings.Index(definition, " DEFERRABLE"); i > 0 {
			later = definition[i:]
		}
		if t.Kind == catalog.Partitioned {
			u.do(u.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+definition))
			return
		}
		if k.Type == catalog.PrimaryKey {
			for _, name := range k.Columns {
				if c := u.now(t).Column(name); c != nil && !c.NotNull {
					u.notNull(AnyTime, t, name, true)
				}
			}
		}
		u.keyIndex(AnyTime, t, k.Name, keys)
		u.strong(AnyTime, "Instant: the index is there already.", u.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+word+" USING INDEX "+q(k.Name)+later))
	case catalog.Exclusion:
		u.do(u.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+definition))
	default:
		if !k.Valid {
			u.do(u.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+definition+" NOT VALID"))
			return
		}
		u.enforce(AnyTime, t, k.Name, definition)
	}
}

// now returns a table as it is after the migration.
func (u *undoer) now(t *catalog.Relation) *catalog.Relation {
	if r := u.relation(t.OID); r != nil {
		return r
	}
	return t
}

func (u *undoer) alterType() {
	t, was, is := u.a.Table, u.a.Was, u.a.Column
	if was == nil || is == nil {
		u.state, u.note, u.class = No, "The former type of the column is in no input.", ddl.Unknown
		return
	}
	if u.a.FreeInUTC && u.a.Zone != "" && ddl.SameInUTC(is.Type, was.Type) {
		u.class, u.note = ddl.Instant, "Writes no row: the stored values are the same in both types."
		if len(u.s.Effect.Rebuilds) > 0 {
			u.class, u.note = ddl.Build, "Writes no row, but builds the indexes on the column again."
		}
		u.do(inZone("UTC"), u.alter(t, "ALTER COLUMN "+q(is.Name)+" TYPE "+was.Type.String()))
		return
	}
	using := ""
	u.class = ddl.Rewrite
	switch {
	case !u.a.Rewrites:
		u.note = "Leave it: the former type may not hold what was written since, and the change back reads or rewrites the table."
		if u.class = ddl.Scan; was.Type.Name != is.Type.Name || len(was.Type.Mods) > 0 {
			u.class = ddl.Rewrite
		}
	case lossless(was.Type, is.Type):
		u.note = "Rewrites the table again, under the same lock. Fails on values that the former type cannot hold."
	default:
		u.state, u.loses = DataLoss, true
		u.note = "What the change cut off or rounded in " + u.column() + " does not come back. This rewrites the table again."
	}
	if was.Type.Name != is.Type.Name {
		using = " USING " + q(is.Name) + "::" + was.Type.String()
		if u.a.Zone != "" {
			using = " USING " + q(is.Name) + " AT TIME ZONE " + lit(u.a.Zone)
		}
	}
	list := []string{u.alter(t, "ALTER COLUMN "+q(is.Name)+" TYPE "+was.Type.String()+using)}
	if s := u.last(was.Sequence); s != nil && was.Identity == "" && was.Type.Name != is.Type.Name && slices.Contains([]string{"smallint", "integer", "bigint"}, was.Type.Name) {
		list = append(list, "ALTER SEQUENCE "+u.on(s)+" AS "+was.Type.Name)
	}
	if r := (retype{table: t, was: *was, is: *is, given: u.text.find(0, "using") > 0}); u.shorter(r) && u.there() {
		list = append(list, u.alter(t, "DROP CONSTRAINT IF EXISTS "+q(lengthCheck(r)))) // of the safe sequence
	}
	u.do(list...)
}

// wider has for a type those that hold each of its values.
var wider = map[string][]string{
	"smallint":                    {"integer", "bigint", "numeric", "real", "double precision"},
	"integer":                     {"bigint", "numeric", "double precision"},
	"bigint":                      {"numeric"},
	"real":                        {"double precision"},
	"character varying":           {"text"},
	"text":                        {"character varying"},
	"character":                   {"text", "character varying"},
	"date":                        {"timestamp without time zone", "timestamp with time zone"},
	"timestamp without time zone": {"timestamp with time zone"},
	"timestamp with time zone":    {"timestamp without time zone"},
	"json":                        {"jsonb"},
	"uuid":                        {},
}

// lossless reports whether a type holds each value of another one.
func lossless(from, to catalog.TypeRef) bool {
	switch {
	case from.Array != to.Array:
		return false
	case to.Name == "text" || to.Name == "character varying" && len(to.Mods) == 0:
		return true
	case from.Name == to.Name:
		switch {
		case len(to.Mods) == 0:
			return true
		case len(from.Mods) == 0 || len(from.Mods) != len(to.Mods):
			return false
		case len(to.Mods) == 2:
			return to.Mods[1] >= from.Mods[1] && to.Mods[0]-to.Mods[1] >= from.Mods[0]-from.Mods[1]
		}
		return to.Mods[0] >= from.Mods[0]
	}
	return slices.Contains(wider[from.Name], to.Name) && len(to.Mods) == 0
}

func (u *undoer) setDefault() {
	c := u.a.Was
	if c == nil {
		if u.a.Verb == ddl.SetDefault {
			u.note = "The former default is in no input. This drops the new one."
			u.do(u.alter(u.a.Table, "ALTER COLUMN "+q(u.a.Name)+" DROP DEFAULT"))
			return
		}
		u.note = "The former default is in no input."
		return
	}
	command := "ALTER COLUMN " + q(u.a.Name) + " DROP DEFAULT"
	if c.Default.There() {
		command = "ALTER COLUMN " + q(u.a.Name) + " SET DEFAULT " + c.Default.Text
	} else if u.a.Verb == ddl.DropDefault {
		return
	}
	u.do(u.alter(u.a.Table, command))
}

func (u *undoer) setNotNull() {
	if u.a.Was != nil && u.a.Was.NotNull {
		return
	}
	u.do(u.alter(u.a.Table, "ALTER COLUMN "+q(u.a.Name)+" DROP NOT NULL"))
}

func (u *undoer) dropNotNull() {
	u.class, u.note = ddl.Scan, "Fails once the new code has written a NULL. Then leave it nullable."
	u.notNull(AnyTime, u.a.Table, u.a.Name, u.a.Was != nil)
}

func (u *undoer) addConstraint() {
	k := u.a.Constraint
	if k == nil {
		return
	}
	if k.Type == catalog.ForeignKey {
		u.note = "Locks both tables in ACCESS EXCLUSIVE for a moment."
	}
	u.do(u.alter(u.a.Table, "DROP CONSTRAINT "+q(k.Name)))
	if using := u.a.Node.Child("def").Get("indexname").String(); using != "" {
		if ix := u.last(k.Index); ix != nil && ix.Index != nil && !u.s.New(ix) { // it goes with the constraint
			u.class, u.note = ddl.Build, "The index goes with the constraint, so it is built again."
			u.keyIndex(AnyTime, u.a.Table, using, keysOf(ix.Index, nil))
		}
	}
	if k.Type == catalog.ForeignKey && u.there() {
		if name := u.neededIndex(u.a.Table, *k); name != "" {
			u.concurrent(AnyTime, "If the safe sequence built it.", "DROP INDEX CONCURRENTLY IF EXISTS "+u.beside(u.a.Table, name))
		}
	}
	if k.Type == catalog.PrimaryKey {
		for _, name := range k.Columns {
			if c := u.a.Table.Column(name); c != nil && !c.NotNull {
				u.do(u.alter(u.a.Table, "ALTER COLUMN "+q(name)+" DROP NOT NULL"))
			}
		}
	}
}

func (u *undoer) dropConstraint() {
	k := u.a.Constraint
	if k == nil {
		u.state, u.class, u.note = No, ddl.Unknown, "The definition of the constraint is in no input."
		return
	}
	u.class, u.note = ddl.Scan, "Rows that were written since may violate it. Then the validation fails."
	if k.Type == catalog.Unique || k.Type == catalog.PrimaryKey || k.Type == catalog.Exclusion {
		u.class, u.note = ddl.Build, "Fails if duplicates were written since."
	}
	u.restore(u.a.Table, *k)
	for _, o := range u.a.Takes {
		if o.Kind == "foreign key" {
			u.note += " CASCADE also removed " + o.Name + " of " + o.Table + ": add it again."
		}
	}
}

func (u *undoer) createIndex() {
	ix := u.a.Index
	if ix == nil || u.a.Table == nil {
		return
	}
	if u.a.Table.Kind == catalog.Partitioned {
		u.note = "Locks the partitioned table and its partitions for a moment. CONCURRENTLY is refused for its index."
		u.do("DROP INDEX " + u.on(ix))
		return
	}
	if is := u.relation(ix.OID); is != nil && is.Index != nil && is.Index.Constraint != "" {
		u.note = "The index goes with the constraint " + is.Index.Constraint + ", whose way back drops it."
		return
	}
	u.class = ddl.Waits
	u.concurrent(AnyTime, "Instant once the older transactions have ended, however long the build took.", "DROP INDEX CONCURRENTLY "+u.on(ix))
}

func (u *undoer) dropIndex() {
	ix := u.a.Index
	if ix == nil {
		ix = u.a.Table
	}
	if ix == nil {
		return
	}
	u.class = ddl.Build
	t := u.last(ix.On)
	if ix.Index == nil || t == nil || indexOf(ix, t) == "" {
		u.state, u.note = No, "The definition of the index is in no input. Take it with pg_get_indexdef before you drop it."
		return
	}
	u.note = "As long as the first build. Queries that need the index are slow until it is there."
	u.rebuild(t, ix)
}

func (u *undoer) rebuild(t, ix *catalog.Relation) {
	text := read(indexOf(ix, t))
	if text.text == "" {
		return
	}
	if t.Kind == catalog.Partitioned {
		u.do(text.text)
		return
	}
	u.build(AnyTime, t, ix.Name.Name, text.after(text.find(0, "index"), "CONCURRENTLY").text)
}

func (u *undoer) rename() {
	text := read(u.s.Text)
	to := text.find(0, "to")
	if to < 0 || u.a.To == "" {
		return
	}
	note := "The new code breaks."
	if !slices.Contains(codeNames, u.a.Target) {
		note = ""
	}
	u.note = note
	// RENAME [COLUMN] old TO new: the object's own name is old, or that of ALTER.
	name := 1
	for name < len(text.tokens) && slices.ContainsFunc([]string{"foreign", "materialized", "table", "view", "index", "sequence", "type", "schema", "domain", "function", "procedure", "trigger", "policy", "rule"}, func(k string) bool { return text.is(name, k) }) {
		name++
	}
	if text.is(name, "if", "exists") {
		name += 2
	}
	if text.is(name, "only") {
		name++
	}
	word := text.find(name, "rename")
	if word < 0 {
		return
	}
	new := text.span(to+1, len(text.tokens))
	if on := text.find(name, "on"); on > 0 && on < word { // ALTER TRIGGER old ON table RENAME TO new
		u.do(text.span(0, name) + " " + new + " " + text.span(on, word) + " RENAME TO " + text.span(name, on))
		return
	}
	if to == word+1 { // ALTER TABLE old RENAME TO new
		parts := strings.Split(text.span(name, word), ".")
		last := parts[len(parts)-1]
		target := strings.Join(append(slices.Clone(parts[:len(parts)-1]), new), ".")
		u.do(text.span(0, name) + " " + target + " RENAME TO " + last)
		return
	}
	old := text.tokens[to-1].Text
	u.do(text.span(0, to-1) + " " + new + " TO " + old)
}

func (u *undoer) setSchema() {
	t := u.a.Table
	if t == nil {
		u.byHand()
		return
	}
	home := t.Name.Schema
	if home == "" {
		home = "public"
	}
	u.note = "The new code breaks."
	u.do("ALTER " + kindWord(t) + " " + catalog.Name{Schema: u.a.To, Name: t.Name.Name}.String() + " SET SCHEMA " + q(home))
}

// kindWord returns the word of ALTER for a relation.
func kindWord(t *catalog.Relation) string {
	switch t.Kind {
	case catalog.View, catalog.MatView, catalog.Sequence, catalog.Foreign, catalog.IndexKind:
		return strings.ToUpper(t.Kind.String())
	}
	return "TABLE"
}

func (u *undoer) attach() {
	if u.a.Other == nil || u.a.Target == "index" {
		u.note = "An index that is attached to a partitioned index goes with it only."
		return
	}
	u.class = ddl.Waits
	if u.detachFrom(u.a.Table, u.a.Other); len(u.steps) == 0 {
		u.do(u.alter(u.a.Table, "DETACH PARTITION "+u.on(u.a.Other)))
	}
}

func (u *undoer) detach() {
	part := u.a.Other
	if part == nil || part.Bound.Text == "" {
		u.state, u.note = No, "The bound of the partition is in no input."
		return
	}
	u.class = ddl.Scan
	u.note = "Rows that were written to the table since may be outside of the bound. Then the validation fails."
	u.attachTo(u.a.Table, part, part.Bound.Text, part.Bound.Default, true, true)
	// What DETACH CONCURRENTLY leaves (DetachAddConstraintIfNeeded).
	middle := ""
	if keys := u.a.Table.Keys; len(keys) == 1 {
		middle = keys[0]
	}
	if left := madeName(part.Name.Name, middle, "check"); part.Constraint(left) == nil && (u.a.Concurrent || len(u.Safe(u.s)) > 0) {
		u.strong(AnyTime, "DETACH CONCURRENTLY left a CHECK, which says what the bound says.", u.alter(part, "DROP CONSTRAINT IF EXISTS "+q(left)))
	}
}

// gone is data that was deleted.
func (u *undoer) gone() {
	u.state, u.loses, u.class = DataLoss, true, ddl.Unknown
	name := "the table"
	if u.a.Table != nil {
		name = u.on(u.a.Table)
	}
	u.note = "The deleted rows of " + name + " come from a backup only."
}

func (u *undoer) write() {
	if u.a.Table != nil && !u.there() {
		return
	}
	switch u.s.Tree.Kind {
	case "DeleteStmt":
		u.gone()
	case "UpdateStmt", "MergeStmt":
		if u.fillsNew() {
			u.note, u.class = "Nothing to take back: the column is new, and it goes with its values.", ddl.Instant
			return
		}
		u.state, u.loses, u.class = DataLoss, true, ddl.RowWrites
		u.note = "The former values are overwritten. Keep a copy before you run it."
		if u.a.Table != nil {
			u.note = "The former values in " + u.on(u.a.Table) + " are overwritten. Keep a copy before you run it."
		}
	case "InsertStmt", "CopyStmt":
		u.class = ddl.RowWrites
		u.note = "Delete the inserted rows, if they can be told from others."
	}
}

// fillsNew reports whether an UPDATE writes only columns that this migration added.
func (u *undoer) fillsNew() bool {
	if u.a.Table == nil {
		return false
	}
	targets := u.s.Tree.List("targetList")
	for _, target := range targets {
		c := u.a.Table.Column(target.Get("name").String())
		if c == nil || c.Since == 0 {
			return false
		}
	}
	return len(targets) > 0
}

func (u *undoer) storage() {
	t := u.a.Table
	if t == nil {
		u.byHand()
		return
	}
	column := func(command string) string { return u.alter(t, "ALTER COLUMN "+q(u.a.Name)+" "+command) }
	switch {
	case u.a.Name == "logged":
		u.class, u.note = ddl.Rewrite, "Rewrites the table again, under the same lock."
		u.do(u.alter(t, "SET "+map[bool]string{true: "UNLOGGED", false: "LOGGED"}[u.a.To == "LOGGED"]))
	case u.a.Name == "storage parameters" && t.Kind == catalog.View:
		for _, o := range u.a.Node.Child("def").List("items") {
			name := o.Get("defname").String()
			if former, set := t.Options[name]; set {
				u.do("ALTER VIEW " + u.on(t) + " SET (" + name + " = " + former + ")")
			} else {
				u.do("ALTER VIEW " + u.on(t) + " RESET (" + name + ")")
			}
		}
	case u.a.Name == "inherit" && u.a.Other != nil:
		u.do(u.alter(t, "NO INHERIT "+u.on(u.a.Other)))
	case u.a.Name == "no inherit" && u.a.Other != nil:
		u.do(u.alter(t, "INHERIT "+u.on(u.a.Other)))
	case u.a.Node.Get("subtype").String() == "AT_SetIdentity" && t.Column(u.a.To) != nil && t.Column(u.a.To).Identity != "":
		u.do(u.alter(t, "ALTER COLUMN "+q(u.a.To)+" SET GENERATED "+t.Column(u.a.To).Identity))
	case u.a.Target == "column" && u.a.To == "identity":
		u.do(column("DROP IDENTITY"))
	case u.a.Target == "column" && u.a.To == "no identity" && u.a.Was != nil && u.a.Was.Identity != "":
		u.note = "The sequence begins again: set it with setval."
		u.do(column("ADD GENERATED " + u.a.Was.Identity + " AS IDENTITY"))
	case u.a.Target == "constraint" && u.a.Constraint != nil:
		former, definition := "NOT DEFERRABLE", define(*u.a.Constraint)
		if at := strings.Index(definition, " DEFERRABLE"); at >= 0 {
			former = definition[at+1:]
		}
		u.do(u.alter(t, "ALTER CONSTRAINT "+q(u.a.Constraint.Name)+" "+former))
	case u.a.Target == "column" && u.a.To == "no expression":
		u.state, u.note = No, "A generated column that became an ordinary one cannot be made generated again. Add a new one."
	default:
		u.byHand()
	}
}

// byHand is a setting whose former value is in no input.
func (u *undoer) byHand() {
	if text := read(u.s.Text); u.a.Target == "publication" && text.is(1, "publication") {
		for _, swap := range [][2]string{{"add", "DROP"}, {"drop", "ADD"}} {
			if i := text.find(3, swap[0]); i > 0 && text.is(i+1, "table") {
				u.do(text.span(0, i) + " " + swap[1] + " " + text.span(i+1, len(text.tokens)))
				return
			}
		}
	}
	switch {
	case u.a.Target == "policy" && u.formerPolicy():
	case u.a.To == "search_path" && (u.a.Target == "function" || u.a.Target == "procedure"):
		u.do("ALTER " + strings.ToUpper(u.a.Target) + " " + u.a.Name + " RESET search_path")
	default:
		u.note = "The former setting is in no input. Note it before you run this."
	}
}

// formerPolicy brings back the roles and conditions of a policy, and reports whether
// they are known.
func (u *undoer) formerPolicy() bool {
	if u.a.Table == nil {
		return false
	}
	for _, p := range u.a.Table.Policies {
		if p.Name != u.a.Name {
			continue
		}
		text := "ALTER POLICY " + q(p.Name) + " ON " + u.on(u.a.Table)
		if len(u.a.Node.List("roles")) > 0 {
			var roles []string
			for _, r := range p.Roles {
				if r != catalog.Public {
					r = q(r)
				}
				roles = append(roles, r)
			}
			text += " TO " + strings.Join(roles, ", ")
		}
		if p.Using.There() && u.a.Node.Child("qual").Kind != "" {
			text += " USING (" + p.Using.Text + ")"
		}
		if p.Check.There() && u.a.Node.Child("with_check").Kind != "" {
			text += " WITH CHECK (" + p.Check.Text + ")"
		}
		u.do(text)
		return true
	}
	return false
}

// unknown is code whose statements are not known.
func (u *undoer) unknown() {
	u.state, u.class = No, ddl.Unknown
	u.note = "What it changes is not known, so neither is the way back."
}

func (u *undoer) createTrigger() {
	u.do("DROP TRIGGER " + q(u.a.Name) + " ON " + u.on(u.a.Table))
}

func (u *undoer) createRule() {
	u.do("DROP RULE " + q(u.a.Name) + " ON " + u.on(u.a.Table))
}

func (u *undoer) createPolicy() {
	u.do("DROP POLICY " + q(u.a.Name) + " ON " + u.on(u.a.Table))
}

func (u *undoer) toggleTrigger() {
	name, word := u.a.Name, "ENABLE"
	if name != "ALL" && name != "USER" {
		name = q(name)
	}
	if u.a.To == "enabled" {
		word = "DISABLE"
	}
	u.note = "What was written in between has passed the trigger by."
	if word == "DISABLE" {
		u.note = ""
	}
	u.do(u.alter(u.a.Table, word+" TRIGGER "+name))
}

func (u *undoer) rowSecurity() {
	back := map[string]string{"ENABLE": "DISABLE", "DISABLE": "ENABLE", "FORCE": "NO FORCE", "NO FORCE": "FORCE"}[u.a.Name]
	u.do(u.alter(u.a.Table, back+" ROW LEVEL SECURITY"))
}

func (u *undoer) createView() {
	kind := strings.ToUpper(u.a.Target)
	if u.a.Exists && u.a.Table != nil && u.a.Table.Definition != "" {
		u.do("DROP "+kind+" "+u.a.Name, viewOf(u.a.Table))
		return
	}
	if u.a.Exists && read(u.s.Text).is(1, "or") {
		u.note = "If the view was there before, create the former one again instead."
	}
	u.do("DROP " + kind + " " + u.a.Name)
}

func (u *undoer) createType() {
	u.note = "Refused while a column uses it."
	u.do("DROP TYPE " + u.a.Name)
}

func (u *undoer) alterEnum() {
	if old := u.a.Node.Get("oldVal").String(); old != "" {
		u.note = "The new code breaks."
		u.do("ALTER TYPE " + u.a.Name + " RENAME VALUE " + lit(u.a.To) + " TO " + lit(old))
		return
	}
	u.state = No
	u.note = "A value cannot be removed from an enum. Leave it: nothing breaks while no row uses it."
}

func (u *undoer) alterDomain() {
	if u.a.To == "set not null" {
		nn := q(madeName(ident(u.domain()), "", "nn")) // of the safe sequence
		u.do("ALTER DOMAIN "+u.a.Name+" DROP NOT NULL", "ALTER DOMAIN "+u.a.Name+" DROP CONSTRAINT IF EXISTS "+nn)
		return
	}
	if u.a.To == "add constraint" && u.text.is(1, "constraint") {
		u.do("ALTER DOMAIN " + u.a.Name + " DROP CONSTRAINT " + u.text.tokens[2].Text)
		return
	}
	u.byHand()
}

func (u *undoer) createObject() {
	u.do("DROP " + strings.ToUpper(u.a.Target) + " " + u.a.Name)
}

func (u *undoer) createFunction() {
	if u.a.To != "" {
		former := read(u.a.To)
		if !former.is(1, "or") {
			former = former.after(0, "OR REPLACE")
		}
		u.do(former.text)
		return
	}
	if u.a.Exists {
		u.note = "If the function was there before, create the former one again instead."
	}
	u.do("DROP " + strings.ToUpper(u.a.Target) + " " + u.a.Name)
}

// dropObject brings an object back by the definition that the schema has of it.
func (u *undoer) dropObject() {
	text := u.a.To
	switch {
	case u.a.Type != nil:
		text = u.a.Type.Definition
	case u.a.Table != nil && u.a.Target == "trigger":
		for _, g := range u.a.Table.Triggers {
			if g.Name == u.a.Name {
				text = g.Definition
			}
		}
	case u.a.Table != nil && u.a.Target == "policy":
		for _, x := range u.a.Table.Policies {
			if x.Name == u.a.Name {
				text = x.Definition
			}
		}
	case u.a.Target == "schema":
		text = "CREATE SCHEMA " + q(u.a.Name)
	}
	if len(u.a.Takes) > 0 && (u.a.Target == "schema" || u.a.Cascade) {
		u.state, u.loses = DataLoss, true
		u.note = "What CASCADE removed besides does not come back with it: " + named(u.a.Takes) + "."
	}
	if text == "" {
		u.state, u.class = worse(u.state, No), ddl.Unknown
		u.note = strings.TrimSpace("The definition is in no input. Take it from a dump before you drop it. " + u.note)
		return
	}
	u.do(read(text).text)
	u.taken()
}

func named(list []ddl.Object) string {
	var names []string
	for _, o := range list {
		names = append(names, o.Kind+" "+o.Name)
	}
	return strings.Join(names, ", ")
}

// grant swaps GRANT ... TO and REVOKE ... FROM.
func (u *undoer) grant() {
	text := read(u.s.Text)
	verb, from, to := "REVOKE", "to", "FROM"
	if text.is(0, "revoke") {
		verb, from, to = "GRANT", "from", "TO"
	}
	at := text.find(0, from)
	if at < 2 || text.find(0, "with") > 0 || text.find(0, "option", "for") > 0 || text.find(0, "cascade") > 0 {
		u.byHand()
		return
	}
	u.do(verb + " " + text.span(1, at) + " " + to + " " + text.span(at+1, len(text.tokens)))
}
