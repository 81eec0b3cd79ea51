package workload

import "strings"

// VacuumProgress is a row of pg_stat_progress_vacuum: a VACUUM that runs.
type VacuumProgress struct {
	PID                string
	Relation           string // its name, or its OID
	Phase              string
	Total, Scanned     Float // blocks of the table
	IndexPasses        Float // how often it has read all indexes so far
	DeadHeld, DeadMost Float // dead rows that it remembers, and can: of 17 and later bytes
}

const ViewVacuumProgress View = "pg_stat_progress_vacuum"

var vacuumProgressView = view{
	name: ViewVacuumProgress,
	few:  []string{"phase", "heap_blks_total heap_blks_scanned", "index_vacuum_count heap_blks_vacuumed num_dead_tuples max_dead_tuples"},
	also: aliases{"pid": pidNames, "relid": relationNames},
	row: func(s *Snapshot, r *record) {
		s.Vacuuming = append(s.Vacuuming, VacuumProgress{
			PID: r.pid("pid"), Relation: relationOf(r), Phase: strings.ToLower(r.text("phase")),
			Total: r.number("heap_blks_total"), Scanned: r.number("heap_blks_scanned"), IndexPasses: r.number("index_vacuum_count"),
			DeadHeld: r.number("num_dead_tuples", "dead_tuple_bytes"), DeadMost: r.number("max_dead_tuples", "max_dead_tuple_bytes"),
		})
		r.asksAll([]string{"datid", "datname", "heap_blks_vacuumed", "num_dead_item_ids", "indexes_total", "indexes_processed", "delay_time"})
		s.exported(r.time("exported_at", "now"))
	},
}

// BuildProgress is a row of pg_stat_progress_create_index: a CREATE INDEX or REINDEX that runs.
type BuildProgress struct {
	PID, Relation, Command, Phase string
	WaitsFor                      string // current_locker_pid; empty if it waits for none
	Waited, Waiters               Float  // lockers_done, lockers_total: transactions that it waits for
	Blocks, BlocksDone            Float
	Tuples, TuplesDone            Float
}

const ViewBuildProgress View = "pg_stat_progress_create_index"

var buildProgressView = view{
	name: ViewBuildProgress,
	few:  []string{"phase", "lockers_total lockers_done current_locker_pid blocks_total blocks_done", "tuples_total tuples_done lockers_done current_locker_pid blocks_done"},
	also: aliases{"pid": pidNames, "relid": relationNames},
	row: func(s *Snapshot, r *record) {
		one := BuildProgress{
			PID: r.pid("pid"), Relation: relationOf(r), Command: r.text("command"), Phase: strings.ToLower(r.text("phase")),
			WaitsFor: r.pid("current_locker_pid"), Waited: r.number("lockers_done"), Waiters: r.number("lockers_total"),
			Blocks: r.number("blocks_total"), BlocksDone: r.number("blocks_done"), Tuples: r.number("tuples_total"), TuplesDone: r.number("tuples_done"),
		}
		if one.WaitsFor == "0" {
			one.WaitsFor = ""
		}
		s.Building = append(s.Building, one)
		r.asksAll([]string{"datid", "datname", "index_relid", "partitions_total", "partitions_done"})
		s.exported(r.time("exported_at", "now"))
	},
}

const relationNames = "relname table_name table tbl relation regclass"

// relationOf returns the name of a row's table, or else its OID.
func relationOf(r *record) string {
	name := r.text("relid")
	if name != "" && strings.Trim(name, "0123456789") == "" {
		return "the relation with OID " + name
	}
	return name
}
