CREATE EXTENSION pg_stat_statements;
CREATE TABLE sensors (id integer PRIMARY KEY, seen timestamptz NOT NULL);
CREATE INDEX sensors_seen_idx ON sensors (seen);
INSERT INTO sensors SELECT i, now() FROM generate_series(1, 6000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT 'UPDATE sensors SET seen = clock_timestamp()' FROM generate_series(1, 3) i \gexec
VACUUM sensors;
