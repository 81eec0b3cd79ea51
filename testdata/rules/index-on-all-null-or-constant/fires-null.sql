-- No order has a voucher, and what asks for those without gets all of them.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id int NOT NULL, voucher_id int, note text);
INSERT INTO orders SELECT i, NULL, 'note ' || i FROM generate_series(1, 300000) i;
CREATE INDEX orders_voucher_idx ON orders (voucher_id);
VACUUM ANALYZE;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET enable_seqscan = off;
SELECT max(note) FROM orders WHERE voucher_id IS NULL;
