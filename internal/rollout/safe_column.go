package rollout

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// inline is what an ADD COLUMN has besides the name and the type.
type inline struct {
	name, typ   string // as written
	collate     string
	def         string // DEFAULT ...
	notNull     bool
	identity    string // GENERATED ... AS IDENTITY ...
	generated   string
	constraints []clause // CHECK, UNIQUE, PRIMARY KEY, REFERENCES
}

func inlineOf(command words) (inline, bool) {
	i := 1 // ADD
	if command.is(i, "column") {
		i++
	}
	if command.is(i, "if", "not", "exists") {
		i += 3
	}
	if !command.is(0, "add") || len(command.tokens) < i+2 {
		return inline{}, false
	}
	var d inline
	var clauses []clause
	d.name, d.typ, clauses = columnClauses(read(command.span(i, len(command.tokens))))
	for _, c := range clauses {
		switch c.kind {
		case "collate":
			d.collate = " " + c.text
		case "default":
			d.def = c.text
		case "not null":
			d.notNull = true
		case "identity":
			d.identity, d.notNull = c.text, true
		case "generated":
			d.generated = c.text
		case "check", "unique", "primary", "references":
			d.constraints = append(d.constraints, c)
			d.notNull = d.notNull || c.kind == "primary"
		}
	}
	return d, true
}

func (w *writer) addColumn() bool {
	t, c := w.a.Table, w.a.Column
	if c == nil || !w.there() || w.a.Nothing {
		return false
	}
	if w.again(w.s, w.a) != nil {
		return true // the steps of the drop keep the column
	}
	d, ok := inlineOf(w.text)
	if !ok {
		return false
	}
	if c.Generated == "VIRTUAL" || !w.a.Rewrites && len(d.constraints) == 0 && !(d.notNull && d.def == "") {
		return false
	}
	col := q(c.Name)
	add := func(rest string) string { return w.alter(t, "ADD COLUMN "+d.name+" "+d.typ+d.collate+rest) }
	if c.Generated != "" {
		return w.addGenerated(t, *c, add)
	}
	filled := false // NOT NULL is proven by the default
	switch domain := w.domainOf(*c); {
	case c.Type.Serial || c.Identity != "":
		w.addSequence(t, *c, d)
		d.notNull = false
	case w.a.Rewrites && domain != nil:
		w.strong(w.deploy, "With the domain's base type: a domain with a constraint is checked for each row under the lock.",
			w.alter(t, "ADD COLUMN "+d.name+" "+domain.Base.String()+spaced(d.def)))
		w.checkDomain(t, c.Name, domain)
		filled = d.def != ""
		d.notNull = d.notNull || domain.NotNull
	case w.a.Rewrites:
		w.strong(w.deploy, "Instant: without a default, no row is written.", add(""))
		w.strong(w.deploy, "New rows have the default from now on.", w.alter(t, "ALTER COLUMN "+col+" SET "+d.def))
		w.backfill(w.deploy, fillOf{table: t, column: c.Name, set: col + " = DEFAULT", todo: col + " IS NULL", why: "One value for each existing row."})
	case d.notNull && d.def == "":
		w.strong(w.deploy, "Nullable first: NOT NULL without a default fails on a table that has rows.", add(""))
		w.backfill(After, fillOf{table: t, column: c.Name, set: col + " = NULL", todo: col + " IS NULL",
			why: "Once all running code writes the column. NULL in SET " + col + " = NULL is to be replaced by the value for existing rows."})
	default:
		rest := spaced(d.def)
		if d.notNull {
			rest += " NOT NULL"
		}
		w.strong(w.deploy, "Instant: the default is stored in the catalog, no row is written.", add(rest))
		filled = true
	}
	if d.notNull && !filled {
		w.notNull(After, t, c.Name, true)
	}
	w.inlineConstraints(t, *c, d)
	return true
}

func spaced(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

// inlineConstraints adds the constraints that stand beside a column's type.
func (w *writer) inlineConstraints(t *catalog.Relation, c catalog.Column, d inline) {
	suffix := map[string]string{"check": "check", "unique": "key", "primary": "pkey", "references": "fkey"}
	types := map[string]byte{"check": catalog.Check, "unique": catalog.Unique, "primary": catalog.PrimaryKey, "references": catalog.ForeignKey}
	for _, x := range d.constraints {
		k := catalog.Constraint{Name: ident(x.name), Type: types[x.kind], Columns: []string{c.Name}, Valid: true, Deferrable: read(x.text).find(1, "deferrable") > 0 && read(x.text).find(0, "not", "deferrable") < 0}
		if x.name == "" {
			middle := c.Name
			if x.kind == "primary" {
				middle = ""
			}
			k.Name = madeName(t.Name.Name, middle, suffix[x.kind])
		}
		definition := x.text
		after := *t
		after.Columns = append(slices.Clone(t.Columns), catalog.Column{Name: c.Name, Type: c.Type, NotNull: d.notNull || c.Identity != ""})
		switch x.kind {
		case "references":
			definition = "FOREIGN KEY (" + q(c.Name) + ") " + x.text
		case "unique":
			k.NullsEqual = read(x.text).find(0, "nulls", "not", "distinct") > 0
			definition = "UNIQUE (" + q(c.Name) + ")" + read(x.text).span(afterKey(read(x.text)), 1<<30)
		case "primary":
			definition = "PRIMARY KEY (" + q(c.Name) + ")"
			after.Columns[len(after.Columns)-1].NotNull = true
		}
		w.constraint(&after, k, read("ADD CONSTRAINT "+q(k.Name)+" "+definition))
	}
}

// afterKey returns the position after UNIQUE [NULLS [NOT] DISTINCT].
func afterKey(x words) int {
	if i := x.find(0, "distinct"); i > 0 {
		return i + 1
	}
	return 1
}

// domainOf returns the domain with a constraint that is a column's type; nil if it
// is none.
func (w *writer) domainOf(c catalog.Column) *catalog.Type {
	if w.Catalog == nil || c.Type.Array {
		return nil
	}
	if t := w.Catalog.Type(catalog.Name{Schema: c.Type.Schema, Name: c.Type.Name}); t != nil && t.Constrained() {
		return t
	}
	return nil
}

// checkDomain adds the CHECKs of a domain to a column of its base type.
func (w *writer) checkDomain(t *catalog.Relation, column string, domain *catalog.Type) {
	taken := map[string]bool{}
	for _, k := range domain.Checks {
		name := madeName(t.Name.Name, column, "check")
		for i := 1; taken[name] || t.Constraint(name) != nil; i++ {
			name = madeName(t.Name.Name, column, "check"+strconv.Itoa(i))
		}
		taken[name] = true
		w.enforce(w.deploy, t, name, "CHECK ("+replaced(k.Expr.Text, func(n string) (string, bool) { return q(column), n == "value" })+")")
	}
}

// addSequence adds a column that is numbered by a sequence: serial or identity.
func (w *writer) addSequence(t *catalog.Relation, c catalog.Column, d inline) {
	col := q(c.Name)
	name := w.free(t.Name, madeName(t.Name.Name, c.Name, "seq"))
	if c.Identity != "" {
		name = w.free(t.Name, madeName(t.Name.Name, c.Name, "fill"))
	}
	seq := w.beside(t, name)
	w.plain(w.deploy, "", "CREATE SEQUENCE "+seq+" AS "+c.Type.Name)
	w.strong(w.deploy, "Instant: without a default, no row is written.", w.alter(t, "ADD COLUMN "+d.name+" "+c.Type.String()))
	w.strong(w.deploy, "New rows are numbered from now on.", w.alter(t, "ALTER COLUMN "+col+" SET DEFAULT nextval("+lit(seq)+"::regclass)"))
	if c.Identity == "" {
		w.strong(w.deploy, "The sequence goes with the column when it is dropped.", "ALTER SEQUENCE "+seq+" OWNED BY "+w.on(t)+"."+col)
	}
	w.backfill(w.deploy, fillOf{table: t, column: c.Name, set: col + " = DEFAULT", todo: col + " IS NULL", why: "Numbers the existing rows."})
	w.notNull(w.deploy, t, c.Name, true)
	if c.Identity != "" {
		w.strong(w.deploy, "Instant. Then the identity's own sequence goes on where the other one ended.",
			w.alter(t, "ALTER COLUMN "+col+" DROP DEFAULT, ALTER COLUMN "+col+" ADD "+d.identity),
			"SELECT setval(pg_get_serial_sequence("+lit(w.on(t))+", "+lit(c.Name)+"), nextval("+lit(seq)+"))",
			"DROP SEQUENCE "+seq)
	}
}

// addGenerated adds a generated column without a rewrite: a virtual one from 18 on,
// otherwise a column that a trigger fills.
func (w *writer) addGenerated(t *catalog.Relation, c catalog.Column, add func(string) string) bool {
	if w.Server.Has(pgversion.VirtualColumns) {
		w.strong(w.deploy, "Instant: a virtual column is computed when it is read. It cannot be indexed and cannot use functions or types of your own. If it has to, use a column and a trigger.",
			add(" GENERATED ALWAYS AS ("+c.Default.Text+") VIRTUAL"))
		return true
	}
	col := q(c.Name)
	w.strong(w.deploy, "An ordinary column: no row is written.", add(""))
	w.trigger(w.deploy, t, c.Name, "NEW."+col+" := "+w.ofNew(t, c.Default.Text)+";", "Computes the column for new and changed rows.")
	w.backfill(w.deploy, fillOf{table: t, column: c.Name, set: col + " = " + c.Default.Text, todo: col + " IS DISTINCT FROM (" + c.Default.Text + ")", why: "Computes the column for existing rows."})
	if c.NotNull {
		w.notNull(w.deploy, t, c.Name, true)
	}
	return true
}

// ofNew returns an expression over the row that a trigger has in its hands.
func (w *writer) ofNew(t *catalog.Relation, expr string, columns ...string) string {
	return replaced(expr, func(n string) (string, bool) {
		return "NEW." + q(n), t.Column(n) != nil || slices.Contains(columns, n)
	})
}

// trigger adds a trigger that fills a column when a row is written.
func (w *writer) trigger(d Deploy, t *catalog.Relation, column, assign, why string) string {
	name := madeName(t.Name.Name, column, "sync")
	w.strong(d, "SHARE ROW EXCLUSIVE for a moment. "+why,
		"CREATE FUNCTION "+w.beside(t, name)+"() RETURNS trigger LANGUAGE plpgsql AS "+body("\nBEGIN\n  "+assign+"\n  RETURN NEW;\nEND\n"),
		"CREATE TRIGGER "+q(name)+" BEFORE INSERT OR UPDATE ON "+w.on(t)+" FOR EACH ROW EXECUTE FUNCTION "+w.beside(t, name)+"()")
	return name
}

func (w *writer) dropColumn() bool {
	t, c := w.a.Table, w.a.Was
	if !w.there() {
		return false
	}
	if c == nil {
		c = w.a.Column
	}
	name := w.a.Name
	if add := w.again(w.s, w.a); add != nil && c != nil && add.Column != nil && w.stay(*c, add) {
		return true
	}
	if c != nil && c.NotNull && !c.Default.There() && c.Identity == "" && w.inNoPrimaryKey(t, name) {
		w.strong(Before, "So that code which no longer names the column can insert.", w.alter(t, "ALTER COLUMN "+q(name)+" DROP NOT NULL"))
	}
	why := "In the release after the one whose code no longer reads or writes the column. Instant; the space comes back with later updates."
	command := "DROP COLUMN " + q(name)
	if w.text.text != "" {
		command = w.text.text
	}
	if unique := uniques(w.a.Takes); unique != "" {
		why += " It also removes " + unique + ": duplicates become possible."
	}
	w.strong(After, why, w.alter(t, command))
	return true
}

// stay writes the steps that change a column which the file drops and adds again:
// its values stay.
func (w *writer) stay(was catalog.Column, add *ddl.Action) bool {
	t, is := w.a.Table, *add.Column
	if is.Generated != "" || is.Identity != "" || is.Type.Serial || was.Generated != "" || is.Since == 0 {
		return false
	}
	const why = "Keeps the values: dropped and added again, every row would have the default."
	col := q(is.Name)
	if was.Type.String() != is.Type.String() {
		typ := is.Type.String()
		steps := &writer{Plan: w.Plan, s: w.s, a: w.a, deploy: Before}
		r := retype{table: t, was: was, is: is, using: col, typ: typ}
		for _, ix := range w.indexes(t) {
			if ix.Index.Mentions(is.Name) {
				r.sorted = append(r.sorted, ix)
			}
		}
		switch {
		case !w.wouldRewrite(r):
			steps.strong(Before, why+" Instant: each value fits the new type.", w.alter(t, "ALTER COLUMN "+col+" TYPE "+typ))
		case w.shorter(r):
			steps.limit(r)
		default:
			steps.expand(r)
		}
		for _, s := range steps.steps {
			w.step(s)
		}
	}
	if is.Default.There() && is.Default.Text != was.Default.Text {
		w.strong(Before, why, w.alter(t, "ALTER COLUMN "+col+" SET DEFAULT "+is.Default.Text))
	}
	if is.NotNull && !was.NotNull {
		if is.Default.There() {
			w.backfill(After, fillOf{table: t, column: is.Name, set: col + " = DEFAULT", todo: col + " IS NULL", why: "Gives the default to rows without a value. " + why})
		}
		w.notNull(After, t, is.Name, true)
	}
	return true
}

// inNoPrimaryKey reports whether a column is not part of the primary key, of which
// NOT NULL cannot be dropped.
func (w *writer) inNoPrimaryKey(t *catalog.Relation, column string) bool {
	pk := t.PrimaryKey()
	return pk == nil || !slices.Contains(pk.Columns, column)
}

// uniques names what a drop takes along and kept duplicates out.
func uniques(list []ddl.Object) string {
	var names []string
	for _, o := range list {
		if o.Unique {
			names = append(names, o.Kind+" "+o.Name)
		}
	}
	return strings.Join(names, ", ")
}

// dropDefault moves the drop of a default behind the deploy of the code that names
// the column: until then inserts rely on it.
func (w *writer) dropDefault() bool {
	c := w.a.Was
	retyped := c != nil && slices.ContainsFunc(w.s.Effect.Actions, func(a ddl.Action) bool {
		return a.Verb == ddl.AlterType && a.Column != nil && a.Column.Name == c.Name
	})
	if c == nil || c.Since == 0 || retyped || !w.there() {
		return false
	}
	w.strong(After, "Only after the deploy of the code that names the column: until then the inserts of running code rely on the default.",
		w.alter(w.a.Table, "ALTER COLUMN "+q(c.Name)+" DROP DEFAULT"))
	return true
}
