-- What a delete touches is the table that refers to the queue, without an index.
-- age: 6 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL);
CREATE TABLE notes (job bigint REFERENCES jobs ON DELETE SET NULL, note text) WITH (fillfactor = 10);
INSERT INTO notes SELECT NULL, repeat('x', 600) FROM generate_series(1, 120);
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO jobs (payload) SELECT md5(g::text) FROM generate_series(1, 50) g;
\! printf 'INSERT INTO jobs (payload) VALUES (md5(random()::text));\nDELETE FROM jobs WHERE id = (SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);\n' > /tmp/pgverdict_case.bench
\! for i in $(seq 110); do pgbench -n -t 1000 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; psql -qXd pgverdict_case -c 'VACUUM jobs'; done; rm /tmp/pgverdict_case.bench
VACUUM ANALYZE;
