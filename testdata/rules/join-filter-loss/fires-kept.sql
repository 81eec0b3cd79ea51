-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT a.id, count(*) FROM readings a JOIN limits b ON a.v < b.v GROUP BY a.id;
CREATE TABLE readings (id integer PRIMARY KEY, v integer NOT NULL);
INSERT INTO readings SELECT i, i * 7919 % 3001 FROM generate_series(1, 3000) i;
CREATE TABLE limits (id integer PRIMARY KEY, v integer NOT NULL);
INSERT INTO limits SELECT i, i * 7907 % 1009 FROM generate_series(1, 1000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET jit = off;
