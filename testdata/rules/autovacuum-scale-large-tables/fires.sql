CREATE TABLE readings (id int NOT NULL, value int NOT NULL);
INSERT INTO readings SELECT i, 0 FROM generate_series(1, 11000000) i;
VACUUM ANALYZE;
UPDATE readings SET value = 1 WHERE id <= 1200000;
