package workload

// Prepared is a row of pg_prepared_xacts.
type Prepared struct {
	XID   string
	Since Time
}

const ViewPrepared View = "pg_prepared_xacts"

var preparedView = view{
	name:    ViewPrepared,
	columns: []string{"transaction", "gid", "prepared"},
	row: func(s *Snapshot, r *record) {
		s.Prepared = append(s.Prepared, Prepared{XID: r.text("transaction"), Since: r.time("prepared")})
		s.sessionTimes(r.time("exported_at", "now"), r.time("prepared"))
	},
}
