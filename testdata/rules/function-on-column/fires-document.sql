-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT id FROM events WHERE payload ->> 'code' = '4711';
CREATE TABLE events (id integer PRIMARY KEY, payload jsonb NOT NULL);
INSERT INTO events SELECT i, jsonb_build_object('code', i, 'kind', 'click') FROM generate_series(1, 60000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
