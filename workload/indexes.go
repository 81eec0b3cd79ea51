package workload

import (
	"regexp"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
)

const ViewIndexes View = "pg_stat_user_indexes"

var indexesView = view{
	name:    ViewIndexes,
	use:     "index usage",
	columns: []string{"indexrelname", "relname", "idx_scan"},
	few:     []string{"relname", "indexrelname", "idx_scan idx_tup_read idx_tup_fetch last_idx_scan"},
	also:    indexAliases,
	query:   `SELECT now() AS exported_at, i.* FROM pg_stat_user_indexes i`,
	own:     []string{"exported_at", "indexrelid"},
	row: func(s *Snapshot, r *record) {
		name, whole := r.indexName()
		if !whole {
			return
		}
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		ix := s.indexOf(t, name)
		s.lists(r, anIndex, ix.Name)
		ix.describe(r)
		set(&t.SizeBytes, r.number("table_size"))
		t.estimate(r.number("reltuples"))
		set(&ix.Scans, r.number("idx_scan"))
		set(&ix.TupRead, r.number("idx_tup_read"))
		set(&ix.TupFetch, r.number("idx_tup_fetch"))
		set(&ix.LastScan, r.time("last_idx_scan"))
		s.exported(r.time("exported_at"))
	},
}

// indexNamesView are counters of indexes without the names of the tables.
var indexNamesView = view{
	name: ViewIndexes,
	few:  []string{"indexrelname", "idx_scan idx_tup_read idx_tup_fetch"},
	also: aliases{"indexrelname": indexNames, "schemaname": schemaNames, "idx_scan": indexAliases["idx_scan"], "idx_tup_read": indexAliases["idx_tup_read"], "idx_tup_fetch": indexAliases["idx_tup_fetch"], "index_size": indexSizes},
	own:  indexesView.own,
	row: func(s *Snapshot, r *record) {
		name, whole := r.indexName()
		if !whole {
			return
		}
		v := looseIndex{bytes: r.number("index_size"), scans: r.number("idx_scan"), tupRead: r.number("idx_tup_read"), tupFetch: r.number("idx_tup_fetch")}
		s.keepIndex(r.text("schemaname"), name, v)
	},
}

// indexName returns the name of the index of a row; whole is false if it was cut off, or is
// the one that MySQL and MariaDB give to each primary key.
func (r *record) indexName() (name string, whole bool) {
	name = plainName(r.text("indexrelname"))
	if name == "PRIMARY" {
		r.bad("indexrelname", "an index of PostgreSQL, not of MySQL or MariaDB,")
		r.refused++
		return "", false
	}
	if isCut(name) {
		r.bad("indexrelname", "the whole name of an index, which the display cut off,")
		r.refused++
		r.cut++
		return "", false
	}
	return name, true
}

const ViewIOIndexes View = "pg_statio_user_indexes"

var ioIndexesView = view{
	name:    ViewIOIndexes,
	use:     "disk reads per index",
	columns: []string{"indexrelname", "relname", "idx_blks_read", "idx_blks_hit"},
	few:     []string{"indexrelname", "relname", "idx_blks_read", "idx_blks_hit"},
	also:    aliases{"schemaname": schemaNames, "relname": tableNames, "indexrelname": indexNames, "index_size": indexSizes},
	query:   `SELECT i.* FROM pg_statio_user_indexes i`,
	own:     []string{"indexrelid", "idx_blks_hit"},
	row: func(s *Snapshot, r *record) {
		name, whole := r.indexName()
		if !whole {
			return
		}
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		ix := s.IndexFor(t, name)
		s.lists(r, anIndex, ix.Name)
		set(&ix.SizeBytes, r.number("index_size"))
		set(&ix.BlksRead, r.number("idx_blks_read"))
		set(&ix.BlksHit, r.number("idx_blks_hit"))
	},
}

const ViewIndex View = "pg_index"

// indexView reads definitions: pg_indexes, or pg_index with its flags.
var indexView = view{
	name:    ViewIndex,
	use:     "existing indexes",
	columns: []string{"tablename relname", "indexname indexrelname", "indexdef"},
	few:     []string{"relname", "indexrelname", "indexdef"},
	also:    indexAliases,
	query: locked + `SELECT n.nspname AS schemaname, t.relname AS tablename, c.relname AS indexname, a.amname, 
		CASE WHEN t.oid IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_get_indexdef(i.indexrelid) END AS indexdef, i.indisunique, i.indisprimary, i.indisexclusion, i.indisvalid, i.indisready, i.indisreplident, i.indisclustered,
		k.conname, k.contype, c.relpages, c.relispartition
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
		JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am a ON a.oid = c.relam
		LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
		WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`,
	own: []string{"amname", "indisready", "relispartition"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "tablename", "relname")
		if t == nil {
			return
		}
		ix := s.IndexFor(t, r.text("indexname", "indexrelname"))
		s.lists(r, anIndex, ix.Name)
		ix.describe(r)
		if name := r.text("conname"); name != "" {
			ix.Constraint, ix.ConstraintType = name, r.text("contype")
		}
		ix.ConstraintKnown = ix.ConstraintKnown || r.Has("contype")
		set(&ix.Pages, r.number("relpages"))
	},
}

// describe reads what a row says of an index itself.
func (ix *Index) describe(r *record) {
	if def := r.text("indexdef"); def != "" {
		if m := shownDef.FindStringSubmatch(def); m != nil && ix.Table != nil { // as psql's \d shows it
			def = "CREATE " + m[1] + "INDEX " + lex.QuoteIdent(ix.Name) + " ON " + ix.Table.QName() + " USING " + m[2]
		}
		parsed, err := ParseIndexDef(def)
		if err != nil {
			r.bad("indexdef", "CREATE INDEX")
		} else {
			ix.Definition, ix.Def = def, parsed.IndexDef
		}
	}
	set(&ix.Valid, r.boolean("indisvalid"))
	set(&ix.Ready, r.boolean("indisready"))
	set(&ix.Unique, r.boolean("indisunique"))
	set(&ix.Primary, r.boolean("indisprimary"))
	set(&ix.Exclusion, r.boolean("indisexclusion"))
	set(&ix.ReplicaIdentity, r.boolean("indisreplident"))
	set(&ix.Clustered, r.boolean("indisclustered"))
	set(&ix.IsPartition, r.boolean("relispartition"))
	set(&ix.SizeBytes, r.number("index_bytes", "index_size", "size_bytes"))
}

// shownDef matches the definition of an index without its beginning.
var shownDef = regexp.MustCompile(`^(UNIQUE )?,? ?((?:btree|hash|gin|gist|spgist|brin) ?\(.*)$`)

// indexOf returns the index of a table with a name, which may have its schema.
func (s *Snapshot) indexOf(t *Table, name string) *Index {
	if in, bare, ok := lex.Scan(name).Qualified(); ok && in == t.Schema {
		name = bare
	}
	return s.IndexFor(t, name)
}

const ViewConstraint View = "pg_constraint"

var constraintView = view{
	name:    ViewConstraint,
	use:     "foreign keys",
	columns: []string{"conname", "contype", "constraintdef pg_get_constraintdef condef"},
	query: locked + `SELECT n.nspname AS schemaname, t.relname AS tablename, k.conname, k.contype, k.convalidated,
		CASE WHEN k.contype IN ('c', 'x') AND t.oid IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_get_constraintdef(k.oid) END AS constraintdef,
		rn.nspname AS ref_schema, r.relname AS ref_table
		FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
		LEFT JOIN pg_class r ON r.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
		WHERE k.contype IN ('p', 'u', 'x', 'f', 'c') AND k.conparentid = 0 AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`,
	own: []string{"convalidated", "constraintdef", "ref_table"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "tablename", "relname")
		if t == nil {
			return
		}
		def := r.text("constraintdef", "pg_get_constraintdef", "condef")
		if def == "" {
			return // left out by the export because the table was locked
		}
		c, err := ParseConstraintDef(def)
		if err != nil {
			r.bad("constraintdef", "a constraint's definition")
		}
		c.Name, c.Type, c.Valid = r.text("conname"), r.text("contype"), r.boolean("convalidated")
		if ref := r.text("ref_table"); ref != "" {
			c.RefSchema, c.RefTable = r.text("ref_schema"), ref
		}
		t.addConstraint(c)
		if s.backs(t, c) {
			s.lists(r, anIndex, c.Name)
		}
	},
}

// backs links a constraint to its index, if it is of a kind that has one. The
// two share a name: renaming one renames the other.
func (s *Snapshot) backs(t *Table, c Constraint) bool {
	if c.Name == "" || c.Type != "p" && c.Type != "u" && c.Type != "x" {
		return false
	}
	ix := s.IndexFor(t, c.Name)
	ix.Constraint, ix.ConstraintType, ix.ConstraintKnown = c.Name, c.Type, true
	set(&ix.Primary, opt.Some(c.Type == "p"))
	set(&ix.Exclusion, opt.Some(c.Type == "x"))
	if c.Type != "x" {
		ix.Unique = opt.Some(true)
	}
	return true
}

// addConstraint adds a constraint, or replaces the one with its name.
func (t *Table) addConstraint(c Constraint) {
	for _, have := range t.Constraints {
		if have.Name == c.Name {
			*have = c
			return
		}
	}
	t.Constraints = append(t.Constraints, &c)
}

// AddConstraint adds a constraint of a schema dump, unless an export has it.
func (t *Table) AddConstraint(c Constraint) {
	for _, have := range t.Constraints {
		if have.Name == c.Name && c.Name != "" {
			return
		}
	}
	t.Constraints = append(t.Constraints, &c)
}
