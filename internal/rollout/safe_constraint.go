package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

const (
	whyNotValid = "Checks new and changed rows from now on. The lock is held for a moment, because existing rows are not read."
	whyValidate = "SHARE UPDATE EXCLUSIVE: reads the table and does not block reads or writes. Fails if an existing row violates the constraint; nothing is lost then."
)

// addConstraint writes the sequence of a constraint by its type.
func (w *writer) addConstraint() bool {
	k := w.a.Constraint
	if k == nil || w.a.Table == nil || !w.there() || k.NotEnforced {
		return false
	}
	if drop := w.again(w.s, w.a); drop != nil && w.replaces(drop, w.a) {
		return true // the steps of the drop bring it
	}
	return w.constraint(w.a.Table, *k, w.text)
}

// constraint adds the steps of a constraint on a table. The command is ADD
// CONSTRAINT as written; empty if it is part of another one.
func (w *writer) constraint(t *catalog.Relation, k catalog.Constraint, command words) bool {
	definition := ""
	if i := constraintStart(command); i >= 0 {
		definition = command.span(i, len(command.tokens))
	}
	switch k.Type {
	case catalog.Unique, catalog.PrimaryKey:
		return w.key(t, k, definition)
	case catalog.ForeignKey:
		return w.foreignKey(t, k, definition)
	case catalog.Check, catalog.NotNull:
		if definition == "" {
			definition = define(k)
		}
		if !k.Valid || read(definition).find(0, "not", "valid") >= 0 || k.Type == catalog.NotNull && !w.Server.Has(pgversion.NotNullConstraint) && w.Server.Known() {
			return false
		}
		w.enforce(w.deploy, t, k.Name, definition)
		return true
	case catalog.Exclusion:
		w.strong(w.deploy, "There is no online form. Run it in a quiet hour if the table is small. Otherwise create a new table with the constraint, copy the rows in batches, and swap the tables.",
			w.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+definition))
		return definition != ""
	}
	return false
}

// dropConstraint replaces a constraint that the file adds again.
func (w *writer) dropConstraint() bool {
	if !w.there() {
		return false
	}
	add := w.again(w.s, w.a)
	return add != nil && w.replaces(w.a, add)
}

// replaces adds the steps that put the added constraint in the place of the dropped
// one, and reports whether there are such. Asked for the added one it adds nothing.
func (w *writer) replaces(drop, add *ddl.Action) bool {
	k := *add.Constraint
	if !k.Valid && k.Type != catalog.Check && k.Type != catalog.ForeignKey || add.Other != nil && add.Other.Index != nil {
		return false
	}
	definition := define(k)
	if k.Type == catalog.Unique || k.Type == catalog.PrimaryKey {
		definition = keyText(add)
	}
	if w.a == drop {
		return w.replaceConstraint(*drop.Constraint, k, definition)
	}
	trial := &writer{Plan: w.Plan, s: w.s, a: drop, deploy: w.deploy}
	return trial.replaceConstraint(*drop.Constraint, k, definition)
}

// keyText returns the definition of a key that an action adds: of its index.
func keyText(add *ddl.Action) string {
	if add.Index != nil && add.Index.Index != nil {
		return "UNIQUE " + keysOf(add.Index.Index, nil)
	}
	return define(*add.Constraint)
}

// constraintStart returns where ADD [CONSTRAINT name] ends.
func constraintStart(command words) int {
	switch {
	case command.is(0, "add", "constraint") && len(command.tokens) > 3:
		return 3
	case command.is(0, "add") && len(command.tokens) > 1:
		return 1
	}
	return -1
}

// enforce adds a constraint as NOT VALID and validates it in a step of its own.
func (w *writer) enforce(d Deploy, t *catalog.Relation, name, definition string) {
	w.strong(d, whyNotValid, w.alter(t, "ADD CONSTRAINT "+q(name)+" "+definition+" NOT VALID"))
	w.quiet(d, whyValidate, w.alter(t, "VALIDATE CONSTRAINT "+q(name)))
}

// key adds a unique constraint or a primary key over an index that was built
// beside reads and writes.
func (w *writer) key(t *catalog.Relation, k catalog.Constraint, definition string) bool {
	word := "UNIQUE"
	if k.Type == catalog.PrimaryKey {
		word = "PRIMARY KEY"
		for _, name := range k.Columns {
			if c := t.Column(name); c == nil && t.Assumed || c != nil && !c.NotNull {
				w.notNull(w.deploy, t, name, c != nil)
			}
		}
	}
	if w.a.Other != nil && w.a.Other.Index != nil || strings.Contains(strings.ToLower(definition), "using index ") && !strings.Contains(strings.ToLower(definition), "tablespace") {
		if len(w.steps) == 0 {
			return false
		}
		w.strong(w.deploy, "Instant: the columns are NOT NULL and the index is there.", read(w.s.Text).text)
		return true
	}
	keys, later := keyDefinition(definition, k)
	using := w.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+word+" USING INDEX "+q(k.Name)+later)
	if t.Kind != catalog.Partitioned {
		w.keyIndex(w.deploy, t, k.Name, keys)
		w.strong(w.deploy, "Instant: the index is there already.", using)
		return true
	}
	w.partitionedKey(t, k, word, keys, later)
	return true
}

// partitionedKey makes a key of a partitioned table from the keys of its
// partitions.
func (w *writer) partitionedKey(t *catalog.Relation, k catalog.Constraint, word, keys, later string) {
	name := k.Name
	w.strong(w.deploy, "ONLY builds nothing: the key is not valid until all partitions have theirs.",
		"ALTER TABLE ONLY "+w.on(t)+" ADD CONSTRAINT "+q(name)+" "+word+" "+keys+later)
	middle, suffix := strings.Join(k.Columns, "_"), "key"
	if word == "PRIMARY KEY" {
		middle, suffix = "", "pkey"
	}
	for _, part := range w.partitions(t) {
		own := w.free(part.Name, madeName(part.Name.Name, middle, suffix))
		if part.Kind == catalog.Partitioned {
			below := k
			below.Name = own
			w.partitionedKey(part, below, word, keys, later)
		} else {
			w.keyIndex(w.deploy, part, own, keys)
			w.strong(w.deploy, "Instant: the index is there already.", w.alter(part, "ADD CONSTRAINT "+q(own)+" "+word+" USING INDEX "+q(own)+later))
		}
		w.strong(w.deploy, "Instant. With the last partition the key becomes valid.", "ALTER INDEX "+w.beside(t, name)+" ATTACH PARTITION "+w.beside(part, own))
	}
}

// keyDefinition splits UNIQUE (...) into what the index needs and what the
// constraint has besides.
func keyDefinition(definition string, k catalog.Constraint) (index, later string) {
	index = "(" + qs(k.Columns) + ")"
	text := read(definition)
	for i, t := range text.tokens {
		if t.Text == "(" && text.depth[i] == 0 {
			end := len(text.tokens)
			for j := i; j < len(text.tokens); j++ {
				if text.depth[j] == 0 && (text.is(j, "deferrable") || text.is(j, "not", "deferrable") || text.is(j, "initially") || text.is(j, "using", "index", "tablespace")) {
					end = j
					break
				}
			}
			index = text.span(i, end)
			break
		}
	}
	// NULLS NOT DISTINCT is after the columns in CREATE INDEX, INCLUDE before it.
	if k.NullsEqual {
		if at := strings.Index(strings.ToLower(index), " with "); at >= 0 {
			index = index[:at] + " NULLS NOT DISTINCT" + index[at:]
		} else {
			index += " NULLS NOT DISTINCT"
		}
	}
	if k.Deferrable {
		later = " DEFERRABLE"
		if text.find(0, "initially", "deferred") >= 0 {
			later += " INITIALLY DEFERRED"
		}
	}
	return index, later
}

// foreignKey adds the index that deletes of the other table need, the constraint
// without a check of the rows, and the check.
func (w *writer) foreignKey(t *catalog.Relation, k catalog.Constraint, definition string) bool {
	if definition == "" {
		definition = define(k)
	}
	partitionedBefore18 := t.Kind == catalog.Partitioned && !w.Server.Has(pgversion.ForeignKeyNotValidPartitioned)
	notValid := !k.Valid || read(definition).find(0, "not", "valid") >= 0
	if notValid && !partitionedBefore18 {
		return false
	}
	definition = read(definition).without("not", "valid").text
	if name := w.neededIndex(t, k); name != "" {
		w.build(w.deploy, t, name, "CREATE INDEX CONCURRENTLY "+q(name)+" ON "+w.on(t)+" ("+qs(k.Columns)+")")
	}
	if !partitionedBefore18 {
		w.strong(w.deploy, "SHARE ROW EXCLUSIVE on both tables, for a moment: existing rows are not read.",
			w.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+definition+" NOT VALID"))
		w.quiet(w.deploy, "SHARE UPDATE EXCLUSIVE on "+w.on(t)+", ROW SHARE on the other table: reads both and does not block reads or writes.",
			w.alter(t, "VALIDATE CONSTRAINT "+q(k.Name)))
		return true
	}
	for _, part := range w.leaves(t) {
		w.enforce(w.deploy, part, k.Name, definition)
	}
	w.strong(w.deploy, "The partitions' own constraints are found and attached: no row is read again.", w.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+definition))
	return true
}

// neededIndex returns the name of the index that deletes of the other table need;
// empty if there is one, or the file builds one.
func (w *writer) neededIndex(t *catalog.Relation, k catalog.Constraint) string {
	if t.Kind == catalog.Partitioned || w.led(t, k.Columns) {
		return ""
	}
	if later := w.relation(t.OID); later != nil && w.led(later, k.Columns) {
		return ""
	}
	return w.free(t.Name, madeName(t.Name.Name, strings.Join(k.Columns, "_"), "idx"))
}

// leaves returns the partitions that hold rows.
func (p *Plan) leaves(t *catalog.Relation) []*catalog.Relation {
	var list []*catalog.Relation
	for _, part := range p.partitions(t) {
		if part.Kind == catalog.Partitioned {
			list = append(list, p.leaves(part)...)
		} else {
			list = append(list, part)
		}
	}
	return list
}

// led reports whether an index leads with columns, in any order.
func (w *writer) led(t *catalog.Relation, columns []string) bool {
	return slices.ContainsFunc(w.indexes(t), func(ix *catalog.Relation) bool {
		lead := ix.Index.Columns()
		if len(lead) < len(columns) || !ix.Index.Valid || ix.Index.Where.There() {
			return false
		}
		return !slices.ContainsFunc(lead[:len(columns)], func(c string) bool { return !slices.Contains(columns, c) })
	})
}

// validate puts a validation into a transaction of its own if the one that it is in
// holds a stronger lock through the scan.
func (w *writer) validate() bool {
	k := w.a.Constraint
	if k == nil || w.a.Table == nil || !w.there() {
		return false
	}
	if w.replacedBefore(k) {
		return true // the steps of the replacement validate it
	}
	held := len(w.s.Effect.Actions) > 1
	if w.s.Tx != nil {
		for _, other := range w.s.Tx.Statements {
			held = held || other.Number < w.s.Number && other.Effect.Lock(w.a.Table.OID).BlocksWrites()
		}
	}
	if !held {
		return false
	}
	w.quiet(w.deploy, "In a transaction of its own: a lock that was taken before would be held through the scan.", w.alter(w.a.Table, "VALIDATE CONSTRAINT "+q(k.Name)))
	return true
}

// replacedBefore reports whether the same file replaced another constraint by this
// one.
func (w *writer) replacedBefore(k *catalog.Constraint) bool {
	if w.s.File == nil {
		return false
	}
	add := &ddl.Action{Verb: ddl.AddConstraint, Table: w.a.Table, Constraint: k}
	drop := w.again(w.s, add)
	return drop != nil && w.replaces(drop, add)
}

func (w *writer) setNotNull() bool {
	if !w.there() || !w.a.Reads {
		return false
	}
	w.notNull(w.deploy, w.a.Table, w.a.Name, w.a.Was != nil)
	return true
}

// notNull makes a column NOT NULL without a scan under a strong lock. From 18 on
// NOT NULL is a constraint that can be NOT VALID; known says that the column surely
// is nullable now.
func (w *writer) notNull(d Deploy, t *catalog.Relation, column string, known bool) {
	if w.Server.Has(pgversion.NotNullConstraint) && known {
		name := madeName(t.Name.Name, column, "not_null")
		w.enforce(d, t, name, "NOT NULL "+q(column))
		return
	}
	name := madeName(t.Name.Name, column, "nn")
	there := proof(t, column)
	if there != "" {
		w.quiet(d, whyValidate, w.alter(t, "VALIDATE CONSTRAINT "+q(there)))
	} else {
		for i := 1; t.Constraint(name) != nil; i++ {
			name = madeName(t.Name.Name, column, fmt.Sprintf("nn%d", i))
		}
		w.enforce(d, t, name, "CHECK ("+q(column)+" IS NOT NULL)")
	}
	w.strong(d, "Instant: the validated CHECK proves it.", w.alter(t, "ALTER COLUMN "+q(column)+" SET NOT NULL"))
	if there == "" {
		w.strong(d, "The CHECK has done its work.", w.alter(t, "DROP CONSTRAINT "+q(name)))
	}
}

// proof returns the CHECK that is not validated yet and would prove a column to be
// NOT NULL; empty if there is none.
func proof(t *catalog.Relation, column string) string {
	for _, k := range t.Constraints {
		words := strings.Fields(strings.ToLower(strings.Trim(k.Expr.Text, "() ")))
		if k.Type == catalog.Check && !k.Valid && !k.NotEnforced && slices.Equal(words, []string{strings.ToLower(q(column)), "is", "not", "null"}) {
			return k.Name
		}
	}
	return ""
}

func (w *writer) alterDomain() bool {
	if w.text.text == "" || !w.a.Reads && w.s.Effect.Class == ddl.Instant {
		return false
	}
	name, definition := "", ""
	switch {
	case w.text.is(0, "add"):
		if w.text.find(0, "not", "valid") >= 0 {
			return false
		}
		definition = w.text.span(constraintStart(w.text), len(w.text.tokens))
		if w.text.is(1, "constraint") {
			name = w.text.tokens[2].Text
		}
	case w.text.is(0, "set", "not", "null"):
		definition = "CHECK (VALUE IS NOT NULL)"
	default:
		return false
	}
	if w.a.Constraint != nil && w.a.Constraint.Name != "" {
		name = q(w.a.Constraint.Name)
	}
	domain := w.domain()
	if name == "" {
		suffix := "check"
		if w.text.is(0, "set") {
			suffix = "nn"
		}
		name = q(madeName(ident(domain), "", suffix))
	}
	w.plain(w.deploy, "Takes no lock on a table: existing values are not read.", "ALTER DOMAIN "+domain+" ADD CONSTRAINT "+name+" "+definition+" NOT VALID")
	w.strong(w.deploy, "Reads each table that uses the domain under SHARE: writes wait for the scan. If the tables are large, put the CHECK on each table by NOT VALID and VALIDATE instead.",
		"ALTER DOMAIN "+domain+" VALIDATE CONSTRAINT "+name)
	return true
}

// domain returns the name of the domain as written.
func (w *writer) domain() string {
	all := read(w.s.Text)
	return all.span(2, all.name(2))
}
