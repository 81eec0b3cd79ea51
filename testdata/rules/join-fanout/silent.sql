-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT c.region, sum(o.amount) FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.region;
CREATE TABLE customers (id integer PRIMARY KEY, region integer NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL);
INSERT INTO customers SELECT i, i % 40 FROM generate_series(0, 1499) i;
INSERT INTO orders SELECT i, i % 1500, i % 90 FROM generate_series(1, 1200000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET work_mem = '64MB';
