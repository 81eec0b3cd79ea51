#!/usr/bin/env bash
# Makes the folders of exports from the .sql files beside them, on a PostgreSQL
# 15 that psql reaches as a superuser. Nothing is edited but stats_reset, which
# is set 60 days back: a rule of the catalogue asks for counters of some age.
set -euo pipefail
cd "$(dirname "$0")"
export_sql=$(mktemp)
(cd ../.. && go run ./cmd/pgverdict export) >"$export_sql"
for script in ${*:-*/*.sql}; do # all of them, or those that are named
	dir=$PWD/${script%.sql}
	rm -rf "$dir" && mkdir -p "$dir"
	psql -Xqc 'DROP DATABASE IF EXISTS pgverdict_case' -c 'CREATE DATABASE pgverdict_case' postgres 2>/dev/null
	psql -Xqo /dev/null -v ON_ERROR_STOP=1 -f "$script" pgverdict_case
	sleep 1
	(cd "$dir" && psql -Xqf "$export_sql" pgverdict_case >/dev/null 2>&1 && rm -f pg_settings.csv pg_statio*.csv pg_stat_activity.csv pg_locks.csv pg_stat_replication.csv pg_stats_ext.csv)
	if [ -f "$dir/pg_stat_statements_info.csv" ]; then
		sed -i "2s/[^,]*\$/$(psql -XAtc "SELECT now() - interval '60 days'" pgverdict_case)/" "$dir/pg_stat_statements_info.csv"
	fi
	reset=$(psql -XAtc "SELECT now() - interval '60 days'" pgverdict_case)
	sed -i "2s/[^,]*\$/$reset/" "$dir/pg_stat_database.csv"
done
psql -Xqc 'DROP DATABASE pgverdict_case' postgres
