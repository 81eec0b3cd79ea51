-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT state, count(*) FROM baskets GROUP BY state;
CREATE TABLE baskets (id integer PRIMARY KEY, state integer NOT NULL, pad text NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO baskets SELECT i, i % 5, repeat('p', 150) FROM generate_series(1, 200000) i;
DELETE FROM baskets WHERE id % 40 > 0;
ANALYZE baskets;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
