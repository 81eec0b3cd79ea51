package workload

import "strings"

// People rename the columns of the views in their reports, and tools have names
// of their own: heroku pg:*, pg-extras, PgHero, supabase inspect, psql's \dt+ and
// \di+, the queries of the PostgreSQL wiki. Here are the names that have one
// meaning. What a name does not tell is not read.

// aliases are the other names of columns in the reports of one view, separated
// by blanks, the surest first.
type aliases map[string]string

const (
	schemaNames = "schema schema_name table_schema nspname"
	tableNames  = "tablename table_name table relation table_full_name tabel tabela tabla tabelle"
	indexNames  = "indexname index_name index"
	// The size of a table without its indexes, and with them.
	heapSizes  = "table_size data_size heap_size relation_size table_bytes heap_bytes table_size_bytes table_only_size"
	totalSizes = "total_size total_bytes total_size_bytes pg_total_relation_size total_relation_size total_table_size total_size_pretty"
	indexSizes = "index_bytes size_bytes index_size_bytes index_size_pretty size pg_size_pretty pg_relation_size bytes"
)

var tableAliases = aliases{
	"schemaname":          schemaNames,
	"relname":             tableNames + " name",
	"seq_scan":            "seq_scans sequential_scans number_of_seq_scans seq_scan_count",
	"seq_tup_read":        "seq_tuples_read seq_rows_read",
	"idx_scan":            "idx_scans index_scans indexes_scans number_of_index_scans",
	"n_tup_ins":           "inserts inserted tup_ins rows_inserted tuples_inserted",
	"n_tup_upd":           "updates updated tup_upd rows_updated tuples_updated",
	"n_tup_del":           "deletes deleted tup_del rows_deleted tuples_deleted",
	"n_tup_hot_upd":       "hot_updates hot_updated hot_upd tuples_hot_updated",
	"n_live_tup":          "live_tuples live_rows live_tup n_live live live_row_count live_tuple_count estimated_live_rows row_count rows_in_table estimated_rows estimated_row_count estimated_count row_estimate",
	"n_dead_tup":          "dead_tuples dead_rows dead_tup n_dead dead dead_row_count dead_rowcount dead_tuple_count estimated_dead_rows",
	"n_mod_since_analyze": "mod_since_analyze modified_since_analyze",
	"reltuples":           "rowcount",
	"last_autovacuum":     "last_auto_vacuum",
	"last_autoanalyze":    "last_auto_analyze",
	"table_size":          heapSizes,
	"total_size":          totalSizes,
}

var indexAliases = aliases{
	"schemaname":     schemaNames,
	"relname":        tableNames,
	"indexrelname":   indexNames + " name", // with the table's name beside it
	"idx_scan":       "idx_scans index_scans times_used number_of_scans num_scans scans scan_count index_scan_count usage_count index_usage_count total_scans scans_since_stats_reset",
	"idx_tup_read":   "tuples_read tup_read rows_read idx_tuples_read",
	"idx_tup_fetch":  "tuples_fetched tup_fetch tup_fetched rows_fetched idx_tuples_fetched",
	"last_idx_scan":  "last_scan last_used",
	"indexdef":       "definition index_def index_definition indexdefinition pg_get_indexdef",
	"indisunique":    "unique is_unique unique_idx",
	"indisprimary":   "primary is_primary primary_key",
	"indisvalid":     "valid is_valid",
	"indisexclusion": "is_exclusion",
	"index_size":     indexSizes,
	"table_size":     heapSizes,
	"reltuples":      "num_rows",
}

var statementAliases = aliases{
	"queryid":         "query_id query_hash",
	"query":           "qry query_text sql sql_text statement normalized_query short_query query_snippet query_preview query_sample query_short query_truncated",
	"calls":           "ncalls number_calls number_of_calls call_count total_calls executions",
	"total_exec_time": "exec_time execution_time",
	"max_exec_time":   "max_time_ms max_ms",
	"rows":            "total_rows rows_returned",
}

// columnSet is the columns of a file, and the same by their letters and digits
// alone: reports write LiveTuples, live_tuples and "Size (MB)".
type columnSet struct {
	names map[string]bool
	bare  map[string]string
}

func setOf(columns []string) columnSet {
	have := columnSet{map[string]bool{}, map[string]string{}}
	for _, c := range columns {
		if at := strings.LastIndexByte(c, '_'); at > 0 && sizeInName(c) != 1 { // total_size_mb
			have.bare[bareName(c[:at])] = c
		}
	}
	for _, c := range columns {
		have.names[c], have.bare[bareName(c)] = true, c
	}
	return have
}

func bareName(column string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("_ ()?#.-", c) {
			return -1
		}
		return c
	}, column)
}

// of returns the name that a column has in a file; empty if it has its own name
// there, or is not there.
func (a aliases) of(column string, have columnSet) string {
	others := a[column]
	if others == "" || have.names[column] {
		return ""
	}
	for _, name := range strings.Fields(column + " " + others) {
		if actual := have.bare[bareName(name)]; actual != "" {
			return actual
		}
	}
	return ""
}

// in returns the names of all columns that have another one in a file.
func (a aliases) in(have columnSet) map[string]string {
	var named map[string]string
	for column := range a {
		if name := a.of(column, have); name != "" {
			if named == nil {
				named = map[string]string{}
			}
			named[column] = name
		}
	}
	return named
}

// get returns a column's value, whatever name it has in the file.
func (r *record) get(column string) (name, value string, ok bool) {
	if other := r.named[column]; other != "" {
		column = other
	}
	value, ok = r.Get(column)
	return column, value, ok
}

// has reports whether the file has a column, under any name.
func (r *record) has(column string) bool { return r.Has(column) || r.named[column] != "" }

// unusable are reports that are known and say nothing that can be used, by columns
// that no other report has.
var unusable = []struct{ columns, reason string }{
	{"bloat waste", "this is a bloat report. Bloat is an estimate that no rule uses. " + insteadOf},
	{"bloat_pct real_size", "this is a bloat report. Bloat is an estimate that no rule uses. " + insteadOf},
	{"tbloat wastedbytes", "this is a bloat report. Bloat is an estimate that no rule uses. " + insteadOf},
	{"bloat_size", "this is a bloat report. Bloat is an estimate that no rule uses. " + insteadOf},
	{"name size", "these are sizes, but nothing shows whether of tables or of indexes. Name the column name table_name or index_name. " + insteadOf},
	{"relation size", "these are sizes, but nothing shows whether of tables or of indexes. Name the column relation table_name or index_name. " + insteadOf},
	{"self_time calls", "these are the counters of functions (pg_stat_user_functions), which no rule uses. " + insteadOf},
	{"tablename size", "the size of a table can be with or without its indexes. Name the column table_size or total_size. " + insteadOf},
	{"name ratio", "this is a report of cache hit rates without the blocks that were read. " + insteadOf},
	{"name count", "nothing shows what was counted. " + insteadOf},
}

const insteadOf = "Export the statistics: pgverdict export"

// Unusable returns why a report with these columns cannot be used; empty if no such
// report is known.
func Unusable(columns []string) string {
	have := setOf(columns)
	for _, u := range unusable {
		all := true
		for _, c := range strings.Fields(u.columns) {
			all = all && (have.names[c] || c == "tablename" && tableAliases.of("relname", have) != "")
		}
		if all {
			return u.reason
		}
	}
	return ""
}
