package rollout

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// dropTable renames the table away before it is dropped, so that there is a way
// back for as long as it is kept.
func (w *writer) dropTable() bool {
	t := w.a.Table
	if t != nil && (t.Kind == catalog.IndexKind || w.a.Target == "index") {
		return w.dropIndex()
	}
	if t == nil || !t.IsTable() || !w.there() || w.s.Effect.Refused != "" || len(w.s.Effect.Actions) > 1 {
		return false
	}
	if t.IsPartition() && w.a.Other == nil && len(t.Parents) > 0 {
		if parent := w.relation(t.Parents[0]); parent != nil {
			w.detachFrom(parent, t)
		}
	}
	const gone = "One foreign key at a time: dropping one locks both tables."
	for _, k := range t.Constraints {
		if k.Type == catalog.ForeignKey && !k.Inherited {
			w.strong(After, gone, w.alter(t, "DROP CONSTRAINT "+q(k.Name)))
		}
	}
	for _, oid := range t.Referrers {
		other := w.relation(oid)
		if other == nil || oid == t.OID {
			continue
		}
		for _, k := range other.Constraints {
			if k.Ref == t.OID {
				w.strong(After, gone, w.alter(other, "DROP CONSTRAINT "+q(k.Name)))
			}
		}
	}
	away := w.free(t.Name, cut(t.Name.Name+"_gone"))
	w.strong(After, "Once no code uses the table. Renaming it back is the way back: keep it for a week.", w.alter(t, "RENAME TO "+q(away)))
	cascade := ""
	if w.a.Cascade {
		cascade = " CASCADE"
	}
	w.strong(After, "A week later, after a dump of the table (pg_dump -t).", "DROP TABLE "+w.beside(t, away)+cascade)
	return true
}

// rename keeps the old name for running code: an updatable view offers it until the
// next release.
func (w *writer) rename() bool {
	t := w.a.Table
	if !w.there() || t == nil || !(t.Kind == catalog.Table || t.Kind == catalog.Partitioned) || w.bridged() {
		return false
	}
	switch w.a.Target {
	case "table":
		w.strong(Before, "Running code goes on through the view: INSERT, UPDATE, DELETE and SELECT pass. COPY and TRUNCATE do not. Grant on the view what the table grants.",
			w.alter(t, "RENAME TO "+q(w.a.To)),
			"CREATE VIEW "+w.on(t)+" AS SELECT "+allColumns(t, "", "")+" FROM "+w.beside(t, w.a.To))
		w.strong(After, "Once no running code uses the old name.", "DROP VIEW "+w.on(t))
		return true
	case "column":
		if len(t.Columns) == 0 || t.Column(w.a.Name) == nil || len(t.Readers) > 0 {
			return false
		}
		base := w.free(t.Name, cut(t.Name.Name+"_base"))
		w.strong(Before, "The view has the table's name and both names of the column. Running code and new code go on through it. COPY and TRUNCATE do not pass; an INSERT has to name one of the two only. Grant on the view what the table grants.",
			w.alter(t, "RENAME TO "+q(base)),
			"ALTER TABLE "+w.beside(t, base)+" RENAME COLUMN "+q(w.a.Name)+" TO "+q(w.a.To),
			"CREATE VIEW "+w.on(t)+" AS SELECT "+allColumns(t, w.a.Name, w.a.To)+", "+q(w.a.To)+" AS "+q(w.a.Name)+" FROM "+w.beside(t, base))
		w.strong(After, "Once no running code uses the old name.",
			"DROP VIEW "+w.on(t), "ALTER TABLE "+w.beside(t, base)+" RENAME TO "+q(t.Name.Name))
		return true
	}
	return false
}

// allColumns lists the columns of a table, one of them under a new name.
func allColumns(t *catalog.Relation, from, to string) string {
	if len(t.Columns) == 0 {
		return "*"
	}
	var list []string
	for _, c := range t.Columns {
		if c.Name == from {
			c.Name = to
		}
		list = append(list, c.Name)
	}
	return qs(list)
}

// bridged reports whether the same transaction makes a view with the old name.
func (w *writer) bridged() bool { return bridged(w.s, w.a) }

func (w *writer) setSchema() bool {
	t := w.a.Table
	if !w.there() || t == nil || !(t.Kind == catalog.Table || t.Kind == catalog.Partitioned) || w.bridged() {
		return false
	}
	w.strong(Before, "Running code goes on through the view, until no code uses the old name.",
		w.alter(t, "SET SCHEMA "+q(w.a.To)),
		"CREATE VIEW "+t.Name.String()+" AS SELECT "+allColumns(t, "", "")+" FROM "+catalog.Name{Schema: w.a.To, Name: t.Name.Name}.String())
	w.strong(After, "Once no running code uses the old name.", "DROP VIEW "+t.Name.String())
	return true
}

// truncate empties the table in batches: TRUNCATE takes ACCESS EXCLUSIVE and cannot
// be stopped half way.
func (w *writer) truncate() bool {
	t := w.a.Table
	if !w.there() || t == nil || len(w.s.Effect.Actions) > 1 {
		return false
	}
	b := w.batches(t)
	b.What, b.Repeated = t.Name.Short(), true
	b.Name = w.beside(t, madeName("empty", t.Name.Name, "rows"))
	b.statement = func(condition string) string { return "DELETE FROM " + b.Table + " WHERE " + condition }
	w.run(w.deploy, b, "Deletes the rows in batches, beside reads and writes. Take a backup first.")
	return true
}

// alterEnum puts ADD VALUE into a transaction of its own: the value cannot be used
// in the one that adds it.
func (w *writer) alterEnum() bool {
	if w.a.To != "" && read(w.s.Text).find(0, "rename") > 0 || w.s.Tx == nil || len(w.s.Tx.Statements) < 2 {
		return false
	}
	w.plain(Before, "In a transaction of its own: the new value cannot be used before COMMIT.", read(w.s.Text).text)
	return true
}

func (w *writer) detach() bool {
	if !w.there() || w.a.Concurrent && (w.s.Tx == nil || !w.s.Effect.NoBlock) || w.a.Other == nil {
		return false
	}
	return w.detachFrom(w.a.Table, w.a.Other)
}

// detachFrom takes a partition out, beside the traffic if the server can.
func (w *writer) detachFrom(parent, part *catalog.Relation) bool {
	if w.defaultOf(parent) != nil || w.Server.Lacks(pgversion.DetachConcurrently) {
		if w.a.Verb == ddl.Detach {
			w.strong(w.deploy, "CONCURRENTLY is refused beside a default partition and before PostgreSQL 14. Instant, once the lock is there.", w.alter(parent, "DETACH PARTITION "+w.on(part)))
		}
		return true
	}
	w.concurrent(w.deploy, "PostgreSQL 14 or later. Ends with a short ACCESS EXCLUSIVE on the partition. Interrupted: ALTER TABLE "+w.on(parent)+" DETACH PARTITION "+w.on(part)+" FINALIZE. Leaves a CHECK on the partition that says what its bound said.",
		w.alter(parent, "DETACH PARTITION "+w.on(part)+" CONCURRENTLY"))
	return true
}

// createPartition creates the table beside the partitioned one and attaches it.
func (w *writer) createPartition() bool {
	text := read(w.s.Text)
	i := text.find(0, "partition", "of")
	if i < 0 {
		return false
	}
	parent := w.partitionedTable(text, i)
	if parent == nil || !exists(w.s, parent) {
		return false
	}
	bound := boundOf(text)
	name := text.span(text.name(tableAt(text))-1, text.name(tableAt(text)))
	part := &catalog.Relation{Kind: catalog.Table, Since: 1, Name: catalog.Name{Schema: parent.Name.Schema, Name: ident(name)}}
	if w.a.Table != nil && w.a.Table.OID != parent.OID {
		part.Name = w.a.Table.Name
	}
	if text.find(0, "partition", "by") > 0 {
		return false
	}
	w.plain(w.deploy, "Locks nothing that is in use.", "CREATE TABLE "+w.on(part)+" (LIKE "+w.on(parent)+" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
	w.attachTo(parent, part, bound, text.find(i, "default") > 0 && bound == "DEFAULT", false, false)
	return true
}

func tableAt(text words) int {
	i := text.find(0, "table") + 1
	if text.is(i, "if", "not", "exists") {
		i += 3
	}
	return i
}

// partitionedTable returns the table after PARTITION OF.
func (w *writer) partitionedTable(text words, i int) *catalog.Relation {
	if w.Catalog == nil {
		return nil
	}
	name := strings.Split(text.span(i+2, text.name(i+2)), ".")
	n := catalog.Name{Name: ident(name[len(name)-1])}
	if len(name) > 1 {
		n.Schema = ident(name[len(name)-2])
	}
	return w.Catalog.Find(n)
}

// boundOf returns FOR VALUES ... or DEFAULT of a statement, as written.
func boundOf(text words) string {
	if i := text.find(0, "for", "values"); i > 0 {
		end := len(text.tokens)
		for _, k := range [][]string{{"partition", "by"}, {"using"}, {"tablespace"}} {
			if j := text.find(i, k...); j > 0 {
				end = min(end, j)
			}
		}
		if j := text.find(i, "with"); j > 0 && text.tokens[j-1].Text == ")" && text.find(i, "from") > 0 {
			end = min(end, j)
		}
		return text.span(i, end)
	}
	if text.find(0, "default") > 0 {
		return "DEFAULT"
	}
	return ""
}

func (w *writer) attach() bool {
	parent, part := w.a.Table, w.a.Other
	if !w.there() || part == nil {
		return false
	}
	bound := boundOf(w.text)
	if w.text.text == "" {
		bound = boundOf(read(w.s.Text))
	}
	return w.attachTo(parent, part, bound, bound == "DEFAULT", exists(w.s, part), w.s.Effect.Scans(part.OID))
}

// attachTo attaches a table whose rows are proven before to be within the bound, so
// that nothing is read under the lock. full says that the table has rows, unproven
// that ATTACH would read these.
func (w *writer) attachTo(parent, part *catalog.Relation, bound string, isDefault, full, unproven bool) bool {
	condition := withinBound(parent, bound)
	other := w.defaultOf(parent)
	proof := madeName(part.Name.Name, "", "bound")
	changed := false
	unproven = unproven && full && condition != "" && !isDefault
	if unproven {
		w.enforce(w.deploy, part, proof, "CHECK ("+condition+")")
		changed = true
	}
	if full {
		changed = w.partitionIndexes(parent, part) || changed
		for _, k := range parent.Constraints {
			if k.Type == catalog.ForeignKey && !slices.ContainsFunc(part.Constraints, func(o catalog.Constraint) bool {
				return o.Type == catalog.ForeignKey && slices.Equal(o.Columns, k.Columns) && o.Ref == k.Ref
			}) {
				w.enforce(w.deploy, part, k.Name, define(k))
				changed = true
			}
		}
	}
	outside := ""
	if other != nil && condition != "" && !isDefault {
		outside = madeName(other.Name.Name, part.Name.Name, "out")
		w.enforce(w.deploy, other, outside, "CHECK (NOT ("+condition+"))")
		w.steps[len(w.steps)-1].Why = "Proves that the default partition has no rows of the new one. Otherwise it is read under ACCESS EXCLUSIVE. " + whyValidate
		changed = true
	}
	if !changed && w.a.Verb == ddl.Attach {
		return false
	}
	w.strong(w.deploy, "SHARE UPDATE EXCLUSIVE on the partitioned table. ACCESS EXCLUSIVE on the partition, and on the default partition, for a moment: nothing is read.",
		w.alter(parent, "ATTACH PARTITION "+w.on(part)+" "+bound))
	if unproven {
		w.strong(w.deploy, "The CHECK has done its work.", w.alter(part, "DROP CONSTRAINT "+q(proof)))
	}
	if outside != "" {
		w.strong(w.deploy, "The CHECK has done its work: the default partition's own bound says the same now.", w.alter(other, "DROP CONSTRAINT "+q(outside)))
	}
	return true
}

// partitionIndexes builds what the partitioned table's indexes ask of a partition,
// so that ATTACH finds it instead of building it under the lock.
func (w *writer) partitionIndexes(parent, part *catalog.Relation) bool {
	built := false
	for _, ix := range w.indexes(parent) {
		keys := keysOf(ix.Index, nil)
		same := slices.ContainsFunc(w.indexes(part), func(o *catalog.Relation) bool {
			return o.Index.Unique == ix.Index.Unique && keysOf(o.Index, nil) == keys && (ix.Index.Constraint == "") == (o.Index.Constraint == "")
		})
		if same {
			continue
		}
		built = true
		k := parent.Constraint(ix.Index.Constraint)
		switch {
		case k != nil && ix.Index.Constraint != "":
			word, suffix, middle := "UNIQUE", "key", strings.Join(k.Columns, "_")
			if k.Type == catalog.PrimaryKey {
				word, suffix, middle = "PRIMARY KEY", "pkey", ""
				for _, name := range k.Columns {
					if c := part.Column(name); c != nil && !c.NotNull {
						w.notNull(w.deploy, part, name, true)
					}
				}
			}
			name := w.free(part.Name, madeName(part.Name.Name, middle, suffix))
			w.keyIndex(w.deploy, part, name, keys)
			w.strong(w.deploy, "Instant: the index is there already.", w.alter(part, "ADD CONSTRAINT "+q(name)+" "+word+" USING INDEX "+q(name)))
		default:
			unique := ""
			if ix.Index.Unique {
				unique = "UNIQUE "
			}
			name := w.free(part.Name, madeName(part.Name.Name, strings.Join(ix.Index.Columns(), "_"), "idx"))
			w.build(w.deploy, part, name, "CREATE "+unique+"INDEX CONCURRENTLY "+q(name)+" ON "+w.on(part)+" "+keys)
		}
	}
	return built
}

// withinBound returns the condition that a bound means; empty if it cannot be
// written as one.
func withinBound(parent *catalog.Relation, bound string) string {
	text := read(bound)
	keys := parent.Keys
	if len(keys) == 0 || slices.Contains(keys, "") {
		return ""
	}
	lists := brackets(text)
	switch {
	case text.find(0, "from") > 0 && len(lists) == 2:
		var all []string
		for _, k := range keys {
			all = append(all, q(k)+" IS NOT NULL")
		}
		if lower := lexical(keys, lists[0], ">", ">="); lower != "" {
			all = append(all, lower)
		}
		if upper := lexical(keys, lists[1], "<", "<"); upper != "" {
			all = append(all, upper)
		}
		return strings.Join(all, " AND ")
	case text.find(0, "in") > 0 && len(lists) == 1 && len(keys) == 1:
		var values []string
		null := false
		for _, v := range lists[0] {
			if strings.EqualFold(v, "null") {
				null = true
			} else {
				values = append(values, v)
			}
		}
		in := q(keys[0]) + " IN (" + strings.Join(values, ", ") + ")"
		switch {
		case null && len(values) == 0:
			return q(keys[0]) + " IS NULL"
		case null:
			return q(keys[0]) + " IS NULL OR " + in
		}
		return q(keys[0]) + " IS NOT NULL AND " + in
	}
	return ""
}

// brackets returns the elements of each bracketed list of a bound.
func brackets(text words) [][]string {
	var lists [][]string
	for i := 0; i < len(text.tokens); i++ {
		if text.depth[i] != 0 || text.tokens[i].Text != "(" {
			continue
		}
		var list []string
		from := i + 1
		for j := i + 1; j < len(text.tokens); j++ {
			if closes := text.depth[j] == 0; closes || text.depth[j] == 1 && text.tokens[j].Text == "," {
				list = append(list, text.span(from, j))
				from = j + 1
				if closes {
					i = j
					break
				}
			}
		}
		lists = append(lists, list)
	}
	return lists
}

// lexical returns the comparison of the keys with a bound's values, the first key
// first: strict between the first keys, last of the last one.
func lexical(keys, values []string, strict, last string) string {
	if len(values) == 0 || len(values) > len(keys) {
		return ""
	}
	v := values[0]
	if strings.EqualFold(v, "minvalue") || strings.EqualFold(v, "maxvalue") {
		return ""
	}
	if len(values) == 1 {
		return q(keys[0]) + " " + last + " " + v
	}
	rest := lexical(keys[1:], values[1:], strict, last)
	if rest == "" {
		open := strict
		if strings.EqualFold(values[1], "minvalue") == (strict == ">") {
			open += "="
		}
		return q(keys[0]) + " " + open + " " + v
	}
	return "(" + q(keys[0]) + " " + strict + " " + v + " OR " + q(keys[0]) + " = " + v + " AND " + rest + ")"
}
