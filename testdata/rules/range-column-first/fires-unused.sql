CREATE EXTENSION pg_stat_statements;
CREATE TABLE readings (id bigint PRIMARY KEY, at timestamptz NOT NULL, device integer NOT NULL, v double precision);
INSERT INTO readings SELECT i, '2026-01-01'::timestamptz + i * interval '20 s', i::bigint * 7919 % 300, i FROM generate_series(1, 60000) i;
CREATE INDEX readings_at_device_idx ON readings (at, device);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT avg(v) FROM readings WHERE device = %s AND at > %L', i, '2026-01-03') FROM generate_series(1, 100) i \gexec
