-- Entries of a GIN index without its pending list, of which gin-fastupdate-off speaks.
-- age: 2 hours
CREATE EXTENSION pg_stat_statements;
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, words text[] NOT NULL);
CREATE INDEX notes_words_idx ON notes USING gin (words) WITH (fastupdate = off);
INSERT INTO notes (words) SELECT ARRAY(SELECT substr(md5((i * 31 + k)::text), 1, 3) FROM generate_series(1, 30) k) FROM generate_series(1, 30000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
CHECKPOINT;
\! printf '\\set i random(1, 1000000000)\nINSERT INTO notes (words) SELECT ARRAY(SELECT substr(md5((:i + k)::text), 1, 3) FROM generate_series(1, 30) k);\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 6000 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
\! echo 'SELECT pg_sleep(2);' > /tmp/pgverdict_case.bench
\! pgbench -n -c 20 -t 1 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
VACUUM ANALYZE;
