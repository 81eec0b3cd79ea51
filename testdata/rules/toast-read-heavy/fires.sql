-- keep: pg_statio_user_tables
CREATE EXTENSION pg_stat_statements;
CREATE TABLE letters (id int PRIMARY KEY, body text NOT NULL);
ALTER TABLE letters ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO letters SELECT i, repeat('x', 8000) FROM generate_series(1, 1000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET max_parallel_workers_per_gather = 0;
\! printf "SELECT count(*) FROM letters WHERE body LIKE '%%y%%';\n" > /tmp/pgverdict_case.bench
\! pgbench -n -t 580 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
