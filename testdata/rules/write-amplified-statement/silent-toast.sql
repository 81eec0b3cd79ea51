-- Rows whose values are large themselves, kept out of line.
-- age: 2 hours
CREATE EXTENSION pg_stat_statements;
CREATE TABLE documents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL);
ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
SELECT pg_stat_reset(), pg_stat_statements_reset();
CHECKPOINT;
\! printf 'INSERT INTO documents (body) SELECT decode(repeat(md5(random()::text), 500), $$hex$$);\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 15000 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
\! echo 'SELECT pg_sleep(2);' > /tmp/pgverdict_case.bench
\! pgbench -n -c 20 -t 1 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
VACUUM ANALYZE;
