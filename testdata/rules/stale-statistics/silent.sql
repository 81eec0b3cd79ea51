CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO visits SELECT i, 'page ' || i FROM generate_series(1, 90000) i;
SELECT pg_stat_force_next_flush();
VACUUM ANALYZE;
INSERT INTO visits SELECT i, 'page ' || i FROM generate_series(90001, 102000) i; -- 12,000 of 90,000: ANALYZE is hardly due
