package workload

// Space is what pgstattuple measured in a table, in bytes.
type Space struct {
	Size       Float // of the table
	Dead, Free Float
	DeadRows   Float
	Approx     bool // pgstattuple_approx: read from the visibility map and the free space map, where pages are all visible
}

const ViewSpace View = "pgstattuple"

var spaceView = view{
	name: ViewSpace,
	few:  []string{"relname", "table_len", "free_percent free_space approx_free_percent approx_free_space"},
	also: aliases{"schemaname": schemaNames, "relname": tableNames + " name"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		t.Space = &Space{
			Size: r.number("table_len"), Dead: r.number("dead_tuple_len"), Free: r.number("free_space", "approx_free_space"),
			DeadRows: r.number("dead_tuple_count"), Approx: r.has("approx_free_space"),
		}
		set(&t.SizeBytes, t.Space.Size)
		r.asksAll([]string{"tuple_count", "tuple_len", "tuple_percent", "dead_tuple_percent", "free_percent", "scanned_percent", "approx_tuple_count", "approx_tuple_len", "approx_tuple_percent", "approx_free_percent"})
	},
}
