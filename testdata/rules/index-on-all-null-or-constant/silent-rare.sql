-- ANALYZE saw one value, and the two orders of another one are what is looked up.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id int NOT NULL, state text NOT NULL, note text);
INSERT INTO orders SELECT i, CASE WHEN i IN (700001, 900001) THEN 'new' ELSE 'done' END, 'note ' || i FROM generate_series(1, 1000000) i;
CREATE INDEX orders_state_idx ON orders (state);
VACUUM ANALYZE;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT note FROM orders WHERE state = 'new';
