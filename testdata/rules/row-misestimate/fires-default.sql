-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT source, count(*) FROM events WHERE payload @> '{"kind": "click"}' GROUP BY source;
CREATE TABLE events (id integer PRIMARY KEY, source integer NOT NULL, payload jsonb NOT NULL);
INSERT INTO events SELECT i, i, jsonb_build_object('kind', CASE WHEN i % 3 = 0 THEN 'view' ELSE 'click' END, 'n', i) FROM generate_series(1, 120000) i;
VACUUM ANALYZE events (id, source);
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET work_mem = '64MB';
