-- just: EXPLAIN (ANALYZE, BUFFERS) UPDATE accounts SET balance = balance + 1 WHERE id % 2 = 0;
CREATE TABLE accounts (id integer PRIMARY KEY, balance numeric NOT NULL);
INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 50000) i;
VACUUM ANALYZE;
