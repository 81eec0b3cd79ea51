-- They try for it and go on without.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE jobs (id int PRIMARY KEY, note text);
INSERT INTO jobs SELECT i, 'job ' || i FROM generate_series(1, 3000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf 'BEGIN;\nSELECT pg_try_advisory_xact_lock(42);\nSELECT note FROM jobs WHERE id = 7;\n\\sleep 5 ms\nCOMMIT;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -c 4 -t 50 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
