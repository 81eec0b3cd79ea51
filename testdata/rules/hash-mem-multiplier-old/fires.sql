-- Twice work_mem holds the hash table.
-- keep: pg_settings
-- without: pg_stat_statements pg_stat_statements_info
-- plan: SELECT count(*) FROM lines l JOIN orders o ON o.id = l.order_id WHERE o.note > 'a';
CREATE TABLE orders (id int NOT NULL, note text NOT NULL);
CREATE TABLE lines (order_id int NOT NULL);
INSERT INTO orders SELECT i, 'note ' || i FROM generate_series(1, 100000) i;
INSERT INTO lines SELECT i % 100000 FROM generate_series(1, 800000) i;
VACUUM ANALYZE orders, lines;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET hash_mem_multiplier = 1;
