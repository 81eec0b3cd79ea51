-- Each compiles for longer than it runs.
-- keep: pg_settings
CREATE EXTENSION pg_stat_statements;
CREATE TABLE fares (id int PRIMARY KEY, zone int, price int);
INSERT INTO fares SELECT i, i % 9, i FROM generate_series(1, 20000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET jit_above_cost = 100; SET max_parallel_workers_per_gather = 0;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, max(price), min(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, avg(price) FROM fares WHERE zone <> 3 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, max(price), min(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, avg(price) FROM fares WHERE zone <> 3 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, max(price), min(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, avg(price) FROM fares WHERE zone <> 3 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, max(price), min(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, avg(price) FROM fares WHERE zone <> 3 GROUP BY zone;
