-- A report runs for seconds, and compiles for a moment.
-- keep: pg_settings
CREATE EXTENSION pg_stat_statements;
CREATE TABLE fares (id int PRIMARY KEY, zone int, price int);
INSERT INTO fares SELECT i, i % 9, i FROM generate_series(1, 20000) i;
CREATE TABLE trips AS SELECT i % 1000 AS fare, i AS km FROM generate_series(1, 8000000) i;
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
SELECT fare % 10, sum(km * 2 + 1), avg(km * 3), max(km % 77), stddev(km) FROM trips WHERE km % 3 < 2 GROUP BY 1;
