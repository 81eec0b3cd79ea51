package workload

import "slices"

// WALCounts are the counters of pg_stat_wal.
type WALCounts struct {
	Records, FullPages, Bytes Float
	BuffersFull, Writes       Float // writes because the buffers were full; all of them, up to 17
	Since                     Time  // stats_reset
}

const ViewWAL View = "pg_stat_wal"

var walView = view{
	name: ViewWAL,
	few:  []string{"wal_records", "wal_bytes wal_fpi wal_buffers_full"},
	row: func(s *Snapshot, r *record) {
		s.WAL = &WALCounts{
			Records: r.number("wal_records"), FullPages: r.number("wal_fpi"), Bytes: r.number("wal_bytes"),
			BuffersFull: r.number("wal_buffers_full"), Writes: r.number("wal_write"), Since: r.time("stats_reset"),
		}
		r.asksAll([]string{"wal_sync", "wal_write_time", "wal_sync_time"})
	},
}

// IOCounts is a row of pg_stat_io. Times are in ms, and 0 if track_io_timing is off.
type IOCounts struct {
	Backend, Object, Context          string
	Reads, Writes, Extends, Fsyncs    Float
	ReadMs, WriteMs, ExtendMs, SyncMs Float
}

const ViewIO View = "pg_stat_io"

var ioView = view{
	name: ViewIO,
	few:  []string{"backend_type", "object", "reads writes fsyncs"},
	also: aliases{"read_time": "read_ms", "write_time": "write_ms", "extend_time": "extend_ms", "fsync_time": "fsync_ms", "read_bytes": "read", "write_bytes": "write written", "extend_bytes": "extended"},
	row: func(s *Snapshot, r *record) {
		one := IOCounts{
			Backend: r.text("backend_type"), Object: r.text("object"), Context: r.text("context"),
			Reads: r.number("reads"), Writes: r.number("writes"), Extends: r.number("extends"), Fsyncs: r.number("fsyncs"),
			ReadMs: r.number("read_time"), WriteMs: r.number("write_time"), ExtendMs: r.number("extend_time"), SyncMs: r.number("fsync_time"),
		}
		if i := slices.IndexFunc(s.IO, func(o IOCounts) bool {
			return o.Backend == one.Backend && o.Object == one.Object && o.Context == one.Context
		}); i >= 0 {
			s.IO[i] = one // a later reading
		} else {
			s.IO = append(s.IO, one)
		}
		r.asksAll([]string{"read_bytes", "write_bytes", "writebacks", "writeback_time", "extend_bytes", "op_bytes", "hits", "evictions", "reuses", "stats_reset"})
	},
}
