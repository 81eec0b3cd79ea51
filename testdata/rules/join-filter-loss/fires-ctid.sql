-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM jobs j WHERE ctid IN (SELECT ctid FROM jobs WHERE queue = 17 FOR UPDATE LIMIT 40);
CREATE TABLE jobs (id bigint PRIMARY KEY, queue integer NOT NULL, body text NOT NULL);
INSERT INTO jobs SELECT i, i % 500, 'job ' || i FROM generate_series(1::bigint, 40000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET enable_tidscan = off;
ALTER DATABASE pgverdict_case SET enable_hashjoin = off;
ALTER DATABASE pgverdict_case SET enable_mergejoin = off;
