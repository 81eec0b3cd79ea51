package workload

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/pgverdict/pgverdict/internal/opt"
)

const ViewSettings View = "pg_settings"

var settingsView = view{
	name:    ViewSettings,
	use:     "server settings, defaults are assumed",
	columns: []string{"name", "setting"},
	few:     []string{"parameter parameter_name setting_name", "setting value current_value current_setting"},
	also:    aliases{"name": "parameter parameter_name setting_name", "setting": "value current_value current_setting"},
	query: `SELECT name, CASE source WHEN 'session' THEN reset_val ELSE setting END AS setting, unit, source FROM pg_settings
		WHERE vartype IN ('bool', 'integer', 'real', 'enum') OR name IN ('server_version', 'shared_preload_libraries')`,
	row: func(s *Snapshot, r *record) { s.set(r, r.text("name"), r.text("setting")) },
}

// settingsListView are the settings as reviews and tools list them. A bare "value" is of
// anything: the names in the rows tell (IsSetting).
var settingsListView = view{
	name: ViewSettings,
	few:  []string{"setting variable variable_name guc guc_name", "current_value current_setting current"},
	row: func(s *Snapshot, r *record) {
		s.set(r, r.text("setting", "variable", "variable_name", "guc", "guc_name"), r.text("current_value", "current_setting", "current"))
	},
}

// set adds a setting of a row, or two that share it: max_wal_size / min_wal_size.
func (s *Snapshot) set(r *record, name, value string) {
	names, values := strings.Split(name, " / "), strings.Split(value, " / ")
	if len(names) != len(values) {
		names, values = []string{name}, []string{value}
	}
	if s.Settings == nil {
		s.Settings = map[string]Setting{}
	}
	for i, name := range names {
		one := Setting{Value: values[i], Unit: r.text("unit"), Source: r.text("source")}
		if !r.has("unit") { // else of the view
			one.Value, one.Unit = writtenValue(values[i])
		}
		s.Settings[unmarked(name)] = one
	}
}

var (
	// valueAndUnit matches a value of pg_settings with its unit behind it, product the same as
	// people multiply it out: 16384 × 8kB = 128 MB.
	valueAndUnit = regexp.MustCompile(`^(-?\d+(?:\.\d+)?) (8kB|[a-zA-Z]+)$`)
	product      = regexp.MustCompile(`^\d+ ?[×x*] ?\d+ ?[kMGT]?B = (.+)$`)
	behindValue  = regexp.MustCompile(`\s+(?:\([^()]*\)|[—–←] .*)$`)
)

// writtenValue returns a setting as a person writes it, without remarks, and its unit, if the
// value does not have it.
func writtenValue(v string) (value, unit string) {
	v = unmarked(behindValue.ReplaceAllString(v, ""))
	if m := product.FindStringSubmatch(v); m != nil {
		v = unmarked(m[1])
	}
	if m := valueAndUnit.FindStringSubmatch(v); m != nil {
		return m[1], m[2]
	}
	return v, ""
}

// unmarked returns a word without what a page puts around it.
func unmarked(s string) string { return strings.Trim(s, "`* ") }

// IsSetting reports whether a name is of one of the settings that reports list first.
func IsSetting(name string) bool { return listedSettings[name] }

var listedSettings = wordSet(`shared_buffers effective_cache_size work_mem maintenance_work_mem max_connections wal_buffers max_wal_size min_wal_size checkpoint_timeout
	checkpoint_completion_target random_page_cost seq_page_cost effective_io_concurrency default_statistics_target max_parallel_workers max_parallel_workers_per_gather max_worker_processes autovacuum
	autovacuum_max_workers autovacuum_naptime autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold autovacuum_vacuum_cost_limit autovacuum_vacuum_cost_delay statement_timeout lock_timeout idle_in_transaction_session_timeout
	synchronous_commit max_slot_wal_keep_size max_replication_slots hot_standby_feedback full_page_writes wal_level temp_buffers jit track_io_timing
	log_min_duration_statement shared_preload_libraries huge_pages fsync
	checkpoint_segments max_standby_streaming_delay max_prepared_transactions autovacuum_freeze_max_age autovacuum_work_mem hash_mem_multiplier wal_compression wal_keep_size max_wal_senders archive_mode
	jit_above_cost log_lock_waits deadlock_timeout vacuum_cost_limit vacuum_cost_delay autovacuum_analyze_scale_factor max_parallel_maintenance_workers compute_query_id track_activity_query_size`)

// SettingNumber returns a setting as a number in its own unit.
func (s *Snapshot) SettingNumber(name string) Float {
	f, err := strconv.ParseFloat(s.Settings[name].Value, 64)
	if err != nil {
		return Float{}
	}
	return opt.Of(f)
}

// SettingSeconds returns a setting whose own unit is the second.
func (s *Snapshot) SettingSeconds(name string) Float {
	n, unit := inUnits(s.Settings[name])
	if ms := timeUnits[unit]; ms > 0 {
		return opt.Map(n, func(n float64) float64 { return n * ms / 1000 })
	}
	return s.SettingNumber(name)
}

// SettingBytes returns a memory setting in bytes.
func (s *Snapshot) SettingBytes(name string) Float {
	n, unit := inUnits(s.Settings[name])
	bytes := cmp.Or(sizeUnits[unit], blockUnits[unit])
	if bytes == 0 {
		return Float{}
	}
	return opt.Map(n, func(n float64) float64 { return n * bytes })
}

// blockUnits are the units of pg_settings that are several bytes' units.
var blockUnits = map[string]float64{"8kb": 8 << 10, "16kb": 16 << 10, "32kb": 32 << 10, "16mb": 16 << 20}

// inUnits returns the number of a setting, and its unit in lower case: of pg_settings, or
// behind the number, as SHOW prints it (128MB).
func inUnits(of Setting) (n Float, unit string) {
	digits := strings.TrimRightFunc(of.Value, unicode.IsLetter)
	unit = of.Value[len(digits):]
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || unit != "" && of.Unit != "" {
		return Float{}, ""
	}
	return opt.Of(f), strings.ToLower(unit + of.Unit)
}
