-- The table has a setting of its own: autovacuum begins at 2 million.
CREATE TABLE readings (id int NOT NULL, value int NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000000);
INSERT INTO readings SELECT i, 0 FROM generate_series(1, 11000000) i;
VACUUM ANALYZE;
UPDATE readings SET value = 1 WHERE id <= 1200000;
