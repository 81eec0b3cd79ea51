-- age: 1 day
CREATE EXTENSION pg_stat_statements;
CREATE TABLE shipments (id bigint PRIMARY KEY, carrier integer NOT NULL, state text NOT NULL, sent_at timestamptz NOT NULL, weight numeric NOT NULL);
INSERT INTO shipments SELECT i, i % 5000, (ARRAY['packed', 'sent', 'there'])[1 + i % 3], '2026-01-01'::timestamptz + i * interval '1 minute', i % 77 FROM generate_series(1, 200000) i;
VACUUM ANALYZE;
SET max_parallel_workers_per_gather = 0;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, state FROM shipments WHERE carrier = %s ORDER BY sent_at DESC LIMIT 10', i) FROM generate_series(1, 200) i \gexec
SELECT format('SELECT weight FROM shipments WHERE id = %s', i) FROM generate_series(1, 3000) i \gexec
