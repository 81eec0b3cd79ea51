-- plan: SELECT customer, placed, amount, note FROM sales WHERE customer BETWEEN 200 AND 239;
CREATE EXTENSION pg_stat_statements;
CREATE TABLE sales (id bigint PRIMARY KEY, customer integer NOT NULL, placed date NOT NULL, amount numeric NOT NULL, note text NOT NULL);
INSERT INTO sales SELECT i, i / 2000 * 20 + i % 20, date '2024-01-01' + (i / 600)::integer, i % 90, repeat('n', 900) FROM generate_series(1::bigint, 120000) i;
CREATE INDEX sales_customer_placed ON sales (customer, placed);
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET enable_bitmapscan = off;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
