package workload

// Checkpoints are the counters of pg_stat_bgwriter, from 17 on of pg_stat_checkpointer.
type Checkpoints struct {
	Timed, Requested Float // by the clock; by WAL, by a CHECKPOINT or by a base backup
	Written          Float // buffers that they wrote
	Cleaned          Float // buffers that the background writer wrote
	BackendWritten   Float // up to 16: buffers that other processes than the background writer wrote
	BackendFsync     Float // up to 16: fsyncs that sessions made themselves, as the checkpointer's queue was full
	Since, At        Time  // stats_reset; the export
}

const ViewCheckpoints View = "pg_stat_bgwriter"

var checkpointsView = view{
	name: ViewCheckpoints,
	few:  []string{"checkpoints_timed num_timed", "checkpoints_req num_requested"},
	also: aliases{"checkpoints_req": "checkpoints_requested"},
	row: func(s *Snapshot, r *record) {
		s.Checkpoints = &Checkpoints{
			Timed: r.number("checkpoints_timed", "num_timed"), Requested: r.number("checkpoints_req", "num_requested"),
			Written: r.number("buffers_checkpoint", "buffers_written"), Cleaned: r.number("buffers_clean"), BackendWritten: r.number("buffers_backend"), BackendFsync: r.number("buffers_backend_fsync"),
			Since: r.time("stats_reset"), At: r.time("exported_at", "now"),
		}
		r.asksAll([]string{"checkpoint_write_time", "checkpoint_sync_time", "write_time", "sync_time", "maxwritten_clean", "buffers_alloc", "num_done", "restartpoints_timed", "restartpoints_req", "restartpoints_done", "slru_written"})
		s.exported(s.Checkpoints.At)
	},
}
