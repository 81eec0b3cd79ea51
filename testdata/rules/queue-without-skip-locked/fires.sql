CREATE EXTENSION pg_stat_statements;
CREATE TABLE mails (id bigint PRIMARY KEY, state text NOT NULL, due timestamptz NOT NULL);
INSERT INTO mails SELECT i, 'open', '2026-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 5000) i;
CREATE INDEX ON mails (due) WHERE state = 'open';
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('UPDATE mails SET state = ''sent %s'' WHERE id = (SELECT id FROM mails WHERE state = ''open'' ORDER BY due LIMIT 1 FOR UPDATE)', i) FROM generate_series(1, 1200) i \gexec
