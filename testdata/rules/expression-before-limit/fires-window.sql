-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT id, placed, row_number() OVER (PARTITION BY customer ORDER BY id) FROM orders ORDER BY placed DESC LIMIT 20;
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, region integer NOT NULL);
INSERT INTO customers SELECT i, 'customer ' || i * 7919 % 20011, i % 30 FROM generate_series(1, 20000) i;
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, placed integer NOT NULL, amount numeric NOT NULL, doc jsonb NOT NULL);
INSERT INTO orders SELECT i, i * 7919 % 20000, i * 7919 % 200003, i % 90, jsonb_build_object('number', i, 'text', repeat('x', 200)) FROM generate_series(1::bigint, 200000) i;
CREATE INDEX orders_customer ON orders (customer);
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET jit = off;
