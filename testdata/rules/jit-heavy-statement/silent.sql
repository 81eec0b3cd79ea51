-- JIT does not begin at these costs.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE fares (id int PRIMARY KEY, zone int, price int);
INSERT INTO fares SELECT i, i % 9, i FROM generate_series(1, 20000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET jit_above_cost = 100000;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
SELECT zone, sum(price) FROM fares WHERE price > 10 GROUP BY zone;
