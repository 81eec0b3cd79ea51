-- plan: SELECT id, made, label FROM events ORDER BY made, id;
CREATE EXTENSION pg_stat_statements;
CREATE TABLE events (id bigint NOT NULL, made timestamp NOT NULL, label text NOT NULL);
INSERT INTO events SELECT i, timestamp '2025-01-01' + ((i + (i * 7919 % 2000))) * interval '1 second', 'event ' || i FROM generate_series(1::bigint, 400000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET work_mem = '100MB';
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
