-- Loaded and emptied in one piece each night: no queue.
-- age: 60 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE incoming (id bigint NOT NULL, payload text NOT NULL);
CREATE TABLE kept (id bigint NOT NULL, payload text NOT NULL);
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! for i in $(seq 55); do psql -qXd pgverdict_case -c "INSERT INTO incoming SELECT g, md5(g::text) FROM generate_series(1, 10000) g" -c 'INSERT INTO kept SELECT id, payload FROM incoming WHERE id % 1000 = 0' -c 'DELETE FROM incoming' -c 'VACUUM incoming'; done
VACUUM ANALYZE;
