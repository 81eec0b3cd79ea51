#!/usr/bin/env bash
# Makes the folders of exports from the .sql files beside them, on a PostgreSQL
# 15 that psql reaches as a superuser. Nothing is edited but stats_reset, which
# is set 60 days back (or what a script's line "-- age:" says): a rule of the
# catalogue asks for counters of some age. pg_stat_statements has to be loaded,
# with no more than 5,000 statements. Scripts with ALTER SYSTEM are undone.
# A script with a line "-- just: EXPLAIN (...) ..." makes a plan alone, a .txt;
# those with a line "-- first: ..." run that in the same session before, and
# such as say "-- server: 18" want that version, the others any. "-- values"
# exports the columns' values too; "-- bench: OPTIONS" has pgbench run the lines
# behind "-- do: " by so many clients.
set -euo pipefail
cd "$(dirname "$0")"
export_sql=$(mktemp)
(cd ../.. && go run ./cmd/pgverdict export) >"$export_sql"
(cd ../.. && go run ./cmd/pgverdict export --with-values) >"$export_sql.values"
for script in ${*:-*/*.sql}; do # all of them, or those that are named
	dir=$PWD/${script%.sql}
	psql -Xqc 'DROP DATABASE IF EXISTS pgverdict_case' -c 'CREATE DATABASE pgverdict_case' postgres 2>/dev/null
	setting=$(sed -n 's/^-- set: //p' "$script") # of the server, for the case alone
	if [ -n "$setting" ]; then psql -Xqo /dev/null -c "ALTER SYSTEM SET $setting" -c 'SELECT pg_reload_conf()' postgres; fi
	psql -Xqo /dev/null -v ON_ERROR_STOP=1 -f "$script" pgverdict_case
	bench=$(sed -n 's/^-- bench: //p' "$script")
	if [ -n "$bench" ]; then sed -n 's/^-- do: //p' "$script" | pgbench -n $bench -f - pgverdict_case >/dev/null 2>&1; fi
	just=$(sed -n 's/^-- just: //p' "$script")
	if [ -n "$just" ]; then
		psql -Xq -c '\o /dev/null' -c "$(sed -n 's/^-- first: //p' "$script")" -c '\o' -c "$just" pgverdict_case | sed "1i ${just#*) }" >"$dir.txt"
		continue
	fi
	rm -rf "$dir" && mkdir -p "$dir"
	sleep 1
	values=$(sed -n 's/^-- values.*/.values/p' "$script")
	(cd "$dir" && psql -Xqf "$export_sql$values" pgverdict_case >/dev/null 2>&1)
	keep=$(sed -n 's/^-- keep: //p' "$script") # views that matter to the case, of those that are left out
	for view in pg_settings pg_statio_user_tables pg_statio_user_indexes pg_stat_activity pg_locks pg_stat_replication pg_stats_ext pg_sequences $(sed -n 's/^-- without: //p' "$script"); do
		[[ " $keep " == *" $view "* ]] || rm -f "$dir/$view.csv"
	done
	if [ -n "$setting" ]; then psql -Xqo /dev/null -c "ALTER SYSTEM RESET ${setting%% *}" -c 'SELECT pg_reload_conf()' postgres; fi
	plan=$(sed -n 's/^-- plan: //p' "$script") # the statement whose plan belongs to the case
	if [ -n "$plan" ]; then
		explain=$(sed -n 's/^-- explain: //p' "$script") # its options, where they are not the usual ones
		{ echo "$plan" && psql -Xqc "EXPLAIN (${explain:-ANALYZE, BUFFERS}) $plan" pgverdict_case; } >"$dir/plan.txt"
	fi
	age=$(sed -n 's/^-- age: //p' "$script")
	reset=$(psql -XAtc "SELECT now() - interval '${age:-60 days}'" pgverdict_case)
	if [ -f "$dir/pg_stat_statements_info.csv" ]; then
		sed -i "2s/[^,]*\$/$reset/" "$dir/pg_stat_statements_info.csv"
	fi
	sed -i "2s/[^,]*\$/$reset/" "$dir/pg_stat_database.csv"
	if grep -q '^ALTER SYSTEM' "$script"; then # a case of settings: these alone, and only those that could be meant
		psql -Xqc 'SELECT pg_reload_conf()' -c 'SELECT pg_sleep(1)' pgverdict_case >/dev/null
		rm -f "$dir"/*.csv
		(cd "$dir" && psql -Xqc "\copy (SELECT name, setting, unit, source FROM pg_settings WHERE name ~ '^(enable_|autovacuum|track_|fsync|full_page|synchronous_c|wal_compression|default_statistics|server_version|effective_cache|shared_buffers|lock_timeout|idle_in_tran)') TO 'pg_settings.csv' WITH (FORMAT csv, HEADER)" pgverdict_case)
		psql -Xqc 'ALTER SYSTEM RESET ALL' -c 'SELECT pg_reload_conf()' pgverdict_case >/dev/null
	fi
done
psql -Xqc 'DROP DATABASE pgverdict_case' postgres
