package indexadvisor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// DDL is a change that can be run as it is, with its effect on a running database.
type DDL struct {
	Name      string // of the index that is created
	Statement string // one statement or several, each ending in ";"
	Rollback  string
	Check     string // SQL that tells whether it succeeded
	Lock      Lock
	// Steps are the statements with what each needs, if the index needs another change
	// first.
	Steps []Step
}

// Step is one statement of a change.
type Step struct {
	SQL   string
	Alone bool // it cannot run in a transaction
	Why   string
}

// Lock is the lock that a statement takes, and what it blocks.
type Lock struct {
	Mode     string // by its name in the documentation, in capitals
	Blocks   string
	Duration string // class: what it reads, and what it waits for
	Cautions []string
}

// Create is the DDL that builds an index, under a name that is not used in the
// catalogue nor for another index of the configuration. CONCURRENTLY is an error on a
// partitioned table: there the index is built on each partition.
func (c *Configuration) Create(ix Index) DDL {
	d := c.create(ix)
	if ext := extensionOf(ix.IndexDef); ext != "" && !c.advisor.installed(ext) {
		d = d.after(ext, c.advisor.snap != nil && c.advisor.snap.Lacks(ext))
	}
	return d
}

// after is the change with the extension that it needs. If that may have been there
// before, the rollback leaves it.
func (d DDL) after(extension string, lacking bool) DDL {
	create, drop := fmt.Sprintf("CREATE EXTENSION IF NOT EXISTS %s;", extension), fmt.Sprintf("DROP EXTENSION %s;", extension)
	if !lacking {
		drop = fmt.Sprintf("-- the extension %s stays: it may have been there before", extension)
	}
	d.Steps = []Step{
		{SQL: create, Why: "the index uses its operator class. Needs the CREATE privilege on the database, and the extension's files on the server"},
		{SQL: d.Statement, Alone: true, Why: "builds the index"},
	}
	d.Statement, d.Rollback = create+"\n"+d.Statement, d.Rollback+"\n"+drop
	d.Lock.Cautions = append([]string{"CREATE EXTENSION needs the CREATE privilege on the database"}, d.Lock.Cautions...)
	return d
}

func (c *Configuration) create(ix Index) DDL {
	t := c.advisor.tableOf(ix)
	name := c.freeName(ix)
	switch {
	case ix.Parts == Chunk:
		return createOnHypertable(ix, name)
	case ix.Parts == Partition || t != nil && t.Kind == "p":
		return c.createPartitioned(t, ix, name)
	}
	concurrently := "CONCURRENTLY "
	if strings.HasPrefix(ix.Schema, "pg_temp") {
		concurrently = "" // a temporary table has no other users
	}
	qualified := qualifiedName(ix.Schema, name)
	d := DDL{
		Name:      name,
		Statement: fmt.Sprintf("CREATE INDEX %s%s\n  ON %s;", concurrently, lex.QuoteIdent(name), ix.target()),
		Rollback:  fmt.Sprintf("DROP INDEX %s%s;", concurrently, qualified),
		Check:     checkOf(qualified),
		Lock: Lock{
			Mode:     "SHARE UPDATE EXCLUSIVE",
			Blocks:   "does not block reads or writes. Blocks other DDL, VACUUM and ANALYZE on the table",
			Duration: "the build reads the table twice" + sizeWords(t) + c.diskWords(ix) + ", then waits for older transactions to end",
			Cautions: []string{
				"cannot run in a transaction block",
				"check for long-running and idle-in-transaction sessions first",
				"set lock_timeout = 0 and statement_timeout = 0",
				"a failed build leaves an INVALID index that still slows writes: drop it, then retry",
			},
		},
	}
	if ix.Parts == Shard {
		d.Lock.Cautions = append([]string{"run it on the coordinator: Citus builds the index on every shard"}, d.Lock.Cautions...)
	}
	if concurrently == "" {
		d.Lock = Lock{Mode: "SHARE", Blocks: "blocks writes to the table, which only this session can see", Duration: "for the build"}
	}
	if slices.ContainsFunc(ix.Keys, func(k workload.IndexKey) bool { return strings.HasSuffix(k.OpClass, "_pattern_ops") }) {
		d.Lock.Cautions = append(d.Lock.Cautions, "the index serves only patterns with a fixed prefix (LIKE 'abc%')")
	}
	if len(ix.Keys) > 0 && ix.Keys[0].Column == "" {
		d.Lock.Cautions = append(d.Lock.Cautions, "run ANALYZE afterwards: until then the expression has no statistics")
	}
	return d
}

// qualifiedName is a name with its schema, if that is known.
func qualifiedName(schema, name string) string {
	if schema == "" {
		return lex.QuoteIdent(name)
	}
	return lex.QuoteIdent(schema) + "." + lex.QuoteIdent(name)
}

func checkOf(index string) string {
	return fmt.Sprintf("SELECT indisvalid FROM pg_index WHERE indexrelid = '%s'::regclass;", strings.ReplaceAll(index, "'", "''"))
}

// createOnHypertable builds an index on all chunks of a hypertable, and on future ones.
// TimescaleDB does not support CONCURRENTLY there, but can build chunk by chunk.
func createOnHypertable(ix Index, name string) DDL {
	where := ix.Where
	ix.Where = redact.Text{}
	statement := fmt.Sprintf("CREATE INDEX %s\n  ON %s WITH (timescaledb.transaction_per_chunk)", lex.QuoteIdent(name), ix.target())
	if !where.Empty() {
		statement += " WHERE " + where.Raw()
	}
	qualified := qualifiedName(ix.Schema, name)
	return DDL{
		Name:      name,
		Statement: statement + ";",
		Rollback:  fmt.Sprintf("DROP INDEX %s;", qualified),
		Check:     checkOf(qualified),
		Lock: Lock{
			Mode:     "SHARE",
			Blocks:   "blocks writes to one chunk at a time, while its index is built. Does not block reads",
			Duration: "for the build on each chunk",
			Cautions: []string{
				"TimescaleDB does not support CONCURRENTLY on a hypertable",
				"cannot run in a transaction block",
				"if it is interrupted, some chunks have the index and the index is INVALID: drop it, then retry",
			},
		},
	}
}

// createPartitioned builds an index on each partition without blocking writes, and
// attaches it to one on the parent alone, which becomes valid with the last one
// attached.
func (c *Configuration) createPartitioned(t *workload.Table, ix Index, name string) DDL {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE INDEX %s\n  ON ONLY %s;", lex.QuoteIdent(name), ix.target())
	var list []*workload.Table
	if t != nil {
		list = slices.Clone(c.advisor.planner.Partitions(t))
	}
	whole := len(list) > 0
	if !whole {
		for _, name := range ix.Members {
			list = append(list, &workload.Table{Schema: ix.Schema, Name: name})
		}
	}
	slices.SortFunc(list, func(x, y *workload.Table) int {
		return cmp.Or(cmp.Compare(len(x.Name), len(y.Name)), cmp.Compare(x.Name, y.Name))
	})
	for _, p := range list {
		part := ix
		part.Schema, part.Table, part.Parts = p.Schema, p.Name, ""
		child := c.freeName(part)
		fmt.Fprintf(&b, "\nCREATE INDEX CONCURRENTLY %s\n  ON %s;", lex.QuoteIdent(child), part.target())
		fmt.Fprintf(&b, "\nALTER INDEX %s ATTACH PARTITION %s;", qualifiedName(ix.Schema, name), qualifiedName(p.Schema, child))
	}
	d := DDL{
		Name:      name,
		Statement: b.String(),
		Rollback:  fmt.Sprintf("DROP INDEX %s;", qualifiedName(ix.Schema, name)),
		Check:     checkOf(qualifiedName(ix.Schema, name)),
		Lock: Lock{
			Mode:     "SHARE UPDATE EXCLUSIVE",
			Blocks:   "does not block reads or writes on the partitions. The parent takes a SHARE lock for a moment, and ACCESS EXCLUSIVE if the index is dropped",
			Duration: "for the build on each partition" + sizeWords(t) + c.diskWords(ix),
			Cautions: []string{
				"CONCURRENTLY is not supported on a partitioned table, so there is one statement per partition",
				"cannot run in a transaction block",
			},
		},
	}
	if !whole {
		d.Lock.Cautions = append(d.Lock.Cautions, "partitions that are not listed here need the same two statements. The index stays INVALID until the last partition is attached")
	}
	return d
}

// Drop is the DDL that removes an index, with the exact rollback.
func (a *Advisor) Drop(ix *workload.Index) DDL {
	d := DDL{
		Statement: fmt.Sprintf("DROP INDEX CONCURRENTLY %s;", ix.QName()),
		Rollback:  concurrently(ix.Definition),
		Lock: Lock{
			Mode:     "SHARE UPDATE EXCLUSIVE",
			Blocks:   "does not block reads or writes. Blocks other DDL, VACUUM and ANALYZE on the table",
			Duration: "instant once older transactions on the table end",
			Cautions: []string{
				"cannot run in a transaction block",
				"an index cannot be disabled for a test. Rollback means building it again",
			},
		},
	}
	if ix.Definition == "" {
		d.Lock.Cautions = append(d.Lock.Cautions, "the index definition is not in the data provided: save pg_get_indexdef() first")
	}
	return d
}

// concurrently adds CONCURRENTLY to a definition as the server prints it.
func concurrently(definition string) string {
	if definition == "" {
		return ""
	}
	for _, head := range []string{"CREATE UNIQUE INDEX ", "CREATE INDEX "} {
		if rest, ok := strings.CutPrefix(definition, head); ok {
			return head + "CONCURRENTLY " + strings.TrimSuffix(rest, ";") + ";"
		}
	}
	return strings.TrimSuffix(definition, ";") + ";"
}

// target is what follows ON: the table, the method unless it is btree, the keys, the
// included columns and the predicate.
func (ix Index) target() string {
	var b strings.Builder
	if ix.Schema != "" {
		b.WriteString(lex.QuoteIdent(ix.Schema) + ".")
	}
	b.WriteString(lex.QuoteIdent(ix.Table))
	if ix.Method != "btree" {
		b.WriteString(" USING " + ix.Method)
	}
	b.WriteString(" (" + strings.Join(ix.KeyList(), ", ") + ")")
	if len(ix.Include) > 0 {
		b.WriteString(" INCLUDE (" + strings.Join(quoteAll(ix.Include), ", ") + ")")
	}
	if !ix.Where.Empty() {
		// An index cannot be built without the constants of its predicate.
		b.WriteString(" WHERE " + ix.Where.Raw())
	}
	return b.String()
}

// KeyList is the key columns as in CREATE INDEX: "created_at DESC", "lower(email)",
// "sku text_pattern_ops".
func (ix Index) KeyList() []string {
	keys := make([]string, len(ix.Keys))
	for i, k := range ix.Keys {
		s := lex.QuoteIdent(k.Column)
		if k.Column == "" {
			s = k.Expr.Raw()
		}
		if k.Collation != "" {
			s += " COLLATE " + lex.QuoteIdent(k.Collation)
		}
		if k.OpClass != "" {
			s += " " + k.OpClass
		}
		if k.Desc {
			s += " DESC"
		}
		if k.NullsFirst != k.Desc {
			s += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
		keys[i] = s
	}
	return keys
}

// String is an index's table and keys with its literals hidden: "orders (customer_id,
// placed_at)".
func (ix Index) String() string {
	ix.Schema, ix.Where, ix.Keys = "", redact.Plain(ix.Where.String()), slices.Clone(ix.Keys)
	for i, k := range ix.Keys {
		ix.Keys[i].Expr = redact.Plain(k.Expr.String())
	}
	return ix.target()
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = lex.QuoteIdent(n)
	}
	return out
}

// freeName is the index's name by the team's convention, cut to 63 bytes, with a number
// if it is taken.
func (c *Configuration) freeName(ix Index) string {
	a := c.advisor
	convention := a.convention()
	base, last := strings.TrimSuffix(convention.name(ix.Table, keyNames(ix.IndexDef)), convention.end), convention.end
	for n := 0; ; n++ {
		end := last
		if n > 0 {
			end = fmt.Sprintf("%s%d", last, n)
		}
		name := cutBytes(base, maxName-len(end)) + end
		key := ix.Schema + "." + name
		if c.names[key] || c.avoided[name] || a.snap != nil && a.snap.Index(ix.Schema, name) != nil {
			continue
		}
		c.names[key] = true
		return name
	}
}

const maxName = 63 // NAMEDATALEN - 1

func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n-- // not inside a character
	}
	return s[:n]
}

// diskWords says what disk the build of an index needs, if that is known.
func (c *Configuration) diskWords(ix Index) string {
	if bytes, ok := c.advisor.BuildBytes(ix).Get(); ok {
		return " and needs " + figures.Bytes(bytes) + " of free disk"
	}
	return ""
}

func sizeWords(t *workload.Table) string {
	if t == nil {
		return ""
	}
	if bytes, ok := t.Bytes().Get(); ok {
		return " (" + figures.Bytes(bytes) + ")"
	}
	return ""
}

// installed reports whether the input shows that an extension is installed.
func (a *Advisor) installed(extension string) bool {
	if a.snap == nil {
		return false
	}
	_, known := a.snap.Extensions[extension]
	return known
}

// extensionOf is the extension that an index's operator classes belong to; empty if they
// are the server's own.
func extensionOf(def workload.IndexDef) string {
	if slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return strings.HasSuffix(k.OpClass, "trgm_ops") }) {
		return "pg_trgm"
	}
	return ""
}
