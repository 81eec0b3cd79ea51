CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL, seen int NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO visits SELECT i, 'page ' || i, 0 FROM generate_series(1, 80000) i;
SELECT pg_stat_force_next_flush();
VACUUM ANALYZE;
SELECT pg_stat_reset();
UPDATE visits SET seen = seen + 1 WHERE id % 7 = 0; -- 11,428 dead rows, one in eight
