CREATE EXTENSION pg_stat_statements;
CREATE TABLE sensors (id integer PRIMARY KEY, seen timestamptz NOT NULL);
CREATE INDEX sensors_seen_idx ON sensors (seen);
INSERT INTO sensors SELECT i, now() FROM generate_series(1, 6000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT 'UPDATE sensors SET seen = clock_timestamp()' FROM generate_series(1, 2) i \gexec
SELECT count(*) FROM sensors a, sensors b WHERE a.id < 3000 AND a.seen > b.seen;
UPDATE sensors SET seen = clock_timestamp() WHERE id < 0;
VACUUM sensors;
