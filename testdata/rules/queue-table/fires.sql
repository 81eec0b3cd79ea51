-- Never vacuumed while it was worked through: what was taken stands in the way.
-- age: 6 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_at timestamptz NOT NULL DEFAULT clock_timestamp(), payload text NOT NULL) WITH (autovacuum_enabled = off);
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO jobs (payload) SELECT md5(g::text) FROM generate_series(1, 50) g;
\! printf 'INSERT INTO jobs (payload) VALUES (md5(random()::text));\nDELETE FROM jobs WHERE id = (SELECT id FROM jobs ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED);\n' > /tmp/pgverdict_case.bench
\! (echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;'; sleep 100) | psql -qXd pgverdict_case >/dev/null & sleep 1; for i in $(seq 11); do pgbench -n -t 10000 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; psql -qXd pgverdict_case -c 'VACUUM jobs'; done; rm /tmp/pgverdict_case.bench
ALTER TABLE jobs RESET (autovacuum_enabled);
VACUUM ANALYZE;
