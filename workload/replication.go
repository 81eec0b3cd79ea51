package workload

// Replica is a row of pg_stat_replication.
type Replica struct {
	Name, State, SyncState string
	ReplayLag              string // an interval as the server prints it
}

const ViewReplication View = "pg_stat_replication"

var replicationView = view{
	name:    ViewReplication,
	columns: []string{"pid", "sync_state", "replay_lsn replay_lag"},
	query:   `SELECT now() AS exported_at, r.* FROM pg_stat_replication r`,
	row: func(s *Snapshot, r *record) {
		s.Replicas = append(s.Replicas, Replica{
			Name: r.text("application_name"), State: r.text("state"), SyncState: r.text("sync_state"), ReplayLag: r.text("replay_lag"),
		})
		s.exported(r.time("exported_at", "now"))
	},
}
