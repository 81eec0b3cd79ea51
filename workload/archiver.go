package workload

// Archiver is the row of pg_stat_archiver.
type Archiver struct {
	Archived, Failed             Float
	LastArchived, LastFailed     string // names of WAL files
	LastArchivedAt, LastFailedAt Time
	At                           Time  // of the export
	Since                        Time  // stats_reset
	WALBytes                     Float // the size of pg_wal, which people select beside it
	Ready                        Float // files that wait for the archiver
}

// Fails reports whether the last attempt failed: known if the export has both times, or both
// names of one timeline.
func (a *Archiver) Fails() bool {
	failed, some := a.LastFailedAt.Get()
	archived, any := a.LastArchivedAt.Get()
	switch {
	case some && any:
		return failed.After(archived)
	case some:
		return a.Archived.Known() && a.Archived.Or(0) == 0
	}
	return len(a.LastFailed) == 24 && len(a.LastArchived) == 24 && a.LastFailed > a.LastArchived
}

const ViewArchiver View = "pg_stat_archiver"

var archiverView = view{
	name:    ViewArchiver,
	columns: []string{"failed_count", "last_failed_wal last_failed_time"},
	few:     []string{"last_failed_wal last_failed_time", "last_archived_wal last_archived_time archived_count"},
	also:    aliases{"wal_bytes": "pg_wal_size pg_wal_bytes wal_size wal_dir_size pg_wal wal_size_bytes pg_wal_size_bytes", "ready_count": "ready_files files_ready wal_ready ready"},
	row: func(s *Snapshot, r *record) {
		s.Archiver = &Archiver{
			Archived: r.number("archived_count"), Failed: r.number("failed_count"),
			LastArchived: r.text("last_archived_wal"), LastFailed: r.text("last_failed_wal"),
			LastArchivedAt: r.time("last_archived_time"), LastFailedAt: r.time("last_failed_time"),
			At: r.time("exported_at", "now"), Since: r.time("stats_reset"), WALBytes: r.number("wal_bytes"), Ready: r.number("ready_count"),
		}
		s.exported(s.Archiver.At)
	},
}
