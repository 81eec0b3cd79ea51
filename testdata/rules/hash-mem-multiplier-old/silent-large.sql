-- Ten times of it would not.
-- keep: pg_settings
-- without: pg_stat_statements pg_stat_statements_info
-- plan: SELECT count(*) FROM lines l JOIN orders o ON o.id = l.order_id WHERE o.note > 'a';
CREATE TABLE orders (id int NOT NULL, note text NOT NULL);
CREATE TABLE lines (order_id int NOT NULL);
INSERT INTO orders SELECT i, 'note ' || i FROM generate_series(1, 800000) i;
INSERT INTO lines SELECT i % 800000 FROM generate_series(1, 800000) i;
VACUUM ANALYZE orders, lines;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET hash_mem_multiplier = 1;
