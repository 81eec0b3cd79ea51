-- plan: SELECT state, sum(amount) FROM orders GROUP BY state;
-- calls: 20
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, amount integer NOT NULL, state text NOT NULL);
INSERT INTO orders SELECT i, i * 7919 % 40000, i % 90, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1::bigint, 12000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 1;
ALTER DATABASE pgverdict_case SET parallel_setup_cost = 10;
ALTER DATABASE pgverdict_case SET parallel_tuple_cost = 0;
ALTER DATABASE pgverdict_case SET min_parallel_table_scan_size = 0;
ALTER DATABASE pgverdict_case SET jit = off;
