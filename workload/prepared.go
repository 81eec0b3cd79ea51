package workload

// Prepared is a row of pg_prepared_xacts.
type Prepared struct {
	XID   string
	Since Time
}

const ViewPrepared View = "pg_prepared_xacts"

var preparedView = view{
	name:    ViewPrepared, // no use: by default a server allows no prepared transactions
	columns: []string{"transaction", "gid", "prepared"},
	query:   `SELECT now() AS exported_at, transaction, gid, prepared FROM pg_prepared_xacts WHERE database = current_database()`,
	row: func(s *Snapshot, r *record) {
		s.Prepared = append(s.Prepared, Prepared{XID: r.text("transaction"), Since: r.time("prepared")})
		s.sessionTimes(r.time("exported_at", "now"), r.time("prepared"))
	},
}
