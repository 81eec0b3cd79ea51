CREATE EXTENSION pg_stat_statements;
CREATE TABLE tickets (id bigint PRIMARY KEY, tenant_id integer NOT NULL, opened timestamptz NOT NULL, title text);
INSERT INTO tickets SELECT i, i % 50, '2026-01-01'::timestamptz + i * interval '1 minute', md5(i::text) FROM generate_series(1, 40000) i;
CREATE INDEX tickets_opened_idx ON tickets (opened);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, title FROM tickets WHERE tenant_id = %s ORDER BY opened DESC LIMIT 20', i % 50) FROM generate_series(1, 100) i \gexec
