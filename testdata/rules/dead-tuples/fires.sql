CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL, seen int NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO visits SELECT i, 'page ' || i, 0 FROM generate_series(1, 30000) i;
SELECT pg_stat_force_next_flush();
VACUUM ANALYZE;
SELECT pg_stat_reset();
UPDATE visits SET seen = seen + 1 WHERE id % 2 = 0;
DELETE FROM visits WHERE id % 10 = 0;
