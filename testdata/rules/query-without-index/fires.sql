CREATE TABLE tickets (id bigint PRIMARY KEY, assignee integer NOT NULL, priority integer NOT NULL, opened_at timestamptz NOT NULL, subject text NOT NULL);
INSERT INTO tickets SELECT i, i % 4000, i % 5, '2026-01-01'::timestamptz + i * interval '1 minute', md5(i::text) FROM generate_series(1, 100000) i;
VACUUM ANALYZE;
