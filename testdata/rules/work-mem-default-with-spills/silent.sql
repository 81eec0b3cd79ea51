-- Two statements: that is their own matter.
-- keep: pg_settings
CREATE EXTENSION pg_stat_statements;
CREATE TABLE trips (id int PRIMARY KEY, driver int NOT NULL, note text NOT NULL);
INSERT INTO trips SELECT i, i % 900, md5(i::text) FROM generate_series(1, 60000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT id FROM trips ORDER BY note, driver OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
SELECT note FROM trips ORDER BY driver, note OFFSET 59990;
