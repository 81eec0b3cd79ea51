package workload

import "github.com/pgverdict/pgverdict/internal/opt"

var indexesReader = reader{
	view:  ViewIndexes,
	marks: []string{"indexrelname", "relname", "idx_scan"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		ix := s.IndexFor(t, r.text("indexrelname"))
		s.lists(r, anIndex, ix.Name)
		set(&ix.Scans, r.number("idx_scan"))
		set(&ix.TupRead, r.number("idx_tup_read"))
		set(&ix.TupFetch, r.number("idx_tup_fetch"))
		set(&ix.LastScan, r.time("last_idx_scan"))
		set(&ix.SizeBytes, r.number("index_bytes", "index_size", "size_bytes"))
		s.exported(r.time("exported_at"))
	},
}

var ioIndexesReader = reader{
	view:  ViewIOIndexes,
	marks: []string{"indexrelname", "relname", "idx_blks_read", "idx_blks_hit"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		ix := s.IndexFor(t, r.text("indexrelname"))
		s.lists(r, anIndex, ix.Name)
		set(&ix.BlksRead, r.number("idx_blks_read"))
		set(&ix.BlksHit, r.number("idx_blks_hit"))
	},
}

// indexReader reads definitions: pg_indexes, or pg_index with its flags.
var indexReader = reader{
	view:  ViewIndex,
	marks: []string{"tablename relname", "indexname indexrelname", "indexdef"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "tablename", "relname")
		if t == nil {
			return
		}
		ix := s.IndexFor(t, r.text("indexname", "indexrelname"))
		s.lists(r, anIndex, ix.Name)
		if def := r.text("indexdef"); def != "" {
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
		if name := r.text("conname"); name != "" {
			ix.Constraint, ix.ConstraintType = name, r.text("contype")
		}
		ix.ConstraintKnown = ix.ConstraintKnown || r.Has("contype")
		if o := r.options("reloptions"); o != nil {
			ix.Options = o
		}
		set(&ix.Pages, r.number("relpages"))
		set(&ix.Tuples, r.number("reltuples"))
		set(&ix.SizeBytes, r.number("index_bytes", "index_size", "size_bytes"))
	},
}

var constraintReader = reader{
	view:  ViewConstraint,
	marks: []string{"conname", "contype", "constraintdef pg_get_constraintdef condef"},
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
	set(&ix.Primary, opt.Of(c.Type == "p"))
	set(&ix.Exclusion, opt.Of(c.Type == "x"))
	if c.Type != "x" {
		ix.Unique = opt.Of(true)
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
