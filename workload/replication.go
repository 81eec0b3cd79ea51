package workload

// Replica is a row of pg_stat_replication: a server that receives the WAL.
type Replica struct {
	Name string // application_name
}

const ViewReplication View = "pg_stat_replication"

var replicationView = view{
	name:    ViewReplication,
	columns: []string{"sync_state sync_priority sent_lsn replay_lsn sent_location replay_location", "application_name client_addr usename pid state"},
	query:   `SELECT now() AS exported_at, pid, application_name, state, sync_state, replay_lag FROM pg_stat_replication r`,
	row: func(s *Snapshot, r *record) {
		if r.text("state") != "backup" { // pg_basebackup is no replica
			s.Replicas = append(s.Replicas, Replica{Name: r.text("application_name")})
		}
		s.exported(r.time("exported_at", "now"))
	},
}
