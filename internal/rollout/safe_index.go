package rollout

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
)

const (
	whyConcurrent = "SHARE UPDATE EXCLUSIVE: does not block reads or writes. A failed build leaves an INVALID index."
	whyValid      = "If this is false, the build failed. Drop the index with DROP INDEX CONCURRENTLY and build again."
)

// build adds the steps of an index that is built beside reads and writes.
func (w *writer) build(d Deploy, on *catalog.Relation, name, statement string) {
	w.concurrent(d, whyConcurrent, statement)
	w.check(d, whyValid, "SELECT indisvalid FROM pg_index WHERE indexrelid = "+lit(w.beside(on, name))+"::regclass")
}

func (w *writer) createIndex() bool {
	t, a := w.a.Table, w.a
	if !w.there() || a.Index == nil || t.Kind == catalog.Partitioned && a.Only {
		return false
	}
	if drop := w.again(w.s, w.a); drop != nil {
		trial := &writer{Plan: w.Plan, s: w.s, a: drop, deploy: w.deploy}
		if trial.replaceIndex(drop.Index, a.Index, a.Index.Definition) {
			return true // the steps of the drop bring it
		}
	}
	text := read(w.s.Text).without("if", "not", "exists")
	if t.Kind == catalog.Partitioned {
		return w.partitionedIndex(text.without("concurrently"))
	}
	inBlock := w.s.Tx != nil && w.s.Effect.NoBlock
	if a.Concurrent && !a.Exists && !inBlock {
		return false
	}
	if !a.Concurrent {
		text = text.after(text.find(0, "index"), "CONCURRENTLY")
	}
	if i := text.find(0, "concurrently"); text.is(i+1, "on") {
		text = text.after(i, q(a.Index.Name.Name))
	}
	if a.Exists {
		w.check(w.deploy, "An INVALID index of this name is what an interrupted build left. IF NOT EXISTS would take it for done: drop it first with DROP INDEX CONCURRENTLY.",
			"SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid = to_regclass("+lit(w.beside(t, a.Index.Name.Name))+")")
	}
	w.build(w.deploy, t, a.Index.Name.Name, text.text)
	return true
}

// partitionedIndex builds an index of a partitioned table partition by partition.
func (w *writer) partitionedIndex(text words) bool {
	t, name := w.a.Table, w.a.Index.Name.Name
	if text.is(text.find(0, "index")+1, "on") {
		text = text.after(text.find(0, "index"), q(name))
	}
	on := text.find(0, "on")
	from := on + 1
	if text.is(from, "only") {
		from++
	}
	unique := ""
	if text.find(0, "unique") == 1 {
		unique = "UNIQUE "
	}
	var columns []string
	if w.a.Index.Index != nil {
		columns = w.a.Index.Index.Columns()
	}
	w.byPartition(t, name, unique, columns, text.span(text.name(from), len(text.tokens)))
	return true
}

// byPartition builds an index of a partitioned table. rest is its definition from
// USING or the keys on. It returns the names of the partitions' indexes.
func (w *writer) byPartition(t *catalog.Relation, name, unique string, columns []string, rest string) map[catalog.OID]string {
	made := map[catalog.OID]string{}
	var down func(parent *catalog.Relation, index string)
	down = func(parent *catalog.Relation, index string) {
		w.strong(w.deploy, "ON ONLY builds nothing: the index of the partitioned table is invalid until all partitions have theirs.",
			"CREATE "+unique+"INDEX "+q(index)+" ON ONLY "+w.on(parent)+" "+rest)
		for _, part := range w.partitions(parent) {
			own := w.free(part.Name, madeName(part.Name.Name, strings.Join(columns, "_"), "idx"))
			made[part.OID] = own
			if part.Kind == catalog.Partitioned {
				down(part, own)
			} else {
				w.build(w.deploy, part, own, "CREATE "+unique+"INDEX CONCURRENTLY "+q(own)+" ON "+w.on(part)+" "+rest)
			}
			w.strong(w.deploy, "Instant. With the last partition the index of the partitioned table becomes valid.",
				"ALTER INDEX "+w.beside(parent, index)+" ATTACH PARTITION "+w.beside(part, own))
		}
	}
	down(t, name)
	return made
}

func (w *writer) dropIndex() bool {
	ix := w.a.Index
	if ix == nil {
		ix = w.a.Table
	}
	if ix == nil || ix.Since > 0 || ix.Index == nil && !ix.Assumed || ix.Index != nil && ix.Index.Constraint != "" {
		return false
	}
	if add := w.again(w.s, w.a); add != nil && add.Index != nil && w.replaceIndex(ix, add.Index, add.Index.Definition) {
		return true
	}
	if t := w.relation(ix.On); t != nil && (t.Kind == catalog.Partitioned || t.Since > 0) {
		return false
	}
	if w.a.Concurrent && (w.s.Tx == nil || !w.s.Effect.NoBlock) {
		return false
	}
	exists := ""
	if w.a.Exists {
		exists = "IF EXISTS "
	}
	w.concurrent(w.deploy, "SHARE UPDATE EXCLUSIVE on the table: does not block reads or writes. Interrupted, it leaves an INVALID index: run it again.",
		"DROP INDEX CONCURRENTLY "+exists+w.on(ix))
	return true
}

func (w *writer) reindex() bool {
	if w.a.Concurrent && (w.s.Tx == nil || !w.s.Effect.NoBlock) || w.a.Table != nil && !w.there() {
		return false
	}
	text := read(w.s.Text)
	if !w.a.Concurrent {
		for _, kind := range []string{"index", "table", "schema", "database"} {
			if i := text.find(0, kind); i > 0 {
				text = text.after(i, "CONCURRENTLY")
				break
			}
		}
	}
	w.concurrent(AnyTime, "SHARE UPDATE EXCLUSIVE: does not block reads or writes. Needs space for a second copy of each index.", text.text)
	w.check(AnyTime, "Interrupted, it leaves INVALID indexes named _ccnew or _ccold. Drop these with DROP INDEX CONCURRENTLY.",
		"SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")
	return true
}

// keyIndex adds the steps of a unique index that a constraint is made from.
func (w *writer) keyIndex(d Deploy, t *catalog.Relation, name, definition string) {
	w.build(d, t, name, "CREATE UNIQUE INDEX CONCURRENTLY "+q(name)+" ON "+w.on(t)+" "+definition)
}

func (w *writer) refresh() bool {
	v := w.a.Table
	if v == nil || w.a.Concurrent || !w.there() || read(w.s.Text).find(0, "no", "data") > 0 {
		return false
	}
	unique := false
	for _, ix := range w.indexes(v) {
		unique = unique || ix.Index.Unique && ix.Index.Valid && !ix.Index.Where.There() && len(ix.Index.Columns()) == len(ix.Index.Keys)
	}
	if !unique {
		if len(v.Columns) == 0 || len(v.Columns) > 32 {
			return false
		}
		var columns []string
		for _, c := range v.Columns {
			columns = append(columns, c.Name)
		}
		name := w.free(v.Name, madeName(v.Name.Name, "", "key"))
		w.keyIndex(AnyTime, v, name, "("+qs(columns)+")")
		for i := range w.steps {
			if w.steps[i].Tx == None {
				w.steps[i].Why = "Once. REFRESH CONCURRENTLY needs a unique index over all rows. Keep only the columns that identify a row."
			}
		}
	}
	text := read(w.s.Text)
	w.quiet(AnyTime, "EXCLUSIVE on the view: reads go on. It has to have been populated once. It compares the new rows with the old ones and writes the difference.",
		text.after(text.find(0, "view"), "CONCURRENTLY").text)
	return true
}

func (w *writer) vacuum() bool {
	if w.a.Verb == ddl.Vacuum && w.s.Effect.Strongest() != nil && w.s.Effect.Strongest().Mode < ddl.AccessExclusive || w.s.Effect.Strongest() == nil {
		return false
	}
	target := ""
	if w.a.Table != nil {
		if !w.there() {
			return false
		}
		target = " " + w.on(w.a.Table)
	}
	w.concurrent(AnyTime, "Makes the space reusable and does not block reads or writes. To give space back to the disk, use pg_repack or pg_squeeze, which copy the table beside the traffic.",
		"VACUUM (ANALYZE)"+target)
	return true
}
