-- just: EXPLAIN (ANALYZE) SELECT max(ms) FROM pings WHERE host = 'h777';
CREATE TABLE pings (tenant integer, host text, at timestamptz, ms integer, pad text, PRIMARY KEY (tenant, host, at));
INSERT INTO pings SELECT i % 40, 'h' || i::bigint * 7919 % 10007, '2026-01-01'::timestamptz + i * interval '3 s', i % 300, repeat('p', 150) FROM generate_series(1, 200000) i;
VACUUM ANALYZE pings;
ALTER DATABASE pgverdict_case SET enable_seqscan = off;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
