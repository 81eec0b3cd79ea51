-- Dead rows are 5 % of the table, five times of what sets autovacuum off.
CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 0);
INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 400000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset();
UPDATE accounts SET balance = 1 WHERE id <= 20000;
