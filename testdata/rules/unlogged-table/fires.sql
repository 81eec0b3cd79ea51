CREATE UNLOGGED TABLE payments (id int PRIMARY KEY, amount int NOT NULL);
INSERT INTO payments SELECT i, i FROM generate_series(1, 5000) i;
ANALYZE;
