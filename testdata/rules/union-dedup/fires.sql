-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT 'invoice' AS kind, id, amount FROM invoices UNION SELECT 'refund', id, amount FROM refunds;
CREATE TABLE invoices (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL, state text NOT NULL);
INSERT INTO invoices SELECT i, i * 7919 % 40000, i % 90, CASE WHEN i % 3 = 0 THEN 'open' ELSE 'paid' END FROM generate_series(1::bigint, 100000) i;
CREATE TABLE refunds (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL);
INSERT INTO refunds SELECT i, i * 7919 % 40000, i % 90 FROM generate_series(1::bigint, 50000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET jit = off;
