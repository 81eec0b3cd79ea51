-- The index is the smallest thing to count the orders by.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id int NOT NULL, country text NOT NULL, note text);
INSERT INTO orders SELECT i, 'DE', 'note ' || i FROM generate_series(1, 300000) i;
CREATE INDEX orders_country_idx ON orders (country);
VACUUM ANALYZE;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET enable_seqscan = off;
SELECT count(*) FROM orders;
