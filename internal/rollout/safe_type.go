package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// retype is a change of a column's type.
type retype struct {
	table  *catalog.Relation
	was    catalog.Column
	is     catalog.Column
	typ    string // as written
	using  string // as written; the column's own name if there is no USING
	given  bool   // USING is given
	views  []*catalog.Relation
	sorted []*catalog.Relation // indexes that mention the column
}

// alterType writes the sequence of a change of type: by what the server would do.
func (w *writer) alterType() bool {
	t, was, is := w.a.Table, w.a.Was, w.a.Column
	if !w.there() || is == nil || w.text.text == "" {
		return false
	}
	r := retype{table: t, is: *is, using: q(is.Name)}
	if was != nil {
		r.was = *was
	} else {
		r.was = catalog.Column{Name: is.Name}
	}
	start := w.text.find(0, "type")
	if start < 0 {
		return false
	}
	end := len(w.text.tokens)
	if u := w.text.find(start, "using"); u > 0 {
		r.given, r.using, end = true, w.text.span(u+1, len(w.text.tokens)), u
	}
	r.typ = w.text.span(start+1, end)
	for _, oid := range t.Readers {
		if v := w.relation(oid); v != nil && reads(v, t.OID, is.Name) {
			r.views = append(r.views, v)
		}
	}
	for _, ix := range w.indexes(t) {
		if ix.Index.Mentions(is.Name) {
			r.sorted = append(r.sorted, ix)
		}
	}
	for _, c := range t.Columns {
		if c.Generated != "" && c.Default.Mentions(is.Name) {
			return false
		}
	}
	if !w.fitsKeys(r) {
		return false
	}
	refused := w.s.Effect.Refused != ""
	if t.Kind == catalog.Partitioned && (refused || w.a.Rewrites) && !w.partsCan(r) {
		return false
	}
	drops, _ := w.dependents(r)
	domain := w.domainOf(*is)
	zone := w.a.Zone
	if r.given { // USING says it
		zone = ""
	}
	switch {
	case domain != nil && (refused || r.given || domain.Base.String() != r.was.Type.String()):
		return false // a new column would be checked for each row as well
	case domain != nil:
		w.checkDomain(t, is.Name, domain)
		if domain.NotNull {
			w.notNull(w.deploy, t, is.Name, true)
		}
	case refused && (len(drops) == 0 || len(w.a.Takes) == 0 || len(w.s.Effect.Actions) > 1):
		return false
	case refused && !w.wouldRewrite(r):
		w.through(r)
	case w.shorter(r):
		w.limit(r)
	case w.a.FreeInUTC && w.a.Rewrites:
		w.rebuilt(r, r.sorted, w.retyped(r, After, "UTC", "Only if the stored values are in UTC: then no row is written. Otherwise expand and contract.", "ALTER COLUMN "+q(is.Name)+" TYPE "+r.typ))
	case refused || w.a.Rewrites:
		w.expand(r)
	case len(w.s.Effect.Rebuilds) > 0:
		w.rebuilt(r, w.s.Effect.Rebuilds, w.retyped(r, w.deploy, zone, "Instant without the index: no row is written.", w.text.text))
	case w.a.Reads && len(r.checks()) > 0:
		w.rebuilt(r, nil, w.retyped(r, w.deploy, zone, "No row is read: the CHECK comes back in the same transaction, unproven.", w.text.text))
	default:
		return false
	}
	return true
}

// partsCan reports whether a column of a partitioned table can be expanded: keys and
// foreign keys over it cannot be built partition by partition and then swapped.
func (w *writer) partsCan(r retype) bool {
	for _, k := range r.table.Constraints {
		if k.Type != catalog.Check && k.Type != catalog.NotNull && k.Mentions(r.is.Name) {
			return false
		}
	}
	return len(w.referrers(r.table, r.is.Name)) == 0 && !slices.Contains(r.table.Keys, r.is.Name)
}

// families are the types whose values a foreign key compares with each other.
var families = [][]string{{"smallint", "integer", "bigint", "numeric"}, {"text", "character varying", "character"}}

// fitsKeys reports whether the foreign keys over the column accept the new type.
func (w *writer) fitsKeys(r retype) bool {
	fits := func(other *catalog.Relation, column string) bool {
		var c *catalog.Column
		if other != nil {
			c = other.Column(column)
		}
		return c == nil || c.Type.Name == r.is.Type.Name || slices.ContainsFunc(families, func(f []string) bool {
			return slices.Contains(f, c.Type.Name) && slices.Contains(f, r.is.Type.Name)
		})
	}
	for _, k := range r.table.Constraints {
		at := slices.Index(k.Columns, r.is.Name)
		if k.Type == catalog.ForeignKey && at >= 0 && at < len(k.RefColumns) && !fits(w.last(k.Ref), k.RefColumns[at]) {
			return false
		}
	}
	for _, f := range w.referrers(r.table, r.is.Name) {
		if at := slices.Index(f.key.RefColumns, r.is.Name); at >= 0 && at < len(f.key.Columns) && !fits(f.table, f.key.Columns[at]) {
			return false
		}
	}
	return true
}

// reads reports whether a view reads a column.
func reads(v *catalog.Relation, table catalog.OID, column string) bool {
	return slices.ContainsFunc(v.Reads, func(r catalog.Read) bool {
		return r.OID == table && (len(r.Columns) == 0 || slices.Contains(r.Columns, column))
	})
}

var texts = []string{"character varying", "text"}

// wouldRewrite reports whether a change that a view stops rewrites the table once
// the view is gone: all but the ones that keep each value.
func (w *writer) wouldRewrite(r retype) bool {
	from, to := r.was.Type, r.is.Type
	if r.given && ident(r.using) != r.is.Name || from.Array || to.Array {
		return true
	}
	switch {
	case slices.Contains(texts, from.Name) && slices.Contains(texts, to.Name):
		return len(to.Mods) > 0 && (len(from.Mods) == 0 || to.Mods[0] < from.Mods[0])
	case from.Name == "numeric" && to.Name == "numeric":
		return len(to.Mods) > 0 && (len(from.Mods) < 2 || len(to.Mods) < 2 || from.Mods[1] != to.Mods[1] || to.Mods[0] < from.Mods[0])
	}
	return true
}

// through changes the type under what depends on the column, which is dropped and
// made again in the same transaction.
func (w *writer) through(r retype) {
	drops, again := w.dependents(r)
	list := append(append(drops, w.alter(r.table, w.text.text)), again...)
	w.strong(w.deploy, "What depends on the column is dropped and made again in one transaction: nobody sees it missing. If it is a view, grant its privileges again.", list...)
}

// dependents returns the statements that drop the views, policies and triggers on a
// column, and those that make them again.
func (w *writer) dependents(r retype) (drops, again []string) {
	t, a := r.table, r.is.Name
	for _, v := range r.views {
		drops = append(drops, "DROP "+strings.ToUpper(v.Kind.String())+" "+w.on(v))
	}
	add := func(kind, name, definition string) {
		if definition != "" {
			drops = append(drops, "DROP "+kind+" "+q(name)+" ON "+w.on(t))
			again = append(again, read(definition).text)
		}
	}
	for _, x := range t.Policies {
		if x.Using.Mentions(a) || x.Check.Mentions(a) {
			add("POLICY", x.Name, x.Definition)
		}
	}
	for _, g := range t.Triggers {
		if slices.Contains(g.Columns, a) || g.When.Mentions(a) {
			add("TRIGGER", g.Name, g.Definition)
		}
	}
	for _, v := range r.views {
		if text := viewOf(v); text != "" {
			again = append(again, text)
		}
	}
	return drops, again
}

// shorter reports whether the change only limits the length of a text.
func (w *writer) shorter(r retype) bool {
	return !r.given && slices.Contains(texts, r.was.Type.Name) && r.is.Type.Name == "character varying" && len(r.is.Type.Mods) == 1 && !r.is.Type.Array && !r.was.Type.Array &&
		(len(r.was.Type.Mods) == 0 || r.is.Type.Mods[0] < r.was.Type.Mods[0])
}

// lengthCheck returns the name of the CHECK that does what a shorter type would.
func lengthCheck(r retype) string { return madeName(r.table.Name.Name, r.is.Name, "length") }

// limit keeps the type and limits the length by a CHECK.
func (w *writer) limit(r retype) {
	n := r.is.Type.Mods[0]
	w.enforce(w.deploy, r.table, lengthCheck(r), fmt.Sprintf("CHECK (length(%s) <= %d)", q(r.is.Name), n))
	w.steps[len(w.steps)-1].Why = "Leave the type alone: the CHECK does what the shorter type would. " + whyValidate
}

// retyped is the step that changes a type so that the rows are kept. zone is the time zone
// in which timestamps are converted; empty: it does not matter. CHECKs on the column are
// dropped and added unproven: the server would read all rows.
func (w *writer) retyped(r retype, d Deploy, zone, why, change string) Step {
	step := Step{Wait: Short, Tx: Own, Deploy: d, Why: why}
	if zone != "" {
		step.Statements = []string{inZone(zone)}
		if ddl.SameInUTC(r.is.Type, r.was.Type) {
			step.Back = []string{inZone(zone), w.alter(r.table, "ALTER COLUMN "+q(r.is.Name)+" TYPE "+r.was.Type.String())}
		}
	}
	var again []string
	for _, k := range r.checks() {
		step.Statements = append(step.Statements, w.alter(r.table, "DROP CONSTRAINT "+q(k.Name)))
		again = append(again, w.alter(r.table, "ADD CONSTRAINT "+q(k.Name)+" "+define(k)+" NOT VALID"))
	}
	step.Statements = append(append(step.Statements, w.alter(r.table, change)), again...)
	return step
}

// checks returns the proven CHECKs of the table that mention the column.
func (r retype) checks() []catalog.Constraint {
	return slices.DeleteFunc(slices.Clone(r.table.Constraints), func(k catalog.Constraint) bool {
		return k.Type != catalog.Check || !k.Valid || !k.Mentions(r.is.Name) || define(k) == ""
	})
}

// rebuilt adds a step that changes a type. The indexes that the server would build again
// under its lock are dropped before and built after it; then the CHECKs are proven.
func (w *writer) rebuilt(r retype, again []*catalog.Relation, step Step) {
	if i := slices.IndexFunc(again, func(ix *catalog.Relation) bool {
		return ix.Index == nil || ix.Index.Constraint != "" || indexOf(ix, r.table) == ""
	}); i >= 0 {
		step.Why += " The index " + again[i].Name.Name + " belongs to a constraint and is built again under the lock: run it in a quiet hour, or expand and contract."
		again = nil
	}
	for _, ix := range again {
		w.concurrent(step.Deploy, "In a quiet hour: until the new one is built, no query can use the index.", "DROP INDEX CONCURRENTLY "+w.on(ix))
	}
	w.step(step)
	for _, ix := range again {
		text := read(indexOf(ix, r.table))
		w.build(step.Deploy, r.table, ix.Name.Name, text.after(text.find(0, "index"), "CONCURRENTLY").text)
	}
	for _, k := range r.checks() {
		w.quiet(step.Deploy, whyValidate, w.alter(r.table, "VALIDATE CONSTRAINT "+q(k.Name)))
	}
}

// inZone sets the time zone in which a transaction converts timestamps.
func inZone(zone string) string { return "SET LOCAL timezone = " + lit(zone) }

// rounds are the types that round a value to their modifiers when it is stored.
var rounds = map[string]bool{
	"numeric": true, "interval": true, "timestamp without time zone": true, "timestamp with time zone": true, "time without time zone": true, "time with time zone": true,
}

// expand writes a change of type by expand and contract: a new column beside the
// old one, kept in step by a trigger, filled in batches, and swapped in by name.
func (w *writer) expand(r retype) {
	t, a := r.table, r.is.Name
	fresh, old := free(t, a+"_new"), free(t, a+"_old")
	typ := r.typ
	if i := read(typ).find(0, "collate"); i > 0 {
		typ = read(typ).text
	}
	cast := "::" + read(typ).text
	value, copied := r.using, "Copies the values of existing rows."
	switch {
	case r.given:
	case ddl.Zoned(r.was.Type, r.is.Type): // with a cast, each session reads them in its own
		value = q(a) + " AT TIME ZONE " + lit(cmp.Or(w.a.Zone, "UTC"))
		if w.a.Zone == "" {
			copied += " Only if they are in UTC: otherwise write their time zone here and in the trigger."
		}
	default:
		value = q(a) + cast
	}
	stored := value
	if len(r.is.Type.Mods) > 0 && rounds[r.is.Type.Name] && !strings.HasSuffix(value, cast) {
		stored = "(" + value + ")" + cast
	}
	texts := actionTexts(w.s)
	for i, other := range w.s.Effect.Actions {
		if w.isDefault(other, ddl.DropDefault, a) {
			w.kept = slices.DeleteFunc(w.kept, func(k words) bool { return k.text == texts[i].text })
		}
	}
	w.strong(Before, "Expand. Instant: without a default, no row is written.", w.alter(t, "ADD COLUMN "+q(fresh)+" "+typ))
	sync := w.trigger(Before, t, fresh, "NEW."+q(fresh)+" := "+w.ofNew(t, value, a)+";", "Keeps the new column in step with the old one.")
	w.backfill(Before, fillOf{table: t, column: fresh, set: q(fresh) + " = " + value, todo: q(fresh) + " IS DISTINCT FROM (" + stored + ")", why: copied})
	if r.was.NotNull || w.inPrimaryKey(t, a) {
		w.notNull(Before, t, fresh, true)
	}
	// A default that is dropped for the change, and set after it, is the new column's.
	if k := slices.IndexFunc(w.s.Effect.Actions, func(other ddl.Action) bool { return w.isDefault(other, ddl.SetDefault, a) }); k >= 0 {
		w.defaulted, r.was.Default = a, w.s.Effect.Actions[k].Column.Default
	}
	swap := w.swapped(r, fresh, old)
	swap = append([]string{
		"DROP TRIGGER " + q(sync) + " ON " + w.on(t), "DROP FUNCTION " + w.beside(t, sync) + "()",
	}, swap...)
	if t.Kind == catalog.Partitioned {
		// Readers lock the table before its partitions, DROP INDEX does not.
		swap = append([]string{"LOCK TABLE " + w.on(t) + " IN ACCESS EXCLUSIVE MODE"}, swap...)
	}
	w.strong(After, "The swap, after the deploy of code that reads both types. Catalog changes only. Sessions with a cached plan or a prepared SELECT * fail once.", swap...)
	for _, f := range w.referrers(t, a) {
		w.quiet(After, whyValidate, w.alter(f.table, "VALIDATE CONSTRAINT "+q(f.key.Name)))
	}
	w.strong(After, "Contract, a release later. Until then the old values are the way back.", w.alter(t, "DROP COLUMN "+q(old)))
}

// isDefault reports whether a command of the statement sets or drops the default of a
// column of the present table.
func (w *writer) isDefault(other ddl.Action, verb ddl.Verb, column string) bool {
	return other.Verb == verb && other.Table != nil && other.Table.OID == w.a.Table.OID && other.Column != nil && other.Column.Name == column
}

// setDefault leaves out a default that the swap of the column has set.
func (w *writer) setDefault() bool {
	return w.defaulted != "" && w.a.Column != nil && w.a.Column.Name == w.defaulted
}

func free(t *catalog.Relation, name string) string {
	for t.Column(name) != nil {
		name += "_"
	}
	return cut(name)
}

func (w *writer) inPrimaryKey(t *catalog.Relation, column string) bool {
	return !w.inNoPrimaryKey(t, column)
}

// referrer is a foreign key of another table to a column.
type referrer struct {
	table *catalog.Relation
	key   catalog.Constraint
}

// referrers returns the foreign keys that point at a column.
func (w *writer) referrers(t *catalog.Relation, column string) []referrer {
	var list []referrer
	for _, oid := range append([]catalog.OID{t.OID}, t.Referrers...) {
		other := w.relation(oid)
		if other == nil {
			continue
		}
		for _, k := range other.Constraints {
			if k.Type != catalog.ForeignKey || k.Ref != t.OID {
				continue
			}
			if slices.Contains(k.RefColumns, column) || len(k.RefColumns) == 0 && w.inPrimaryKey(t, column) {
				list = append(list, referrer{other, k})
			}
		}
	}
	return list
}

// swapped builds the indexes and constraints of the new column beside the traffic,
// and returns the statements of the short transaction that gives it the old name.
func (w *writer) swapped(r retype, fresh, old string) []string {
	t, a := r.table, r.is.Name
	rename := func(n string) string {
		if n == a {
			return fresh
		}
		return n
	}
	var swap, after []string
	for _, f := range w.referrers(t, a) {
		swap = append(swap, w.alter(f.table, "DROP CONSTRAINT "+q(f.key.Name)))
		after = append(after, w.alter(f.table, "ADD CONSTRAINT "+q(f.key.Name)+" "+define(f.key)+" NOT VALID"))
	}
	drops, again := w.dependents(r)
	swap = append(swap, drops...)
	for _, ix := range r.sorted {
		twin := w.free(t.Name, cut(ix.Name.Name+"_new"))
		unique := ""
		if ix.Index.Unique {
			unique = "UNIQUE "
		}
		if t.Kind == catalog.Partitioned {
			list := slices.Clone(ix.Index.Columns())
			for i := range list {
				list[i] = rename(list[i])
			}
			w.deploy = Before
			made := w.byPartition(t, twin, unique, list, keysOf(ix.Index, rename))
			swap = append(swap, "DROP INDEX "+w.on(ix))
			after = append(after, "ALTER INDEX "+w.beside(t, twin)+" RENAME TO "+q(ix.Name.Name))
			after = append(after, w.formerNames(t, ix, made)...)
			continue
		}
		w.build(Before, t, twin, "CREATE "+unique+"INDEX CONCURRENTLY "+q(twin)+" ON "+w.on(t)+" "+keysOf(ix.Index, rename))
		if k := t.Constraint(ix.Index.Constraint); k != nil && ix.Index.Constraint != "" {
			word := "UNIQUE"
			if k.Type == catalog.PrimaryKey {
				word = "PRIMARY KEY"
			}
			swap = append(swap, w.alter(t, "DROP CONSTRAINT "+q(k.Name)))
			after = append(after, w.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+word+" USING INDEX "+q(twin)))
			continue
		}
		swap = append(swap, "DROP INDEX "+w.on(ix))
		after = append(after, "ALTER INDEX "+w.beside(t, twin)+" RENAME TO "+q(ix.Name.Name))
	}
	for _, k := range t.Constraints {
		if !k.Mentions(a) || k.Type == catalog.Check && k.Inherited {
			continue
		}
		switch k.Type {
		case catalog.Check, catalog.ForeignKey:
			twin := k
			twin.Name, twin.Expr.Text = cut(k.Name+"_new"), renamedIn(k.Expr.Text, a, fresh)
			twin.Columns = slices.Clone(k.Columns)
			for i, c := range twin.Columns {
				twin.Columns[i] = rename(c)
			}
			w.enforce(Before, t, twin.Name, define(twin))
			swap = append(swap, w.alter(t, "DROP CONSTRAINT "+q(k.Name)))
			after = append(after, w.alter(t, "RENAME CONSTRAINT "+q(twin.Name)+" TO "+q(k.Name)))
		}
	}
	sequence := w.relation(r.was.Sequence)
	if r.was.NotNull && w.inNoPrimaryKey(t, a) {
		swap = append(swap, w.alter(t, "ALTER COLUMN "+q(a)+" DROP NOT NULL"))
	}
	switch {
	case r.was.Identity != "":
		after = append(after,
			w.alter(t, "ALTER COLUMN "+q(a)+" ADD GENERATED "+r.was.Identity+" AS IDENTITY"),
			"SELECT setval(pg_get_serial_sequence("+lit(w.on(t))+", "+lit(a)+"), (SELECT coalesce(max("+q(a)+"), 1) FROM "+w.on(t)+"))")
		swap = append(swap, w.alter(t, "ALTER COLUMN "+q(a)+" DROP IDENTITY"))
	case r.was.Default.There():
		after = append(after, w.alter(t, "ALTER COLUMN "+q(a)+" SET DEFAULT "+r.was.Default.Text))
		swap = append(swap, w.alter(t, "ALTER COLUMN "+q(a)+" DROP DEFAULT"))
		if sequence != nil {
			after = append(after, "ALTER SEQUENCE "+w.on(sequence)+" OWNED BY "+w.on(t)+"."+q(a))
			if r.is.Type.Name == "bigint" {
				after = append(after, "ALTER SEQUENCE "+w.on(sequence)+" AS bigint")
			}
		}
	}
	swap = append(swap, w.alter(t, "RENAME COLUMN "+q(a)+" TO "+q(old)), w.alter(t, "RENAME COLUMN "+q(fresh)+" TO "+q(a)))
	// The primary key's column cannot be nullable while it is the key, so this is
	// after the key moved.
	if w.inPrimaryKey(t, a) {
		after = append(after, w.alter(t, "ALTER COLUMN "+q(old)+" DROP NOT NULL"))
	}
	list := append(swap, keysFirst(after)...)
	if (r.was.NotNull || w.inPrimaryKey(t, a)) && w.Server.Has(pgversion.NotNullConstraint) {
		list = append(list, w.alter(t, "RENAME CONSTRAINT "+q(madeName(t.Name.Name, fresh, "not_null"))+" TO "+q(notNullName(t, a))))
	}
	return append(list, again...)
}

// formerNames gives the indexes of partitions the names of those that they replace.
func (w *writer) formerNames(t, parent *catalog.Relation, made map[catalog.OID]string) []string {
	var list []string
	for _, part := range w.partitions(t) {
		for _, ix := range w.indexes(part) {
			if ix.Index.Parent != parent.OID || made[part.OID] == "" {
				continue
			}
			list = append(list, "ALTER INDEX "+w.beside(part, made[part.OID])+" RENAME TO "+q(ix.Name.Name))
			list = append(list, w.formerNames(part, ix, made)...)
		}
	}
	return list
}

// notNullName returns the name of a column's NOT NULL constraint, from 18 on.
func notNullName(t *catalog.Relation, column string) string {
	for _, k := range t.Constraints {
		if k.Type == catalog.NotNull && slices.Equal(k.Columns, []string{column}) {
			return k.Name
		}
	}
	return madeName(t.Name.Name, column, "not_null")
}

// keysFirst orders the statements after the swap: a foreign key needs the key that
// it points at.
func keysFirst(list []string) []string {
	slices.SortStableFunc(list, func(a, b string) int {
		return rank(a) - rank(b)
	})
	return list
}

func rank(s string) int {
	switch {
	case strings.Contains(s, " USING INDEX "):
		return 0
	case strings.Contains(s, " NOT VALID"):
		return 2
	}
	return 1
}
