-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT firmware FROM meters WHERE id::text = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b';
CREATE TABLE meters (id uuid PRIMARY KEY, serial text NOT NULL, firmware integer NOT NULL);
INSERT INTO meters SELECT md5(i::text)::uuid, 'S' || i, i % 9 FROM generate_series(1, 60000) i;
VACUUM ANALYZE meters;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
