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

	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/workload"
)

// Options are the settings of a script.
type Options struct {
	WithValues bool   // also export column values and the text of running statements
	Note       string // a comment at the top: when to take a second export
}

// mark is a comment that pg_stat_statements keeps in the query text.
const mark = "/* pgverdict */"

const head = `-- pgverdict export: writes the statistics views of one database as CSV files into the current folder, for: pgverdict review .
--
--   psql -X -d mydb -f export.sql
--
-- Read only, by \copy on the client. PostgreSQL 13 to 18, psql 11 or later. The role needs pg_monitor. Column statistics (pg_stats)
-- are exported only for tables that the role may read (since version 14, pg_read_all_data covers all tables). %[1]s
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
%[2]s       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all,
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

// needs are the psql variables that must be true for a view's export.
var needs = map[workload.View]string{
	workload.ViewStatements:     "has_statements",
	workload.ViewStatementsInfo: "has_statements_info",
}

// Script returns the psql script.
func Script(o Options) string {
	note := "Column values are not exported, except the frequencies of true and false in boolean columns."
	if o.WithValues {
		note = "Column values are exported (most_common_vals, histogram_bounds): they are your data."
	}
	if o.Note != "" {
		note += "\n-- " + o.Note
	}
	var commands, versions strings.Builder
	asked := map[int]bool{}
	for _, v := range workload.Views() {
		queries := queriesOf(v, o.WithValues)
		if len(queries) == 0 {
			continue
		}
		commands.WriteString(lines(v, queries))
		for _, q := range queries[1:] {
			if !asked[q.since] {
				asked[q.since] = true
				fmt.Fprintf(&versions, "       current_setting('server_version_num')::int >= %d0000 AS since_%d,\n", q.since, q.since)
			}
		}
	}
	return fmt.Sprintf(head, note, versions.String()) + commands.String() + tail
}

// query exports a view from servers of a major version on.
type query struct {
	since int
	text  string
}

// queriesOf returns the queries of a view that differ, the oldest first; nil if
// it is not exported.
func queriesOf(v workload.View, values bool) (list []query) {
	last := ""
	for major := pgversion.Oldest; major <= pgversion.Newest; major++ {
		if text := v.Query(major, values); text != last {
			list, last = append(list, query{major, text}), text
		}
	}
	return list
}

// lines returns the commands for one file. \copy ends at the end of its line and
// expands no variables. It does not set ERROR if the file cannot be opened, so
// ERROR is set to true before it.
func lines(v workload.View, queries []query) string {
	copying := ""
	for i, q := range queries {
		line := fmt.Sprintf("\\copy (%s) TO '%s.csv' WITH (FORMAT csv, HEADER)\n", strings.Replace(q.text, "SELECT ", "SELECT "+mark+" ", 1), v)
		if i > 0 {
			line = fmt.Sprintf("\\if :since_%d\n%s\\else\n%s\\endif\n", q.since, line, copying)
		}
		copying = line
	}
	text := fmt.Sprintf(attempt, copying, v)
	if needs[v] != "" {
		text = fmt.Sprintf("\\if :%s\n%s\\endif\n", needs[v], text)
	}
	return text
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
