// Package export writes the psql script that exports the statistics views as CSV
// files for review.
//
// The script only reads. It uses client-side \copy and needs no access to files
// on the server. The role pg_monitor is enough, and the script warns what is
// missing without it. The script supports PostgreSQL 13 to 18. Column values are
// not exported unless the user asks for them.
//
// The script does not wait for locks: functions that open a table (sizes,
// definitions) are not called on a table on which an ACCESS EXCLUSIVE lock is
// held or awaited. If a statement still fails, its CSV file holds the error.
// Every statement has a comment that marks it in pg_stat_statements.
package export

import (
	"fmt"
	"strings"
)

// Options are the settings of a script.
type Options struct {
	WithValues bool   // also export column values and the text of running statements
	Note       string // a comment at the top: when to take a second export
}

// file is a CSV file and its query. A query lists its columns if the view
// differs between versions or has a column that must not leave the server.
// Otherwise it selects all columns.
type file struct {
	name  string
	when  string // psql variable that must be true; empty: always
	query string
}

var files = []file{
	{"pg_stat_database", "", `SELECT now() AS exported_at, current_user AS exported_by, pg_postmaster_start_time() AS postmaster_start_time, pg_is_in_recovery() AS in_recovery,
		age(b.datfrozenxid) AS datfrozenxid_age, mxid_age(b.datminmxid) AS datminmxid_age, d.*
		FROM pg_stat_database d JOIN pg_database b ON b.oid = d.datid WHERE d.datname = current_database()`},
	// Numbers, booleans and enums hold no secrets, strings may. For settings that
	// this script changes, the value before the change is exported.
	{"pg_settings", "", `SELECT name, CASE source WHEN 'session' THEN reset_val ELSE setting END AS setting, unit, source FROM pg_settings
		WHERE vartype IN ('bool', 'integer', 'real', 'enum') OR name IN ('server_version', 'shared_preload_libraries')`},
	{"pg_stat_statements", "has_statements", `SELECT now() AS exported_at, s.* FROM pg_stat_statements s
		WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`},
	{"pg_stat_statements_info", "has_statements_info", `SELECT now() AS exported_at, i.* FROM pg_stat_statements_info i`},
	{"pg_stat_user_tables", "", `SELECT now() AS exported_at, t.* FROM pg_stat_user_tables t`},
	{"pg_statio_user_tables", "", `SELECT t.* FROM pg_statio_user_tables t`},
	{"pg_stat_user_indexes", "", `SELECT now() AS exported_at, i.* FROM pg_stat_user_indexes i`},
	{"pg_statio_user_indexes", "", `SELECT i.* FROM pg_statio_user_indexes i`},
	{"pg_index", "", locked + `SELECT n.nspname AS schemaname, t.relname AS tablename, c.relname AS indexname, a.amname, 
		CASE WHEN t.oid IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_get_indexdef(i.indexrelid) END AS indexdef, i.indisunique, i.indisprimary, i.indisexclusion, i.indisvalid, i.indisready, i.indisreplident, i.indisclustered,
		k.conname, k.contype, c.relpages, c.reltuples, c.relispartition, c.reloptions
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
		JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am a ON a.oid = c.relam
		LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
		WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`},
	{"pg_class", "", `SELECT n.nspname AS schemaname, c.relname, c.relkind, c.relpersistence, c.relispartition, c.relpages, c.reltuples, c.relallvisible,
		c.reloptions, pn.nspname AS parent_schema, p.relname AS parent,
		CASE WHEN c.relkind IN ('r', 'm') THEN greatest(age(c.relfrozenxid), (SELECT age(x.relfrozenxid) FROM pg_class x WHERE x.oid = c.reltoastrelid)) END AS relfrozenxid_age
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
		LEFT JOIN pg_class p ON p.oid = h.inhparent LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
		WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`},
	{"pg_relation_size", "", locked + `SELECT n.nspname AS schemaname, c.relname, c.relkind,
		CASE WHEN coalesce(i.indrelid, c.oid) IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_relation_size(c.oid) END AS relation_bytes,
		CASE WHEN c.relkind = 'i' OR c.oid IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_total_relation_size(c.oid) END AS total_bytes
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
		WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`},
	{"pg_constraint", "", locked + `SELECT n.nspname AS schemaname, t.relname AS tablename, k.conname, k.contype, k.convalidated,
		CASE WHEN k.contype IN ('c', 'x') AND t.oid IN (SELECT l.relation FROM locked l) THEN NULL ELSE pg_get_constraintdef(k.oid) END AS constraintdef,
		rn.nspname AS ref_schema, r.relname AS ref_table
		FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
		LEFT JOIN pg_class r ON r.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
		WHERE k.contype IN ('p', 'u', 'x', 'f', 'c') AND k.conparentid = 0 AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`},
	{"pg_sequences", "", busy + `SELECT s.schemaname, s.sequencename, s.data_type, s.max_value, s.increment_by, s.cycle, s.last_value,
		tn.nspname AS table_schema, t.relname AS tablename, a.attname, format_type(a.atttypid, a.atttypmod) AS column_type
		FROM pg_sequences s JOIN pg_namespace n ON n.nspname = s.schemaname JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.sequencename
		LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
		LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
		LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
		WHERE c.oid NOT IN (SELECT l.relation FROM busy l) AND s.schemaname NOT LIKE 'pg\_%' AND s.schemaname <> 'information_schema'`},
	{"pg_stats_ext", "", `SELECT v.schemaname, v.tablename, v.statistics_schemaname, v.statistics_name, v.attnames, v.kinds, e.stxkeys AS attnums,
		v.n_distinct, v.dependencies, v.most_common_freqs, v.most_common_base_freqs{combinations}
		FROM pg_stats_ext v JOIN pg_namespace n ON n.nspname = v.statistics_schemaname
		JOIN pg_statistic_ext e ON e.stxnamespace = n.oid AND e.stxname = v.statistics_name`},
	{"pg_stat_activity", "", `SELECT now() AS exported_at, pid, datname, usename, application_name, backend_type, state, wait_event_type, wait_event,
		backend_start, xact_start, query_start, state_change, pg_blocking_pids(pid) AS blocked_by{query} FROM pg_stat_activity WHERE pid <> pg_backend_pid()`},
	{"pg_locks", "", `SELECT l.pid, l.locktype, l.mode, l.granted, l.transactionid, n.nspname AS schemaname, c.relname FROM pg_locks l
		LEFT JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.pid <> pg_backend_pid() AND (l.locktype = 'transactionid' OR l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`},
	{"pg_stat_replication", "", `SELECT now() AS exported_at, r.* FROM pg_stat_replication r`},
	{"pg_stats", "", `SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname, format_type(a.atttypid, a.atttypmod) AS data_type, a.attnotnull AS not_null,
		s.inherited, s.null_frac, s.avg_width, s.n_distinct, s.most_common_freqs, s.correlation, s.most_common_elem_freqs, s.elem_count_histogram{values}
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
		WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
		ORDER BY 1, 2, a.attnum`},
}

// locked lists the tables on which an ACCESS EXCLUSIVE lock is held or awaited:
// reading their size or definition would wait. busy lists the sequences on which
// nextval would wait. An index counts as its table.
const (
	locked = `WITH locked AS MATERIALIZED (SELECT coalesce(i.indrelid, l.relation) AS relation FROM pg_locks l LEFT JOIN pg_index i ON i.indexrelid = l.relation
		WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) `
	busy = `WITH busy AS MATERIALIZED (SELECT l.relation FROM pg_locks l
		WHERE l.locktype = 'relation' AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) `
)

// columnValues lists the columns of pg_stats that hold user data.
const columnValues = ", s.most_common_vals, s.histogram_bounds, s.most_common_elems"

// ranges lists those for range types, since version 17.
const ranges = ", s.range_bounds_histogram, s.range_length_histogram, s.range_empty_frac"

// combinations is the column of pg_stats_ext that holds user data.
const combinations = ", v.most_common_vals"

// mark is a comment that pg_stat_statements keeps in the query text.
const mark = "/* pgverdict */"

const head = `-- pgverdict export: writes the statistics views of one database as CSV files into the current folder, for: pgverdict review .
--
--   psql -X -d mydb -f export.sql
--
-- Read only, by \copy on the client. PostgreSQL 13 to 18, psql 11 or later. The role needs pg_monitor. Column statistics (pg_stats)
-- are exported only for tables that the role may read (since version 14, pg_read_all_data covers all tables). %s
\set QUIET on
\set ON_ERROR_STOP off
\timing off
\encoding UTF8
\set failed ''
-- The last command replaces this line if the export is complete.
\o pgverdict_export.txt
\qecho '-- pgverdict export: not finished'
\o
SET /* pgverdict */ default_transaction_read_only = on;
SET /* pgverdict */ lock_timeout = '2s';
SET /* pgverdict */ statement_timeout = '2min';
SET /* pgverdict */ DateStyle = 'ISO, YMD';
SET /* pgverdict */ TimeZone = 'UTC';
SET /* pgverdict */ extra_float_digits = 1;

SELECT /* pgverdict */ current_setting('server_version_num')::int < 130000 AS too_old,
       current_setting('server_version') AS server_version,
       current_setting('server_version_num')::int >= 170000 AS has_ranges,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all,
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
           AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))) AS hidden_tables
\gset
SELECT /* pgverdict */ :hidden_tables > 0 AS some_hidden
\gset
-- pg_stat_statements may be in any schema. Its reset time is available since version 14.
SELECT /* pgverdict */ set_config('search_path', 'pg_catalog' || coalesce((SELECT ', ' || quote_ident(n.nspname) FROM pg_extension e
         JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'), ''), false) AS search_path
\gset
SELECT /* pgverdict */ to_regclass('pg_stat_statements') IS NOT NULL AS has_statements,
       to_regclass('pg_stat_statements_info') IS NOT NULL AS has_statements_info
\gset
\if :too_old
  \warn 'pgverdict: server version' :server_version 'is not supported (13 to 18): some of these queries may fail'
\endif
\if :sees_all
\else
  \warn 'pgverdict: query texts of other users are missing: this role lacks pg_monitor (GRANT pg_monitor TO ...)'
\endif
\if :some_hidden
  \warn 'pgverdict: column statistics are missing for' :hidden_tables 'tables that this role cannot read'
\endif
\if :has_statements
\else
  \warn 'pgverdict: no statements exported: pg_stat_statements is not installed in this database, or this role cannot use its schema'
\endif

`

// Script returns the psql script.
func Script(o Options) string {
	var b strings.Builder
	with, several, query, note := "", "", "", "Column values are not exported."
	if o.WithValues {
		with, several, query, note = columnValues, combinations, ", query", "Column values are exported (most_common_vals, histogram_bounds): they are your data."
	}
	if o.Note != "" {
		note += "\n-- " + o.Note
	}
	fmt.Fprintf(&b, head, note)
	for _, f := range files {
		b.WriteString(f.lines(with, several, query))
	}
	b.WriteString(tail)
	return b.String()
}

// lines returns the commands for one file. \copy ends at the end of its line and
// expands no variables. It does not set ERROR if the file cannot be opened, so
// ERROR is set to true before it.
func (f file) lines(values, combinations, query string) string {
	text := strings.NewReplacer("{values}", values, "{combinations}", combinations, "{query}", query).Replace(strings.Join(strings.Fields(f.query), " "))
	copyLine := f.copying(text)
	if with := strings.Replace(text, columnValues, columnValues+ranges, 1); with != text {
		copyLine = fmt.Sprintf("\\if :has_ranges\n%s\\else\n%s\\endif\n", f.copying(with), copyLine)
	}
	lines := fmt.Sprintf(attempt, copyLine, f.name)
	if f.when != "" {
		lines = fmt.Sprintf("\\if :%s\n%s\\endif\n", f.when, lines)
	}
	return lines
}

func (f file) copying(query string) string {
	return fmt.Sprintf("\\copy (%s) TO '%s.csv' WITH (FORMAT csv, HEADER)\n", strings.Replace(query, "SELECT ", "SELECT "+mark+" ", 1), f.name)
}

const attempt = `\set ERROR true
\set LAST_ERROR_MESSAGE 'the file could not be written'
%[1]s\if :ERROR
  \set failed :failed ' ' %[2]s
  \warn 'pgverdict: %[2]s.csv was not written:' :LAST_ERROR_MESSAGE
  \o %[2]s.csv
  \qecho '-- pgverdict export failed: %[2]s:' :LAST_ERROR_MESSAGE
  \o
\endif
`

const tail = `
SELECT /* pgverdict */ :'failed' <> '' AS any_failed
\gset
\o pgverdict_export.txt
\qecho '-- pgverdict export: finished'
\o
\if :any_failed
  \warn 'pgverdict: the export is incomplete. Failed:' :failed
  \warn 'pgverdict: run it again, or review the other files: pgverdict review .'
\else
  \echo 'Export complete. Next: pgverdict review .'
\endif
`
