-- just: EXPLAIN (ANALYZE, BUFFERS) WITH spent AS MATERIALIZED (SELECT customer, sum(amount) AS amount, count(*) AS orders FROM orders GROUP BY customer) SELECT * FROM spent WHERE orders = 6;
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL, state text NOT NULL);
INSERT INTO orders SELECT i, i * 7919 % 40000, i % 90, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1::bigint, 200000) i;
CREATE INDEX orders_customer ON orders (customer);
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
