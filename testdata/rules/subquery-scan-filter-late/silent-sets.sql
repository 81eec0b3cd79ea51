-- just: EXPLAIN (ANALYZE, BUFFERS, VERBOSE) SELECT * FROM (SELECT customer, state, sum(amount) AS spent FROM orders GROUP BY GROUPING SETS ((customer), (state))) s WHERE customer = 77;
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL, state text NOT NULL);
INSERT INTO orders SELECT i, i * 7919 % 40000, i % 90, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1::bigint, 200000) i;
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX orders_state ON orders (state text_pattern_ops);
CREATE VIEW done_orders WITH (security_barrier) AS SELECT * FROM orders WHERE amount < 80 OFFSET 0;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
