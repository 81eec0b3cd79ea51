CREATE TABLE traces (id bigint PRIMARY KEY, span bigint NOT NULL, at timestamptz NOT NULL);
INSERT INTO traces SELECT i, i * 7, '2026-01-01'::timestamptz + i * interval '1 second' FROM generate_series(1, 6000000) i;
DELETE FROM traces WHERE id % 10 > 0;
VACUUM ANALYZE;
SELECT pg_stat_reset();
