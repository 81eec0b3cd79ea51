package workload

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
)

const ViewTables View = "pg_stat_user_tables"

var tablesView = view{
	name:    ViewTables,
	use:     "reads, writes and vacuums per table",
	columns: []string{"relname", "seq_scan", "n_tup_ins n_live_tup"},
	few: []string{"relname", "seq_scan seq_tup_read n_live_tup n_dead_tup n_tup_ins n_tup_upd n_tup_del n_tup_hot_upd n_mod_since_analyze " +
		"last_vacuum last_autovacuum last_analyze last_autoanalyze"},
	also:  tableAliases,
	query: `SELECT now() AS exported_at, t.* FROM pg_stat_user_tables t`,
	own:   []string{"exported_at", "relid", "n_live_tup"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		s.lists(r, aTable, t.Name)
		set(&t.SeqScan, r.number("seq_scan"))
		set(&t.SeqTupRead, r.number("seq_tup_read"))
		set(&t.IdxScan, r.number("idx_scan"))
		set(&t.IdxTupFetch, r.number("idx_tup_fetch"))
		set(&t.Inserted, r.number("n_tup_ins"))
		set(&t.Updated, r.number("n_tup_upd"))
		set(&t.Deleted, r.number("n_tup_del"))
		set(&t.HotUpdated, r.number("n_tup_hot_upd"))
		set(&t.NewpageUpdated, r.number("n_tup_newpage_upd"))
		set(&t.Live, r.number("n_live_tup"))
		t.estimate(r.number("reltuples"))
		set(&t.SizeBytes, r.number("table_bytes", "table_size"))
		set(&t.TotalBytes, r.number("total_bytes", "total_size"))
		if r.Has("total") && !exact(r, "total") { // else it can be a number of anything
			set(&t.TotalBytes, r.number("total"))
		}
		if on, known := r.boolean("autovacuum_enabled").Get(); known && !on && t.Options == nil {
			t.Options = map[string]string{"autovacuum_enabled": "false"}
		}
		set(&t.Dead, r.number("n_dead_tup"))
		set(&t.VacuumAt, r.number("autovacuum_threshold"))
		set(&t.VacuumDue, r.boolean("expect_autovacuum"))
		set(&t.FrozenXIDAge, r.xidAge("relfrozenxid_age"))
		set(&t.ModSinceAnalyze, r.number("n_mod_since_analyze"))
		set(&t.InsSinceVacuum, r.number("n_ins_since_vacuum"))
		set(&t.LastVacuum, r.time("last_vacuum"))
		set(&t.LastAutovacuum, r.time("last_autovacuum"))
		set(&t.LastAnalyze, r.time("last_analyze"))
		set(&t.LastAutoanalyze, r.time("last_autoanalyze"))
		t.VisitsKnown = t.VisitsKnown || r.has("last_autovacuum") && r.has("last_autoanalyze")
		for _, runs := range [...]string{"vacuum_count", "autovacuum_count", "analyze_count", "autoanalyze_count"} {
			t.Visited = t.Visited || r.number(runs).Or(0) > 0
		}
		s.exported(r.time("exported_at"))
	},
}

const ViewIOTables View = "pg_statio_user_tables"

var ioTablesView = view{
	name:    ViewIOTables,
	use:     "disk reads per table",
	columns: []string{"relname", "heap_blks_read", "heap_blks_hit"},
	few:     []string{"relname", "heap_blks_read", "heap_blks_hit"},
	also: aliases{"schemaname": schemaNames, "relname": tableNames, "heap_blks_read": "heap_read heap_reads heap_blocks_read", "heap_blks_hit": "heap_hit heap_hits heap_blocks_hit",
		"idx_blks_read": "idx_read idx_reads idx_blocks_read", "idx_blks_hit": "idx_hit idx_hits idx_blocks_hit"},
	query: `SELECT t.* FROM pg_statio_user_tables t`,
	own:   []string{"relid", "heap_blks_hit", "tidx_blks_hit"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		s.lists(r, aTable, t.Name)
		set(&t.HeapRead, r.number("heap_blks_read"))
		set(&t.HeapHit, r.number("heap_blks_hit"))
		set(&t.IdxRead, r.number("idx_blks_read"))
		set(&t.IdxHit, r.number("idx_blks_hit"))
		set(&t.ToastRead, r.number("toast_blks_read"))
		set(&t.ToastHit, r.number("toast_blks_hit"))
	},
}

const ViewClass View = "pg_class"

var classView = view{
	name:    ViewClass,
	use:     "table and index sizes",
	columns: []string{"relname", "relkind", "relpages", "reltuples"},
	few:     []string{"relname", "relpages reltuples relfrozenxid_age"},
	also:    aliases{"schemaname": schemaNames, "relname": tableNames + " regclass", "relfrozenxid_age": frozenAges + " age", "total_size": totalSizes, "table_size": heapSizes},
	query: `SELECT n.nspname AS schemaname, c.relname, c.relkind, c.relpersistence, c.relispartition, c.relpages, c.reltuples, c.relallvisible,
		c.reloptions, pn.nspname AS parent_schema, p.relname AS parent,
		CASE WHEN c.relkind IN ('r', 'm') THEN greatest(age(c.relfrozenxid), (SELECT age(x.relfrozenxid) FROM pg_class x WHERE x.oid = c.reltoastrelid)) END AS relfrozenxid_age
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
		LEFT JOIN pg_class p ON p.oid = h.inhparent LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
		WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`,
	own: []string{"relpersistence", "relispartition", "parent_schema"},
	row: func(s *Snapshot, r *record) {
		kind := r.text("relkind")
		pages, tuples := r.number("relpages"), r.number("reltuples")
		empty := tuples.Or(-1) == 0
		if tuples.Or(0) < 0 || tuples.Or(-1) == 0 && pages.Or(-1) == 0 && kind != "i" {
			tuples = Float{} // never analyzed: -1 from 14 on, before 0 with 0 pages
		}
		size := r.number("relation_size", "relation_bytes", "pg_relation_size", "size_bytes", "table_size")
		switch kind {
		case "i", "I":
			s.classIndex(r, pages, size)
			s.lists(r, map[string]objectKind{"i": anIndex, "I": aPartitionedIndex}[kind], r.text("relname"))
			return
		case "r", "p", "m", "f", "":
		default:
			return // sequences, views, TOAST tables
		}
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		s.lists(r, aTable, t.Name)
		t.Kind, t.Persistence = kind, r.text("relpersistence")
		set(&t.IsPartition, r.boolean("relispartition"))
		if o := r.options("reloptions"); o != nil {
			t.Options = o
		}
		set(&t.Pages, pages)
		set(&t.Tuples, tuples)
		t.EstimatedEmpty = t.EstimatedEmpty || empty
		set(&t.AllVisible, r.number("relallvisible"))
		set(&t.SizeBytes, size)
		set(&t.TotalBytes, r.number("total_size"))
		set(&t.FrozenXIDAge, r.xidAge("relfrozenxid_age"))
		if toast, own, ok := opt.Two(r.xidAge("toast_relfrozenxid_age", "toast_age"), t.FrozenXIDAge); ok {
			t.FrozenXIDAge = opt.Of(max(toast, own))
		}
		if parent := r.text("parent"); parent != "" {
			t.Parent = s.TableFor(r.text("parent_schema"), parent)
		}
	},
}

// rowCountsView reads lists of tables with the planner's estimate of their rows.
var rowCountsView = view{
	name: ViewClass,
	few:  []string{"relname", "reltuples"},
	also: aliases{"schemaname": schemaNames, "relname": tableNames, "reltuples": "row_estimate estimated_rows"},
	row:  classView.row,
}

// ViewOptions is the storage parameters of tables alone, which people select from pg_class.
const ViewOptions View = "reloptions"

var optionsView = view{
	name: ViewOptions,
	few:  []string{"relname", "reloptions"},
	also: aliases{"schemaname": schemaNames, "relname": tableNames, "reloptions": "storage_params storage_parameters options table_options"},
	row: func(s *Snapshot, r *record) {
		if t := s.tableOf(r, "relname"); t != nil {
			if o := r.options("reloptions"); o != nil {
				t.Options = o
			}
		}
	},
}

const ViewSize View = "pg_relation_size"

// sizeView reads sizes that were exported apart from pg_class. To compute them
// the server opens each table, and can wait for a lock.
var sizeView = view{
	name:    ViewSize,
	columns: []string{"relname", "relkind", "relation_bytes"},
	query: locked + `SELECT n.nspname AS schemaname, c.relname, c.relkind,
		CASE WHEN coalesce(i.indrelid, c.oid) IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_relation_size(c.oid) END AS relation_bytes,
		CASE WHEN c.relkind = 'i' OR c.oid IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_total_relation_size(c.oid) END AS total_bytes
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
		WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`,
	own: []string{"relkind", "relation_bytes", "total_bytes"},
	row: func(s *Snapshot, r *record) {
		size := r.number("relation_bytes")
		if r.text("relkind") == "i" {
			s.classIndex(r, Float{}, size)
			s.lists(r, anIndex, r.text("relname"))
		} else if t := s.tableOf(r, "relname"); t != nil {
			s.lists(r, aTable, t.Name)
			set(&t.SizeBytes, size)
			set(&t.TotalBytes, r.number("total_bytes"))
		}
	},
}

// classIndex keeps an index's size until its table is known, which pg_class does
// not name.
func (s *Snapshot) classIndex(r *record, pages, size Float) {
	s.keepIndex(r.text("schemaname", "nspname"), r.text("relname"), looseIndex{pages: pages, bytes: size})
}

// keepIndex keeps what a row says of an index whose table it does not name.
func (s *Snapshot) keepIndex(schema, name string, v looseIndex) {
	schema, name = apart(schema, name)
	key := tableKey{cmp.Or(schema, "public"), name} // as for a table without schema
	if s.looseIndexes == nil {
		s.looseIndexes = map[tableKey]looseIndex{}
	}
	v = v.with(s.looseIndexes[key])
	s.looseIndexes[key] = v
	if ix := s.indexes[key]; ix != nil {
		v.fill(ix)
	}
}

// WithoutTable returns the indexes whose table no input names, by their names, of some only
// their sizes. Their Table has no name.
func (s *Snapshot) WithoutTable() (list []*Index) {
	for key, v := range s.looseIndexes {
		if s.indexes[key] == nil && (v.scans.Known() || v.bytes.Known() && !v.pages.Known()) {
			ix := &Index{Schema: key.schema, Name: key.name, Table: new(Table)}
			v.fill(ix)
			list = append(list, ix)
		}
	}
	slices.SortFunc(list, func(a, b *Index) int { return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name)) })
	return list
}

// looseIndex is what is known of an index beside its table.
type looseIndex struct{ pages, bytes, scans, tupRead, tupFetch Float }

// with adds what another source knows.
func (v looseIndex) with(o looseIndex) looseIndex {
	set(&o.pages, v.pages)
	set(&o.bytes, v.bytes)
	set(&o.scans, v.scans)
	set(&o.tupRead, v.tupRead)
	set(&o.tupFetch, v.tupFetch)
	return o
}

func (v looseIndex) fill(ix *Index) {
	set(&ix.Pages, v.pages)
	set(&ix.SizeBytes, v.bytes)
	if !ix.SizeBytes.Known() {
		ix.SizeBytes = opt.Map(v.pages, func(p float64) float64 { return p * BlockSize })
	}
	set(&ix.Scans, v.scans)
	set(&ix.TupRead, v.tupRead)
	set(&ix.TupFetch, v.tupFetch)
}

// estimate reads reltuples beside no pages: 0 or -1 can be that of a table that was never
// analyzed.
func (t *Table) estimate(tuples Float) {
	if tuples.Or(0) > 0 {
		t.Tuples = tuples
	}
	t.EstimatedEmpty = t.EstimatedEmpty || tuples.Or(-1) == 0
}

// BlockSize is the server's page size in bytes.
const BlockSize = 8192

// RowCount returns the table's row count: reltuples, which bulk loads and
// ANALYZE keep more accurate, or else n_live_tup.
func (t *Table) RowCount() Float {
	if t.Tuples.Known() {
		return t.Tuples
	}
	return t.Live
}

// liveRefuted reports whether n_live_tup is not the row count. It is 0 after
// each reset, crash or upgrade, until VACUUM or ANALYZE runs. Without such a
// run, it is refuted by rows that a scan read or that were deleted, and by pages
// that all row versions since then could not fill.
func (s *Snapshot) liveRefuted(t *Table) bool {
	live, known := t.Live.Get()
	if !known || t.Visited || t.LastVacuum.Known() || t.LastAutovacuum.Known() || t.LastAnalyze.Known() || t.LastAutoanalyze.Known() {
		return false
	}
	perScan := 0.0
	if scans := t.SeqScan.Or(0); scans > 0 {
		perScan = t.SeqTupRead.Or(0) / scans
	}
	inserted, counted := t.Inserted.Get()
	if !counted {
		const shrunk = 2 // a scan of earlier, when there were more rows
		versions := live + t.Dead.Or(0) + t.Deleted.Or(0)
		return perScan > shrunk*versions || t.VisitsKnown && t.Bytes().Or(0)/BlockSize > shrunk*versions
	}
	existed := math.Max(perScan, t.Deleted.Or(0))
	if inserted == 0 && t.Updated.Or(0) > 0 {
		existed = math.Max(existed, 1)
	}
	pages := t.Bytes().Or(0) / BlockSize
	return existed > inserted && existed > live || pages > inserted+t.Updated.Or(0) || s.neverVisited(t)
}

// neverVisited reports whether autovacuum did not run on a table although its
// counters exceed the default thresholds. Either autovacuum is off, or it uses
// another row count; pg_class tells which.
func (s *Snapshot) neverVisited(t *Table) bool {
	if !t.VisitsKnown || s.Has(ViewClass) || s.Settings["autovacuum"].Value == "off" {
		return false
	}
	live := t.Live.Or(0)
	return t.Dead.Or(0) > 50+0.2*live || t.ModSinceAnalyze.Or(0) > 50+0.1*live
}

// ForgetLive removes the values of n_live_tup that are not row counts, and
// returns their tables.
func (s *Snapshot) ForgetLive() (tables []*Table) {
	for _, t := range s.Tables {
		if s.liveRefuted(t) {
			t.Live = Float{}
			tables = append(tables, t)
		}
	}
	return tables
}

// Bytes returns the size of the table's heap.
func (t *Table) Bytes() Float {
	if t.SizeBytes.Known() {
		return t.SizeBytes
	}
	return opt.Map(t.Pages, func(p float64) float64 { return p * BlockSize })
}

// Writes returns the number of rows inserted, updated and deleted.
func (t *Table) Writes() Float {
	sum, known := 0.0, false
	for _, v := range []Float{t.Inserted, t.Updated, t.Deleted} {
		f, ok := v.Get()
		sum, known = sum+math.Max(f, 0), known || ok
	}
	if !known {
		return Float{}
	}
	return opt.Of(sum)
}
