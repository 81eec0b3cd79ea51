-- A job that changed the three tables just now, each row once: they may have died since.
-- age: 12 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE seats (id int PRIMARY KEY, state int NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, state int NOT NULL);
CREATE TABLE sessions (id int PRIMARY KEY, state int NOT NULL);
INSERT INTO seats SELECT g, 0 FROM generate_series(1, 30000) g;
INSERT INTO orders SELECT g, 0 FROM generate_series(1, 40000) g;
INSERT INTO sessions SELECT g, 0 FROM generate_series(1, 20000) g;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! (echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;'; sleep 25) | psql -qXd pgverdict_case >/dev/null & sleep 1
UPDATE seats SET state = 1; UPDATE orders SET state = 1; UPDATE sessions SET state = 1;
\c
SELECT pg_sleep(2);
ALTER SYSTEM SET autovacuum_naptime = '1s'; SELECT pg_reload_conf();
SELECT pg_sleep(8);
ALTER SYSTEM RESET autovacuum_naptime; SELECT pg_reload_conf();
