-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT name, largest FROM (SELECT c.name, (SELECT max(o.amount) FROM orders o WHERE o.customer = c.id) AS largest FROM customers c OFFSET 0) t ORDER BY name LIMIT 10;
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, region integer NOT NULL);
INSERT INTO customers SELECT i, 'customer ' || i, i % 30 FROM generate_series(1, 20000) i;
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL);
INSERT INTO orders SELECT i, i * 7919 % 20000, i % 90 FROM generate_series(1::bigint, 200000) i;
CREATE INDEX orders_customer ON orders (customer);
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET jit = off;
