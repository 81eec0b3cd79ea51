-- The same dead rows: by its settings autovacuum waits for 80,000.
CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 400000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset();
UPDATE accounts SET balance = 1 WHERE id <= 20000;
