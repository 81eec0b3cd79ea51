CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO visits SELECT i, 'page ' || i FROM generate_series(1, 5000) i;
SELECT pg_stat_force_next_flush();
VACUUM ANALYZE;
INSERT INTO visits SELECT i, 'page ' || i FROM generate_series(5001, 40000) i;
