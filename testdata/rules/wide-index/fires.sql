-- A tenant's latest documents: their titles are in the index, and are read from the table all the same.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE docs (id int NOT NULL, tenant_id int NOT NULL, at timestamptz NOT NULL, kind int NOT NULL, title text NOT NULL, body text);
INSERT INTO docs SELECT i, i % 200, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 min', i % 7, repeat(md5(i::text), 4), 'body' FROM generate_series(1, 150000) i;
CREATE INDEX docs_tenant_idx ON docs (tenant_id, at, kind, title);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT title, body FROM docs WHERE tenant_id = 7 AND at > '2026-03-01' ORDER BY at DESC LIMIT 20;
SELECT title, body FROM docs WHERE tenant_id = 7 AND kind = 3 ORDER BY at DESC LIMIT 20;
