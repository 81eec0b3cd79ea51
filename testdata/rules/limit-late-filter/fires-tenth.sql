-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT id, at FROM orders WHERE shop = 7 ORDER BY at DESC LIMIT 2000;
CREATE TABLE orders (id bigint PRIMARY KEY, shop integer NOT NULL, at timestamptz NOT NULL, note text NOT NULL);
INSERT INTO orders SELECT i, i::bigint * 7919 % 20, '2026-01-01'::timestamptz + i * interval '9 s', repeat('n', 80) FROM generate_series(1, 200000) i;
CREATE INDEX orders_at_idx ON orders (at);
VACUUM ANALYZE orders;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
