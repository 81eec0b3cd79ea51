-- set: max_wal_size = '32MB'
-- age: 1 hour 5 minutes
-- keep: pg_settings
CREATE EXTENSION pg_stat_statements;
CREATE TABLE samples (id int PRIMARY KEY, value text NOT NULL);
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO samples SELECT i, repeat(md5(i::text), 8) FROM generate_series(1, 300000) i;
INSERT INTO samples SELECT i, repeat(md5(i::text), 8) FROM generate_series(300001, 600000) i;
INSERT INTO samples SELECT i, repeat(md5(i::text), 8) FROM generate_series(600001, 900000) i;
INSERT INTO samples SELECT i, repeat(md5(i::text), 8) FROM generate_series(900001, 1200000) i;
INSERT INTO samples SELECT i, repeat(md5(i::text), 8) FROM generate_series(1200001, 1500000) i;
VACUUM ANALYZE;
