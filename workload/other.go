package workload

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pgverdict/pgverdict/internal/rows"
)

// Views and reports that are known and that no rule uses. Naming them says that they were
// read and understood, and what to export instead.

// otherView is a view of the server, or of an extension, that no rule uses.
type otherView struct {
	name    string
	shows   string // in a phrase
	columns string // those of PostgreSQL 13 to 18 that tell it: any two of them
}

var otherViews = []otherView{
	{"pg_stat_bgwriter", "writes of the background writer", "buffers_clean maxwritten_clean buffers_alloc checkpoints_timed checkpoints_req checkpoint_write_time checkpoint_sync_time buffers_checkpoint buffers_backend buffers_backend_fsync"},
	{"pg_stat_checkpointer", "checkpoints", "num_timed num_requested num_done restartpoints_timed restartpoints_req restartpoints_done buffers_written slru_written"},
	{"pg_stat_slru", "caches of transaction status", "blks_zeroed blks_exists blks_written flushes truncates"},
	{"pg_stat_progress_vacuum", "the progress of VACUUM", "phase heap_blks_total heap_blks_scanned heap_blks_vacuumed index_vacuum_count max_dead_tuple_bytes dead_tuple_bytes num_dead_item_ids indexes_total indexes_processed max_dead_tuples num_dead_tuples delay_time"},
	{"pg_stat_progress_create_index", "the progress of CREATE INDEX", "command phase index_relid lockers_total lockers_done current_locker_pid blocks_total blocks_done tuples_total tuples_done partitions_total partitions_done"},
	{"pg_stat_progress_analyze", "the progress of ANALYZE", "phase sample_blks_total sample_blks_scanned ext_stats_total ext_stats_computed child_tables_total child_tables_done current_child_table_relid"},
	{"pg_stat_progress_cluster", "the progress of CLUSTER or VACUUM FULL", "command phase heap_blks_total heap_blks_scanned cluster_index_relid heap_tuples_scanned heap_tuples_written index_rebuild_count"},
	{"pg_stat_progress_copy", "the progress of COPY", "bytes_processed bytes_total tuples_processed tuples_excluded tuples_skipped"},
	{"pg_stat_progress_basebackup", "the progress of a base backup", "phase backup_total backup_streamed tablespaces_total tablespaces_streamed"},
	{"pg_stat_wal_receiver", "the WAL that a standby receives", "receive_start_lsn receive_start_tli received_lsn written_lsn flushed_lsn received_tli last_msg_send_time last_msg_receipt_time latest_end_lsn latest_end_time sender_host sender_port conninfo"},
	{"pg_stat_replication_slots", "the decoding of replication slots", "spill_txns spill_count spill_bytes stream_txns stream_count stream_bytes total_txns"},
	{"pg_stat_subscription", "the workers of subscriptions", "subid subname worker_type received_lsn last_msg_send_time last_msg_receipt_time latest_end_lsn latest_end_time"},
	{"pg_stat_subscription_stats", "errors of subscriptions", "subname apply_error_count sync_error_count confl_insert_exists confl_update_exists confl_update_missing confl_delete_missing"},
	{"pg_stat_recovery_prefetch", "prefetching during recovery", "prefetch skip_init skip_new skip_fpw skip_rep wal_distance block_distance io_depth"},
	{"pg_stat_ssl", "the encryption of connections", "ssl cipher bits client_dn client_serial issuer_dn compression gss_authenticated"},
	{"pg_stat_gssapi", "the encryption of connections", "gss_authenticated principal encrypted credentials_delegated"},
	{"pg_stat_user_functions", "the counters of functions", "funcid funcname self_time"},
	{"pg_stat_user_functions", "the counters of functions", "self_time calls"},
	{"pg_statio_user_sequences", "block reads of sequences", "seqrelname sequence_blks_read blks_read blks_hit relid"},
	{"pg_replication_origin_status", "the progress of replication origins", "local_id external_id remote_lsn local_lsn"},
	{"pg_publication_tables", "published tables", "pubname attnames rowfilter puballtables"},
	{"pg_available_extensions", "extensions", "default_version installed_version extrelocatable"},
	{"pg_backend_memory_contexts", "the memory of one session", "total_nblocks free_chunks used_bytes free_bytes total_bytes"},
	{"pg_shmem_allocations", "shared memory", "allocated_size off numa_node"},
	{"pg_buffercache", "the pages in shared_buffers", "bufferid relfilenode isdirty usagecount pinning_backends buffers buffered buffers_percent buffer_percent percent_of_relation buffers_used buffers_unused buffers_pct cached cached_size buffered_size"},
	{"pg_stat_kcache", "CPU time and disk reads of statements", "reads_blks writes_blks user_time system_time exec_user_time exec_system_time exec_reads exec_writes minflts majflts nvcsws nivcsws"},
	{"pg_wait_sampling", "sampled wait events", "event_type event count queryid"},
	{"pg_hba_file_rules", "the rules of pg_hba.conf", "rule_number auth_method netmask"},
	{"pg_file_settings", "the lines of postgresql.conf", "sourcefile sourceline seqno applied"},
	{"pg_roles", "roles", "rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolconnlimit usesuper usecreatedb list_of_roles"},
	{"pg_tables", "the names of tables", "tableowner hasindexes hasrules hastriggers rowsecurity"},
	{"pg_tablespace", "tablespaces", "spcname spcowner spclocation"},
	{"pg_database", "databases", "datallowconn datconnlimit datcollate datctype dattablespace datacl encoding collate ctype"},
	{"pg_aios", "asynchronous reads and writes", "io_id io_generation operation target_desc raw_result f_sync f_localmem f_buffered"},
	{"pgstatindex", "the free space in an index", "root_block_no tree_level leaf_pages internal_pages deleted_pages avg_leaf_density leaf_fragmentation"},
	{"citus_tables", "distributed tables", "citus_table_type distribution_column colocation_id shard_count"},
	{"citus_shards", "shards", "shardid shard_name nodename nodeport shard_size"},
	{"pg_dist_node", "the nodes of a cluster", "nodeid groupid nodename nodeport noderole"},
	{"SHOW POOLS of PgBouncer", "its connections by pool, of which cl_waiting, sv_active and user are missing", "cl_active cl_waiting cl_cancel_req cl_active_cancel_req sv_active sv_idle sv_used sv_tested sv_login sv_active_cancel maxwait maxwait_us pool_mode"},
	{"SHOW STATS of PgBouncer", "its traffic by database", "total_xact_count total_query_count total_received total_sent total_xact_time total_query_time total_wait_time avg_xact_count avg_query_count avg_recv avg_sent avg_xact_time avg_query_time avg_wait_time avg_req total_requests"},
	{"SHOW CLIENTS or SHOW SERVERS of PgBouncer", "its connections", "local_addr local_port connect_time request_time wait_us close_needed remote_pid prepared_statements"},
	{"SHOW DATABASES of PgBouncer", "its databases", "pool_size min_pool_size reserve_pool force_user pool_mode max_connections current_connections"},
	{"SHOW POOL_NODES of Pgpool-II", "its servers", "lb_weight select_cnt load_balance_node pg_status pg_role replication_delay last_status_change"},
	{"pg_autoctl show state", "the members of a cluster", "reported_state assigned_state"},
	{"SHOW INDEX of MySQL", "its indexes", "non_unique key_name seq_in_index sub_part index_type index_comment"},
	{"SHOW TABLE STATUS of MySQL", "its tables", "row_format avg_row_length data_length max_data_length index_length data_free create_options"},
	{"SHOW REPLICA STATUS of MySQL", "its replication", "seconds_behind_master seconds_behind_source slave_io_running replica_io_running slave_sql_running replica_sql_running"},
	{"SHOW RANGES of CockroachDB", "its ranges", "range_id lease_holder lease_holder_locality replica_localities range_size_mb"},
	{"timescaledb_information.chunks", "chunks of hypertables", "hypertable_schema hypertable_name chunk_schema chunk_name range_start range_end is_compressed"},
}

// duplicates is a list that does not tell whether one of the indexes can go.
const duplicates = "a list of duplicate indexes without their definitions (indexes on the same columns can differ in their operator class, expression, WHERE or uniqueness, and one can belong to a constraint: compare pg_get_indexdef before you drop one)"

// bloatReport is computed from the widths of pg_stats.
const bloatReport = "a bloat report, an estimate from the statistics (it can be far off: measure the space with pgstattuple before you rewrite a table)"

// otherReports are reports that no rule uses. Each mark is a column, or several of which
// one must be there; a star stands for any letters.
var otherReports = []struct{ what, marks string }{
	{duplicates, "*duplicate*ind*|*redundant*ind*|*overlap*ind*|*similar*ind*|*ind*duplicate*"},
	{bloatReport, "*bloat*"},
	{bloatReport, "*wasted*bytes*|*wastedsize*|*wasted*pages*|*waste*pct*|*waste*percent*|*waste*ratio*"},
	{"a report of wasted space", "*waste*"},
	{"a report of reads and writes by table", "*read* *write* *activity*ratio*"},
	{"a report of cache hit rates", "*hit*rat*|*hit*pct|*hit*percent*|cache_hit*"},
	{"a report of cache hit rates", "name ratio"},
	{"a report of cache hit rates", "*hit*|*read* *ratio*|*rate*|*percent*|*pct*"},
	{"a report of unused indexes without their scans", "reason index *scan*|*usage*"},
	{duplicates, "idx1|idx_1|index1|index_1|shorter_index|redundant_index|duplicate_index idx2|idx_2|index2|index_2|longer_index|covering_index|covered_by|duplicate_of"},
	{"a number of sessions, without the sessions", "*count*|connections|sessions|backends|total|numbackends state|usename|username|datname|application_name|client_addr|wait_event|wait_event_type|backend_type"},
	{"a number of sessions, without the sessions", "state|states|wait|wait_event|wait_event_type avg|avg_*|average|mean|median|peak|max|max_*|samples"},
	{"a number of sessions, without the sessions", "max_connections|max_conn|connection_limit *connections*|*used*|active|idle"},
	{"a list of what holds back VACUUM (sessions, prepared transactions, replication slots)", "kind|type|source|what|holder|object|origin *xmin*|*xid_age*|*horizon* id|pid|name|who|identifier|gid|details"},
	{"SHOW PROCESSLIST of MySQL", "id user host db command time state"},
	{"the result of a load test", "*tps*|qps|*req*sec*|rps *latency*|*p95*|*p99*|clients|threads|concurrency|connections"},
	{"a list of temporary files", "name size modification"},
	{"a number of waiting sessions by the one that blocks them, without the waiting ones", "block*|holder*|held_by|pg_blocking_pids *count*|waiters|waiting|waits|n|blocked|victims|blocks"},
	{"a number of locks, without the sessions", "mode|lock_mode granted *count*|locks|backends|sessions|total|n"},
	{"a list of the sizes of databases", "datname|database|database_name|db_name|db *size*"},
	{"a list of transaction ID ages of databases, without the ages", "datname|database|database_name *xid*|*wraparound*"},
}

// otherPlans are the columns of plans that other systems print as a table. They would pass
// for a list of tables with their rows.
var otherPlans = []struct{ system, marks string }{
	{"Oracle", "id operation name"},
	{"MySQL", "id select_type table"},
	{"TiDB", "id estrows task"},
	{"SQLite", "id parent notused detail"},
	{"SQL Server", "stmttext physicalop"},
	{"SAP HANA", "operator_name operator_details"},
	{"DataFusion", "plan_type plan"},
}

// planOf returns the system that prints its plans with these columns; empty if none does.
func planOf(columns []string) string {
	for _, p := range otherPlans {
		if hasMarks(columns, p.marks) {
			return p.system
		}
	}
	return ""
}

// ofPatroni reports whether rows are members of a cluster, as patronictl or the REST API lists
// them, with columns of pg_stat_replication.
func ofPatroni(columns []string) bool {
	return hasMarks(columns, "member tl state") || hasMarks(columns, "role timeline state host|api_url")
}

const insteadOf = "Export the statistics: pgverdict export"

// Why returns a reason of this package without what to do instead, for a relation beside
// others that were read.
func Why(reason string) string { return strings.TrimSuffix(reason, ". "+insteadOf) }

// Recognize returns what rows with these columns are if they are of a view or a report
// that no rule uses, as a sentence with what to do; empty if none is known.
func Recognize(columns []string) string {
	if system := planOf(columns); system != "" {
		return "this is a plan of " + system + ". Run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL"
	}
	if ofDatabase(columns) {
		return "" // its counters are those of other views, too
	}
	if other := OtherView(columns); other != "" {
		return "this is " + other
	}
	if column, _ := lack(columns); column == "query" {
		return "" // statements without their texts, whatever else is beside them
	}
	for _, r := range otherReports {
		if hasMarks(columns, r.marks) {
			return "this is " + r.what + ", which no rule reads. " + insteadOf
		}
	}
	return ""
}

// OtherView returns the view that no rule uses and that most of the columns are of, with what
// to do; empty if there is none. A text can give its name beside them.
func OtherView(columns []string) string {
	have := setOf(columns)
	best, most := otherView{}, 1
	for _, v := range otherViews {
		n := 0
		if have.names[v.name] {
			n++
		}
		for c := range strings.FieldsSeq(v.columns) {
			if have.names[c] {
				n++
			}
		}
		if n > most {
			best, most = v, n
		}
	}
	if most == 1 {
		return ""
	}
	return best.name + ", " + best.shows + ", which no rule reads. " + insteadOf
}

// beside returns the columns that rows have of a view which people join others with and no
// rule uses, and its name, if they have several that no other view has.
func beside(columns []string) (view string, list []string) {
	for _, v := range otherViews {
		if !strings.HasPrefix(v.name, "pg_stat_progress_") {
			continue // views that rules use have columns of the others as well: wal_bytes
		}
		var own []string
		for c := range strings.FieldsSeq(v.columns) {
			if slices.Contains(columns, c) && inOthers()[c] {
				own = append(own, c)
			}
		}
		if len(own) > 1 && len(own) > len(list) {
			view, list = v.name, own
		}
	}
	if list == nil {
		for _, c := range columns {
			if strings.Contains(c, "bloat") && !strings.ContainsAny(c, "%") && !hasMarks([]string{c}, "*pct*|*ratio*|*percent*|*rate*") { // else a share of dead rows
				view, list = "a bloat report", append(list, c)
			}
		}
	}
	return view, list
}

// idleColumns are the other columns of views of which rules read some.
var idleColumns = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, list := range [...]string{
		"relid indexrelid oid last_seq_scan last_idx_scan vacuum_count autovacuum_count analyze_count autoanalyze_count total_vacuum_time total_autovacuum_time total_analyze_time total_autoanalyze_time",
		"tidx_blks_read tidx_blks_hit toast_blks_read toast_blks_hit",
		"datid datname usesysid client_addr client_hostname client_port backend_start query_id leader_pid backend_type usename application_name state state_change waiting",
		"database relation page tuple virtualxid classid objid objsubid virtualtransaction transactionid fastpath waitstart pid",
		"sent_lsn write_lsn flush_lsn replay_lsn sent_location write_location flush_location replay_location write_lag flush_lag replay_lag sync_priority sync_state reply_time backend_xmin",
		"slot_type plugin datoid temporary active_pid xmin catalog_xmin restart_lsn confirmed_flush_lsn wal_status safe_wal_size two_phase two_phase_at inactive_since conflicting invalidation_reason failover synced",
		"reltype reloftype relowner relam relfilenode reltablespace relhasindex relisshared relnatts relchecks relhasrules relhastriggers relhassubclass relrowsecurity relforcerowsecurity relispopulated " +
			"relreplident relrewrite relfrozenxid relminmxid relacl relpartbound reltoastrelid relnamespace relallfrozen relhasoids relhaspkey",
		"numbackends xact_commit xact_rollback blks_read blks_hit tup_returned tup_fetched tup_inserted tup_updated tup_deleted conflicts temp_files temp_bytes deadlocks checksum_failures checksum_last_failure blk_read_time blk_write_time " +
			"session_time active_time idle_in_transaction_time sessions sessions_abandoned sessions_fatal sessions_killed parallel_workers_to_launch parallel_workers_launched stats_reset",
		"category short_desc extra_desc context vartype source min_val max_val enumvals boot_val reset_val sourcefile sourceline pending_restart",
		"indrelid indnatts indnkeyatts indkey indcollation indclass indoption indexprs indpred indislive indcheckxmin indimmediate indnullsnotdistinct tablespace",
		"inherited most_common_elems most_common_elem_freqs elem_count_histogram range_length_histogram range_empty_frac range_bounds_histogram",
		"sequenceowner data_type start_value min_value max_value increment_by cycle cache_size last_value",
		"connamespace condeferrable condeferred conrelid contypid conindid conparentid confrelid confupdtype confdeltype confmatchtype conislocal coninhcount connoinherit conkey confkey",
		"plans total_plan_time min_plan_time max_plan_time mean_plan_time stddev_plan_time total_time min_time max_time mean_time stddev_time min_exec_time max_exec_time mean_exec_time stddev_exec_time " +
			"shared_blks_hit shared_blks_read shared_blks_dirtied shared_blks_written local_blks_hit local_blks_read local_blks_dirtied local_blks_written temp_blks_read temp_blks_written " +
			"shared_blk_read_time shared_blk_write_time local_blk_read_time local_blk_write_time temp_blk_read_time temp_blk_write_time wal_records wal_fpi wal_bytes wal_buffers_full " +
			"jit_functions jit_generation_time jit_inlining_count jit_inlining_time jit_optimization_count jit_optimization_time jit_emission_count jit_emission_time jit_deform_count jit_deform_time",
		"userid dbid toplevel rolname stats_since minmax_stats_since extnamespace extrelocatable extversion extowner extconfig extcondition",
		"gid prepared",
		"datfrozenxid datminmxid until_wraparound",    // beside their ages
		"exported_at exported_by now",                 // of an export's script
		"owner persistence access_method description", // psql
		"num_writes scans_per_write proportion_of_exec_time seq_scans size_bytes fraction connection_age",                                       // pg-extras, supabase, usql
		"indexes_size index_size toast_size index_bytes toast_bytes indexes_bytes index_mb toast_mb index_sz indexes_sz toast_sz indexes toast", // parts of a size
	} {
		for name := range strings.FieldsSeq(list) {
			names[name] = true
		}
	}
	return names
})

// idleMeanings are the idle columns and the numbers of rows by what their names mean, in any
// language.
var idleMeanings = sync.OnceValue(func() map[string]bool {
	meanings := map[string]bool{nameMeaning("rank"): true}
	for name := range idleColumns() {
		meanings[nameMeaning(name)] = true
	}
	return meanings
})

// notAsked returns the columns with figures or statements that the view did not ask the
// rows for, without those of the server and what is computed from the others.
func (r *record) notAsked(of *view, list []rows.Row) []string {
	exported := of.own != nil && !slices.ContainsFunc(of.own, func(c string) bool { return !slices.Contains(r.columns, c) })
	known := 0
	for _, c := range r.columns {
		if r.asked[c] {
			known++
		}
	}
	_, joined := beside(r.columns)
	if exported || known < 2 || r.refused >= len(list) {
		return nil
	}
	figures := map[string]bool{}
	for _, row := range list {
		for _, c := range r.columns {
			if v, _ := row.Get(c); strings.ContainsAny(v, "0123456789") || isQueryName(c) {
				figures[c] = true
			}
		}
	}
	var rest []string
	for _, c := range r.columns {
		if figures[c] && !r.asked[c] && !slices.Contains(joined, c) && !sameAgain(list, c) && !idleColumns()[c] && !idleMeanings()[nameMeaning(c)] && !inOthers()[c] && !slices.Contains(rest, c) && (!hasMarks([]string{c}, computed) || hitsAlone(c, r.columns)) {
			rest = append(rest, c)
		}
	}
	return rest
}

// ofMeasure matches a column that may be a time or a number of blocks or bytes under another
// name: what rules read most.
var ofMeasure = regexp.MustCompile(`(?:^|_)(?:ms|msec|sec|secs|seconds|time|times|duration|latency|elapsed|blks|blocks|blk|buffers|bytes|tuples|tup)(?:_|$)`)

// Measures reports whether a name is that of a figure, of whatever view or program.
func Measures(name string) bool { return strings.Contains(name, "_") && measures.MatchString(name) }

var measures = regexp.MustCompile(ofMeasure.String() + `|(?:^|_)(?:count|pct|percent|ratio|rate|lag|behind|age|size|total|avg|max|min|rows|scans?|locks|hits?|reads|writes|connections|sessions|mb|gb|kb)(?:_|$)`)

// unrecognized returns the columns of a list that may be known ones under another name, and the
// rest.
func unrecognized(columns []string) (may, rest []string) {
	for _, c := range columns {
		if ofMeasure.MatchString(c) && !ofViews()[c] && !ofRead()[c] {
			may = append(may, c)
		} else {
			rest = append(rest, c)
		}
	}
	return may, rest
}

// hitsAlone returns whether a column is a share of hits whose blocks are in no other column.
func hitsAlone(column string, columns []string) bool {
	of, _, hits := strings.Cut(column, "_hit")
	if of == "index" {
		of = "idx"
	}
	return hits && (of == "heap" || of == "idx" || of == "toast" || of == "tidx") && !slices.ContainsFunc(columns, func(c string) bool { return strings.HasPrefix(c, of+"_blks") || strings.HasPrefix(c, of+"_blocks") })
}

// sameAgain reports whether a column repeats the values of the one that it has its name from:
// a join selects both.
func sameAgain(list []rows.Row, column string) bool {
	of, again := strings.CutSuffix(column, rows.Again)
	return again && !slices.ContainsFunc(list, func(row rows.Row) bool {
		v, _ := row.Get(column)
		first, _ := row.Get(of)
		return v != first
	})
}

// computed marks the columns that say in another way what others say, and numbers of rows.
const computed = "*pct*|*percent*|*ratio*|*rate|*rate_*|*%*|*pretty*|*share*|*:*|*overhead*|#|no|nr|rank|row|row_number|index|(index)|nn|idx"

// inOthers are the columns of views that no rule uses and of no other view.
var inOthers = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, v := range otherViews {
		for c := range strings.FieldsSeq(v.columns) {
			names[c] = strings.Contains(c, "_") && !ofRead()[c]
		}
	}
	return names
})

// ofRead are all names of the columns that are read of some view.
var ofRead = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, v := range views {
		for _, list := range [...][]string{v.columns, v.few, v.own, slices.Collect(maps.Keys(v.also)), slices.Collect(maps.Values(v.also))} {
			for _, several := range list {
				for name := range strings.FieldsSeq(several) {
					names[name] = true
				}
			}
		}
	}
	return names
})

// hasMarks reports whether each of the marks matches a column of its own.
func hasMarks(columns []string, marks string) bool {
	used := map[string]bool{}
	for mark := range strings.FieldsSeq(marks) {
		found := false
		for one := range strings.SplitSeq(mark, "|") {
			for _, c := range columns {
				if ok, _ := path.Match(one, c); ok && !used[c] && !found {
					used[c], found = true, true
				}
			}
		}
		if !found {
			return false
		}
	}
	return true
}
