package workload

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

var databaseReader = reader{
	view:  ViewDatabase,
	marks: []string{"datname", "xact_commit", "stats_reset"},
	row: func(s *Snapshot, r *record) {
		name := r.text("datname")
		if name == "" || s.Database != "" && s.Database != name {
			return // the row of shared objects, and other databases'
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
		for _, c := range []string{"xact_commit", "xact_rollback", "blks_read", "blks_hit", "temp_files", "temp_bytes", "deadlocks", "tup_inserted", "tup_updated", "tup_deleted", "datfrozenxid_age", "datminmxid_age"} {
			s.DatabaseStats[c] = r.number(c)
		}
	},
}

var settingsReader = reader{
	view:  ViewSettings,
	marks: []string{"name", "setting"},
	row: func(s *Snapshot, r *record) {
		if s.Settings == nil {
			s.Settings = map[string]Setting{}
		}
		s.Settings[r.text("name")] = Setting{Value: r.text("setting"), Unit: r.text("unit"), Source: r.text("source")}
	},
}

// Server is the version of a server, and which input says so.
type Server struct {
	Major int    // 17
	Text  string // as the input has it: "17.2"
	Basis string // pg_settings, "schema dump" or what the caller named
}

// ServerVersion is the one version that everything goes by: of the settings, else
// what SayVersion was told.
func (s *Snapshot) ServerVersion() (Server, bool) {
	if v := s.Settings["server_version"].Value; v != "" {
		if major, ok := majorOf(v); ok {
			return Server{major, v, string(ViewSettings)}, true
		}
	}
	if n, err := strconv.Atoi(s.Settings["server_version_num"].Value); err == nil && n >= 100000 {
		return Server{n / 10000, fmt.Sprintf("%d.%d", n/10000, n%10000), string(ViewSettings)}, true
	}
	return s.Server, s.Server.Major > 0
}

// SayVersion notes a version that no settings tell: the first one that is told
// counts.
func (s *Snapshot) SayVersion(text, basis string) {
	if major, ok := majorOf(text); ok && s.Server.Major == 0 {
		s.Server = Server{major, text, basis}
	}
}

// majorOf reads "17.2", "17", "18beta1", "15.4 (Debian 15.4-1)".
func majorOf(version string) (major int, ok bool) {
	end := strings.IndexFunc(version, func(c rune) bool { return c < '0' || c > '9' })
	if end < 0 {
		end = len(version)
	}
	n, err := strconv.Atoi(version[:end])
	return n, err == nil && n > 0
}

// SettingNumber is a setting's number in its own unit.
func (s *Snapshot) SettingNumber(name string) Float {
	f, err := strconv.ParseFloat(s.Settings[name].Value, 64)
	if err != nil {
		return Float{}
	}
	return opt.Of(f)
}

// SettingBytes is a memory setting in bytes.
func (s *Snapshot) SettingBytes(name string) Float {
	unit, ok := memoryUnits[s.Settings[name].Unit]
	if !ok {
		return Float{}
	}
	return opt.Map(s.SettingNumber(name), func(v float64) float64 { return v * unit })
}

var memoryUnits = map[string]float64{"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "8kB": 8 << 10, "16MB": 16 << 20}
