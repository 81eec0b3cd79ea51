-- keep: pg_settings
CREATE EXTENSION pg_stat_statements;
CREATE TABLE letters (id int NOT NULL, body text NOT NULL) WITH (fillfactor = 10);
INSERT INTO letters SELECT i, repeat('x', 300) FROM generate_series(1, 270000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
ALTER DATABASE pgverdict_case SET track_io_timing = on;
\c
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM letters;
