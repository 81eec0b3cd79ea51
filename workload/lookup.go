package workload

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// tableOf returns the table of a row; nil for the server's own tables. A name
// printed by a cast to regclass can contain the schema.
func (s *Snapshot) tableOf(r *record, columns ...string) (t *Table) {
	defer func() {
		if t == nil {
			r.refused++
		}
	}()
	schema, name := apart(r.text("schemaname", "nspname"), plainName(r.text(columns...)))
	if m := remarked.FindStringSubmatch(name); m != nil && !isSum(name) { // orders (hot)
		if r.remarks == nil {
			r.remarks = map[string]string{}
		}
		if had, again := r.remarks[m[1]]; again && had != m[2] { // orders (cold)
			r.bad(columns[0], "one row for each table")
			return nil
		}
		name, r.remarks[m[1]] = m[1], m[2]
	}
	if schema == "" && chunkName.MatchString(name) {
		schema = "_timescaledb_internal"
	}
	switch {
	case name == "", noName[name], isRest.MatchString(name), strings.Count(name, " ") > 2 && !isSum(name): // every other table
		r.bad(columns[0], "the name of one table, without which the row is not read,")
		return nil
	case isCut(name):
		r.bad(columns[0], "the whole name of a table, which the display cut off,")
		r.cut++
		return nil
	case isSum(name):
		return nil
	case systemSchema(schema), schema == "" && strings.HasPrefix(name, "pg_"):
		s.systemTables = append(s.systemTables, SystemTable{strings.TrimPrefix(schema+"."+name, "."), r.number("n_dead_tup"), r.number("total_bytes", "total_size", "table_bytes", "table_size", "size")})
		return nil
	}
	return s.TableFor(schema, name)
}

// chunkName matches the names that TimescaleDB gives to chunks, which are in its own schema.
var chunkName = regexp.MustCompile(`^(?:_hyper|compress_hyper)_\d+_\d+_chunk$`)

// remarked matches a name with a remark in brackets behind it.
var remarked = regexp.MustCompile(`^([A-Za-z_]\w*) \(([^()]*)\)$`)

// noName are what a row of a report has in place of a name.
var noName = map[string]bool{"-": true, "—": true, "–": true, "*": true, "...": true, "…": true}

// codeName matches a name that is marked as code, with a remark behind it.
var codeName = regexp.MustCompile("^[*]*`([^`]+)`[*]*(?: .*)?$")

// plainName returns a name without what a page puts around and behind it.
func plainName(name string) string {
	if name = undecorated(name); !strings.Contains(name, "`") {
		return name
	}
	if m := codeName.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// apart takes a name and its schema apart, if they are one text, as regclass prints it. The
// schema can be known already.
func apart(schema, name string) (of, bare string) {
	if !strings.ContainsAny(name, `."`) {
		return schema, name
	}
	if of, bare, ok := lex.Scan(name).Qualified(); ok && (schema == "" || of == "" || of == schema) {
		return cmp.Or(of, schema), bare
	}
	return schema, name
}

// isCut reports whether a program cut a name off to show it.
func isCut(name string) bool { return strings.HasSuffix(name, "…") || strings.HasSuffix(name, "...") }

// isSum reports whether a report calls the sum of several rows by this name:
// Total, all three (parent). A table that is called so is written in lower case and in one
// word.
func isSum(name string) bool {
	name = strings.Trim(name, "*=-_ :()<>[]")
	lower := strings.ToLower(name)
	words := strings.FieldsFunc(lower, func(c rune) bool { return strings.ContainsRune(" ()[]+/,", c) })
	if len(words) < 2 {
		return name != lower && sums[lower]
	}
	bracket := strings.IndexAny(lower, "([")
	for i, w := range words {
		if sums[w] && (i == 0 || bracket > 0 && strings.Contains(lower[bracket:], w)) {
			return true
		}
	}
	return strings.Contains(name, " + ")
}

var sums = wordSet("total totals sum all overall combined partitions parent grand gesamt summe итого всего 合计 总计 suma soma somme insgesamt")

// isRest matches what a report calls the rows that it does not list.
var isRest = regexp.MustCompile(`(?i)^(?:and )?(?:the |all )?(?:others?|rest|remaining|remainder) \S`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

func systemSchema(name string) bool {
	return strings.HasPrefix(name, "pg_") || name == "information_schema"
}

// TableFor returns the table with a name, and adds it if there is none. Without
// a schema it is the only table with that name, or else the one in "public".
func (s *Snapshot) TableFor(schema, name string) *Table {
	if t := s.Table(schema, name); t != nil {
		return t
	}
	bare := schema == ""
	if bare {
		schema = "public"
	}
	if s.tables == nil {
		s.tables = map[tableKey]*Table{}
	}
	t := &Table{Schema: schema, Name: name, bare: bare}
	s.tables[tableKey{schema, name}] = t
	s.tables[tableKey{"", name}] = s.unique(name, t)
	s.Tables = append(s.Tables, t)
	return t
}

// unique returns what a name without schema means after a table with that name
// was added: the table if it is the only one, or else the one in "public".
func (s *Snapshot) unique(name string, added *Table) *Table {
	if _, had := s.tables[tableKey{"", name}]; had {
		return s.tables[tableKey{"public", name}]
	}
	return added
}

// Table returns the table with a name; nil if there is none or the name is
// ambiguous.
func (s *Snapshot) Table(schema, name string) *Table { return s.tables[tableKey{schema, name}] }

// IndexFor returns the index of a table with a name, and adds it if there is
// none.
func (s *Snapshot) IndexFor(t *Table, name string) *Index {
	key := tableKey{t.Schema, name}
	if ix := s.indexes[key]; ix != nil {
		return ix
	}
	ix := &Index{Schema: t.Schema, Name: name, Table: t}
	if s.indexes == nil {
		s.indexes = map[tableKey]*Index{}
	}
	s.indexes[key] = ix
	t.Indexes = append(t.Indexes, ix)
	if v, ok := s.looseIndexes[key]; ok {
		v.fill(ix)
	}
	return ix
}

// RenameIndex gives an index another name. If another one has it already, that one is this
// index, known from elsewhere, and the first is forgotten.
func (s *Snapshot) RenameIndex(ix *Index, name string) *Index {
	delete(s.indexes, tableKey{ix.Schema, ix.Name})
	key := tableKey{ix.Schema, name}
	if same := s.indexes[key]; same != nil {
		ix.Table.Indexes = slices.DeleteFunc(ix.Table.Indexes, func(o *Index) bool { return o == ix })
		return same
	}
	ix.Definition = strings.Replace(ix.Definition, " "+lex.QuoteIdent(ix.Name)+" ON ", " "+lex.QuoteIdent(name)+" ON ", 1)
	ix.Name, s.indexes[key] = name, ix
	return ix
}

// Index returns the index with a name; nil if there is none.
func (s *Snapshot) Index(schema, name string) *Index {
	if schema == "" {
		schema = "public"
	}
	return s.indexes[tableKey{schema, name}]
}

// Statement returns the statement with a query id, top-level ones first, and of
// several databases the one with the most calls.
func (s *Snapshot) Statement(queryID string) *Statement {
	var best *Statement
	for _, nested := range []bool{false, true} {
		for _, db := range s.Databases() {
			st := s.byKey.get(statementKey{queryID, db, nested})
			if st != nil && (best == nil || st.Calls.Or(0) > best.Calls.Or(0)) {
				best = st
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// Databases returns the databases of the exported statements, named as in the
// export.
func (s *Snapshot) Databases() []string { return s.databases }

// Keep removes the statements of all databases but one and returns their number:
// the views of tables and indexes show one database.
func (s *Snapshot) Keep(database string) (dropped int) {
	dropped = len(s.Drop(func(st *Statement) bool { return !sameDatabase(st.Database, database) }))
	s.databases = []string{database}
	if s.earlier != nil {
		s.earlier.Keep(database)
	}
	return dropped
}

// Drop removes statements and returns them.
func (s *Snapshot) Drop(which func(*Statement) bool) (dropped []*Statement) {
	kept := s.Statements[:0]
	s.databases = nil
	for _, st := range s.Statements {
		if which(st) {
			s.byKey.drop(st)
			dropped = append(dropped, st)
			continue
		}
		kept = append(kept, st)
		if !slices.Contains(s.databases, st.Database) {
			s.databases = append(s.databases, st.Database)
		}
	}
	s.dropped = s.dropped || dropped != nil
	clear(s.Statements[len(kept):])
	s.Statements, s.byText = kept, nil
	return dropped
}

// ColumnFor returns the column with a name, and adds it if there is none.
func (t *Table) ColumnFor(name string) *Column {
	if c := t.Column(name); c != nil {
		return c
	}
	c := &Column{Name: name}
	t.Columns = append(t.Columns, c)
	return c
}

// Column returns the column with a name; nil if it is unknown.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Index returns the table's index with a name; nil if there is none.
func (t *Table) Index(name string) *Index {
	for _, ix := range t.Indexes {
		if ix.Name == name {
			return ix
		}
	}
	return nil
}

// Defined reports whether the input has the definitions of the table's indexes.
// Names alone do not tell the columns, and if definitions were cut off, another
// view must list the names.
func (s *Snapshot) Defined(t *Table) bool {
	listed := s.Has(ViewIndexes) && !s.inPart(ViewIndexes) && t.Kind != "p"
	whole := !s.IsCut(ViewIndex) && !s.inPart(ViewIndex) && (s.Has(ViewIndex) || !s.inPart(ViewIndexes))
	named := whole || listed || s.Has(ViewSchema)
	return named && len(t.Indexes) > 0 && !slices.ContainsFunc(t.Indexes, func(ix *Index) bool { return ix.Definition == "" })
}

// IndexesKnown reports whether the input tells which columns of the table are
// indexed, or that none is. The names in pg_stat_user_indexes do not tell, nor
// does pg_constraint alone.
func (s *Snapshot) IndexesKnown(t *Table) bool {
	return s.Defined(t) || len(t.Indexes) == 0 && (s.Has(ViewIndexes) && !s.inPart(ViewIndexes) && !s.IsCut(ViewIndex) || s.Has(ViewSchema))
}

// QName returns the table's name with its schema, quoted if SQL needs it.
func (t *Table) QName() string {
	if t.bare {
		return lex.QuoteIdent(t.Name)
	}
	return lex.QuoteIdent(t.Schema) + "." + lex.QuoteIdent(t.Name)
}

// QName returns the index's name with its schema, quoted if SQL needs it.
func (ix *Index) QName() string {
	if ix.Table.bare {
		return lex.QuoteIdent(ix.Name)
	}
	return lex.QuoteIdent(ix.Schema) + "." + lex.QuoteIdent(ix.Name)
}
