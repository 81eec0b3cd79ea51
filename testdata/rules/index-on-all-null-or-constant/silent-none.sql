-- No order has failed; to see that there is none takes an index.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id int NOT NULL, failed_at timestamptz, note text);
INSERT INTO orders SELECT i, NULL, 'note ' || i FROM generate_series(1, 300000) i;
CREATE INDEX orders_failed_idx ON orders (failed_at);
VACUUM ANALYZE;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT note FROM orders WHERE failed_at > '2026-01-01';
