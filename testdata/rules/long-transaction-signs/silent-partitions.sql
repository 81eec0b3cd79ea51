-- Three partitions of one table.
-- age: 12 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE seats (id int NOT NULL, state int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE seats_1 PARTITION OF seats FOR VALUES FROM (1) TO (30001);
CREATE TABLE seats_2 PARTITION OF seats FOR VALUES FROM (30001) TO (70001);
CREATE TABLE seats_3 PARTITION OF seats FOR VALUES FROM (70001) TO (100001);
INSERT INTO seats SELECT g, 0 FROM generate_series(1, 100000) g;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! (echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;'; sleep 25) | psql -qXd pgverdict_case >/dev/null & sleep 1
UPDATE seats SET state = 1; 
UPDATE seats SET state = 1; 
\c
SELECT pg_sleep(2);
ALTER SYSTEM SET autovacuum_naptime = '1s'; SELECT pg_reload_conf();
SELECT pg_sleep(8);
ALTER SYSTEM RESET autovacuum_naptime; SELECT pg_reload_conf();
