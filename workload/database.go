package workload

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/rows"
)

const ViewDatabase View = "pg_stat_database"

// ofDatabase reports whether three of the columns are counters of a database.
func ofDatabase(columns []string) bool {
	n := 0
	for _, c := range strings.Fields("xact_commit xact_rollback blks_hit blks_read tup_returned tup_fetched deadlocks temp_files temp_bytes") {
		if slices.Contains(columns, c) {
			n++
		}
	}
	return n > 2
}

var databaseView = view{
	name:    ViewDatabase,
	columns: []string{"datname", "xact_commit", "stats_reset"},
	few:     []string{"datname", "stats_reset xact_commit xact_rollback blks_hit blks_read deadlocks temp_files temp_bytes"},
	also:    aliases{"datname": databaseNames, "tup_inserted": "tup_ins inserts inserted", "tup_updated": "tup_upd updates updated", "tup_deleted": "tup_del deletes deleted"},
	query: `SELECT now() AS exported_at, current_user AS exported_by, pg_postmaster_start_time() AS postmaster_start_time, pg_is_in_recovery() AS in_recovery,
		age(b.datfrozenxid) AS datfrozenxid_age, mxid_age(b.datminmxid) AS datminmxid_age, d.*
		FROM pg_stat_database d JOIN pg_database b ON b.oid = d.datid WHERE d.datname = current_database()`,
	row: func(s *Snapshot, r *record) {
		name := r.text("datname")
		if n := r.number("checksum_failures").Or(0); n > 0 {
			if s.ChecksumFailures == nil {
				s.ChecksumFailures = map[string]float64{}
			}
			s.ChecksumFailures[name] = n
		}
		if name == "" {
			return // the row of shared objects
		}
		if s.Database != "" && s.Database != name {
			if !s.lessUsed(r) {
				s.otherDatabases = append(s.otherDatabases, name)
				return
			}
			s.otherDatabases = append(s.otherDatabases, s.Database)
			s.StatsReset, s.DatabaseStats = Time{}, nil
		}
		s.Database = name
		set(&s.StatsReset, r.time("stats_reset"))
		s.NeverReset = r.Has("stats_reset") && !s.StatsReset.Known()
		s.exported(r.time("exported_at", "now"))
		if role := r.text("exported_by"); role != "" {
			s.ExportedBy = role
		}
		set(&s.PostmasterStart, r.time("postmaster_start_time", "pg_postmaster_start_time"))
		set(&s.InRecovery, r.boolean("in_recovery", "pg_is_in_recovery"))
		if s.DatabaseStats == nil {
			s.DatabaseStats = map[string]Float{}
		}
		for _, c := range []string{"xact_commit", "xact_rollback", "blks_read", "blks_hit", "temp_files", "temp_bytes", "deadlocks", "conflicts", "tup_inserted", "tup_updated", "tup_deleted", "datfrozenxid_age", "datminmxid_age"} {
			s.DatabaseStats[c] = r.number(c)
		}
	},
}

// lessUsed reports whether the database that was read is less used than that of a row, by
// the first counter that the export has of both. One of several is judged: the busiest.
func (s *Snapshot) lessUsed(r *record) bool {
	for _, c := range [...]string{"xact_commit", "blks_hit", "blks_read", "deadlocks", "temp_bytes", "temp_files"} {
		if n, of, ok := opt.Two(r.number(c), s.DatabaseStats[c]); ok && n != of {
			return n > of
		}
	}
	return false
}

// OtherDatabases returns the databases in pg_stat_database whose counters are not used: the
// rest of an export is of one.
func (s *Snapshot) OtherDatabases() []string { return s.otherDatabases }

const ViewDatabaseAges View = "pg_database"

// DatabaseAge is the age of the oldest transaction ID and multixact ID in a database. The
// name is empty if the export has the oldest of all databases.
type DatabaseAge struct {
	Name           string
	XIDs, MultiXID Float
}

// databaseNames are what people call datname.
const databaseNames = "database database_name databasename db db_name"

// databaseAgesView is what people select of pg_database to watch for wraparound.
var databaseAgesView = view{
	name: ViewDatabaseAges,
	few:  []string{"datname", "datfrozenxid_age datminmxid_age"},
	also: aliases{
		"datname":          databaseNames,
		"datfrozenxid_age": "age age_datfrozenxid frozenxid_age frozen_xid_age xid_age txid_age tx_age transaction_age transaction_id_age oldest_xid_age age_in_transactions",
		"datminmxid_age":   "mxid_age multixact_age multixid_age oldest_multixact_age",
	},
	row: readDatabaseAge,
	unlike: func(r *record, first []rows.Row) string {
		for _, row := range first {
			if r.Row = row; r.isCount("datfrozenxid_age") || r.isCount("datminmxid_age") {
				return ""
			}
		}
		return "no row has the age of a transaction ID, a number. " + insteadOf
	},
}

// oldestDatabaseView is the oldest of all databases, as monitors select it.
var oldestDatabaseView = view{
	name: ViewDatabaseAges,
	few:  []string{"oldest_current_xid", "percent_towards_wraparound percent_towards_emergency_autovac percent_towards_emergency_autovacuum"},
	row:  readDatabaseAge,
}

func readDatabaseAge(s *Snapshot, r *record) {
	s.DatabaseAges = append(s.DatabaseAges, DatabaseAge{r.text("datname"), r.xidAge("datfrozenxid_age", "oldest_current_xid"), r.xidAge("datminmxid_age")})
}

// xidAge returns the age of a transaction ID; absent if there is none. What has no rows of
// its own, such as an index or a view, has no oldest ID: age() is the largest integer then.
func (r *record) xidAge(names ...string) Float {
	if age := r.number(names...); age.Or(0) < math.MaxInt32 {
		return age
	}
	return Float{}
}

// isCount reports whether a column has a whole number.
func (r *record) isCount(column string) bool {
	v, _ := r.Get(cmp.Or(r.named[column], column))
	return v != "" && strings.Trim(v, "0123456789,.' \u00a0\u202f") == ""
}

const ViewVersion View = "version"

// versionView reads the result of SELECT version().
var versionView = view{
	name:    ViewVersion,
	columns: []string{"version"},
	alone:   true,
	row: func(s *Snapshot, r *record) {
		words := strings.Fields(r.text("version"))
		if len(words) < 2 || words[0] != "PostgreSQL" {
			r.bad("version", "PostgreSQL and its version")
			return
		}
		if s.Settings == nil {
			s.Settings = map[string]Setting{}
		}
		s.Settings["server_version"] = Setting{Value: words[1]}
	},
}

// ServerVersion returns the one version that rules, prices and reports go by:
// that of pg_settings, or else what SayVersion was told.
func (s *Snapshot) ServerVersion() Version {
	if v := pgversion.Parse(s.Settings["server_version"].Value, string(ViewSettings)); v.Known() {
		return v
	}
	if v := pgversion.FromNumber(s.Settings["server_version_num"].Value, string(ViewSettings)); v.Known() {
		return v
	}
	return s.Server
}

// SayVersion adds what another input tells of the version. What was said before
// counts if they contradict each other.
func (s *Snapshot) SayVersion(v Version) { s.Server = s.Server.Narrow(v) }

const ViewClock View = "now()"

// clockView reads the time that somebody asked for beside other results.
var clockView = view{
	name:    ViewClock,
	columns: []string{"now current_timestamp clock_timestamp localtimestamp"},
	alone:   true,
	row: func(s *Snapshot, r *record) {
		at := r.time("now", "current_timestamp", "clock_timestamp", "localtimestamp")
		s.exported(at)
		s.sessionTimes(at)
	},
}
