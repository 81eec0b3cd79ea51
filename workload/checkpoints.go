package workload

import "github.com/pgverdict/pgverdict/internal/opt"

// Checkpoints are the counters of pg_stat_bgwriter, from 17 on of pg_stat_checkpointer.
type Checkpoints struct {
	Timed, Requested Float // by the clock; by WAL, by a CHECKPOINT or by a base backup
	Written          Float // buffers that they wrote
	Cleaned          Float // buffers that the background writer wrote
	BackendWritten   Float // up to 16: buffers that other processes than the background writer wrote
	BackendFsync     Float // up to 16: fsyncs that sessions made themselves, as the checkpointer's queue was full
	Since, At        Time  // stats_reset; the export
	// Between tells that these are the counts between the first and the last of several
	// readings of one server.
	Between bool
}

// since returns what was counted since an earlier reading; not ok if the counters were reset
// between the two, or are of two servers.
func (k Checkpoints) since(first Checkpoints) (Checkpoints, bool) {
	reset, known := first.Since.Get()
	if again, ok := k.Since.Get(); !known || !ok || !again.Equal(reset) {
		return k, false
	}
	of, ok := Checkpoints{Since: first.At, At: k.At, Between: true}, true
	minus := func(last, first Float) Float {
		a, b, both := opt.Two(last, first)
		if ok = ok && a >= b; !both {
			return Float{}
		}
		return opt.Of(a - b)
	}
	of.Timed, of.Requested, of.Written, of.Cleaned = minus(k.Timed, first.Timed), minus(k.Requested, first.Requested), minus(k.Written, first.Written), minus(k.Cleaned, first.Cleaned)
	of.BackendWritten, of.BackendFsync = minus(k.BackendWritten, first.BackendWritten), minus(k.BackendFsync, first.BackendFsync)
	return of, ok
}

// checkpointsSince takes another reading of the counters: between two there are those that
// count. It reports whether there is an earlier or a later reading of the same ones.
func (s *Snapshot) checkpointsSince(k Checkpoints) bool {
	if s.firstCheckpoints == nil {
		return false
	}
	of, ok := k.since(*s.firstCheckpoints)
	if !ok {
		if of, ok = s.firstCheckpoints.since(k); ok {
			s.firstCheckpoints = &k
		}
	}
	if ok {
		s.Checkpoints = &of
	}
	return ok
}

const ViewCheckpoints View = "pg_stat_bgwriter"

var checkpointsView = view{
	name: ViewCheckpoints,
	few:  []string{"checkpoints_timed num_timed", "checkpoints_req num_requested"},
	also: aliases{"checkpoints_req": "checkpoints_requested"},
	row: func(s *Snapshot, r *record) {
		k := Checkpoints{
			Timed: r.number("checkpoints_timed", "num_timed"), Requested: r.number("checkpoints_req", "num_requested"),
			Written: r.number("buffers_checkpoint", "buffers_written"), Cleaned: r.number("buffers_clean"), BackendWritten: r.number("buffers_backend"), BackendFsync: r.number("buffers_backend_fsync"),
			Since: r.time("stats_reset"), At: r.time("exported_at", "now"),
		}
		if !s.checkpointsSince(k) {
			s.firstCheckpoints, s.Checkpoints = &k, &k
		}
		r.asksAll([]string{"checkpoint_write_time", "checkpoint_sync_time", "write_time", "sync_time", "maxwritten_clean", "buffers_alloc", "num_done", "restartpoints_timed", "restartpoints_req", "restartpoints_done", "slru_written"})
		s.exported(k.At)
	},
}
