#!/usr/bin/env bash
# Makes the files of cases anew by the SQL in their comments, on a PostgreSQL
# that psql reaches as a superuser: make.sh seq-scan/fires.txtar ...; without
# arguments all of them. Nothing is edited except stats_reset, which is set back
# by 60 days: some rules need counters of some age. pg_stat_statements has to be
# loaded, with no more than 5,000 statements. Settings are reset afterwards.
#
# Lines of the SQL can say more:
#   -- just: EXPLAIN (...) ...  the case is this plan alone
#   -- first: ...               run before, in the session of the plan
#   -- plan: SELECT ...         its plan belongs to the case
#   -- explain: ...             options of that plan, if not ANALYZE, BUFFERS
#   -- set: name = value        a setting of the server
#   -- server: 18               the version to use, if not any
#   -- age: 1 hour              the age of the counters
#   -- keep: view ..., -- without: view ...  what is exported besides, or not
#   -- values                   export the columns' values, too
#   -- bench: OPTIONS           pgbench runs the lines "-- do: "
#
# A comment without SQL says where else the case comes from, one that begins
# with "By hand" how a person made it: such cases are left out, and plans without
# the line "-- just:". Afterwards
# `go test ./internal/testcase -update` replaces copies by references.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd ../.. && go run ./cmd/pgverdict export) >"$work/export.sql"
(cd ../.. && go run ./cmd/pgverdict export --with-values) >"$work/export-values.sql"
script=$work/case.sql
dir=$work/case
usual="pg_stat_database pg_stat_statements pg_stat_statements_info pg_stat_user_tables pg_stat_user_indexes pg_index pg_class pg_relation_size pg_constraint pg_stats"

# made replaces the files of an archive by those in $dir.
made() {
	{
		cat "$script"
		for file in "$dir"/*; do
			printf -- '-- %s --\n' "${file##*/}"
			cat "$file"
		done
	} >"$work/case.txtar"
	mv "$work/case.txtar" "$1"
}

for archive in ${*:-*/*.txtar}; do
	sed '/^-- .* --$/,$d' "$archive" >"$script"
	if grep -q 'By hand' "$script" || ! grep -q ';' "$script"; then continue; fi
	if ! grep -q '^-- .*\.csv' "$archive" && ! grep -q '^-- just: ' "$script"; then continue; fi
	rm -rf "$dir" && mkdir "$dir"
	psql -Xqc 'DROP DATABASE IF EXISTS pgverdict_case' -c 'CREATE DATABASE pgverdict_case' postgres 2>/dev/null
	setting=$(sed -n 's/^-- set: //p' "$script")
	if [ -n "$setting" ]; then psql -Xqo /dev/null -c "ALTER SYSTEM SET $setting" -c 'SELECT pg_reload_conf()' postgres; fi
	psql -Xqo /dev/null -v ON_ERROR_STOP=1 -f "$script" pgverdict_case
	bench=$(sed -n 's/^-- bench: //p' "$script")
	if [ -n "$bench" ]; then sed -n 's/^-- do: //p' "$script" | pgbench -n $bench -f - pgverdict_case >/dev/null 2>&1; fi
	just=$(sed -n 's/^-- just: //p' "$script")
	if [ -n "$just" ]; then
		psql -Xq -c '\o /dev/null' -c "$(sed -n 's/^-- first: //p' "$script")" -c '\o' -c "$just" pgverdict_case | sed "1i ${just#*) }" >"$dir/plan.txt"
		made "$archive"
		continue
	fi
	sleep 1
	values=$(sed -n 's/^-- values.*/-values/p' "$script")
	(cd "$dir" && psql -Xqf "$work/export$values.sql" pgverdict_case >/dev/null 2>&1)
	rm -f "$dir"/*.txt # what the export says of itself
	keep="$usual $(sed -n 's/^-- keep: //p' "$script")"
	without=$(sed -n 's/^-- without: //p' "$script")
	for file in "$dir"/*.csv; do
		view=$(basename "$file" .csv)
		if [[ " $keep " != *" $view "* || " $without " == *" $view "* ]]; then rm -f "$file"; fi
	done
	if [ -n "$setting" ]; then psql -Xqo /dev/null -c "ALTER SYSTEM RESET ${setting%% *}" -c 'SELECT pg_reload_conf()' postgres; fi
	plan=$(sed -n 's/^-- plan: //p' "$script")
	if [ -n "$plan" ]; then
		explain=$(sed -n 's/^-- explain: //p' "$script")
		{ echo "$plan" && psql -Xqc "EXPLAIN (${explain:-ANALYZE, BUFFERS}) $plan" pgverdict_case; } >"$dir/plan.txt"
	fi
	age=$(sed -n 's/^-- age: //p' "$script")
	reset=$(psql -XAtc "SELECT now() - interval '${age:-60 days}'" pgverdict_case)
	if [ -f "$dir/pg_stat_statements_info.csv" ]; then
		sed -i "2s/[^,]*\$/$reset/" "$dir/pg_stat_statements_info.csv"
	fi
	sed -i "2s/[^,]*\$/$reset/" "$dir/pg_stat_database.csv"
	if grep -q '^ALTER SYSTEM' "$script"; then # a case of settings: these alone, and only those that matter to rules
		psql -Xqc 'SELECT pg_reload_conf()' -c 'SELECT pg_sleep(1)' pgverdict_case >/dev/null
		rm -f "$dir"/*.csv
		(cd "$dir" && psql -Xqc "\copy (SELECT name, setting, unit, source FROM pg_settings WHERE name ~ '^(enable_|autovacuum|track_|fsync|full_page|synchronous_c|wal_compression|default_statistics|server_version|effective_cache|shared_buffers|lock_timeout|idle_in_tran)') TO 'pg_settings.csv' WITH (FORMAT csv, HEADER)" pgverdict_case)
		psql -Xqc 'ALTER SYSTEM RESET ALL' -c 'SELECT pg_reload_conf()' pgverdict_case >/dev/null
	fi
	made "$archive"
done
psql -Xqc 'DROP DATABASE pgverdict_case' postgres
