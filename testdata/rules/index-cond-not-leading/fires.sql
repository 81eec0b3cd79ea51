-- plan: SELECT device, value FROM readings WHERE taken = timestamptz '2025-03-01 12:00:00+00';
CREATE EXTENSION pg_stat_statements;
CREATE TABLE readings (id bigint PRIMARY KEY, device integer NOT NULL, taken timestamptz NOT NULL, value numeric NOT NULL, note text NOT NULL);
INSERT INTO readings SELECT i, i * 7919 % 20000, timestamptz '2025-03-01 00:00:00+00' + i / 10 * interval '1 second', i % 1000, repeat('x', 700) FROM generate_series(1::bigint, 150000) i;
CREATE INDEX readings_device_taken ON readings (device, taken);
VACUUM ANALYZE;
