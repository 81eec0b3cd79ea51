-- Three rows in five are marked as deleted; the statements ask for the others.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE drafts (id bigint PRIMARY KEY, writer bigint NOT NULL, title text NOT NULL, deleted_at timestamptz);
INSERT INTO drafts SELECT i, i % 5000, md5(i::text), CASE WHEN i % 5 < 3 THEN now() - i * interval '1 minute' END FROM generate_series(1, 60000) i;
CREATE INDEX drafts_title_idx ON drafts (title);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id FROM drafts WHERE title = %L AND deleted_at IS NULL', md5(i::text)) FROM generate_series(1, 200) i \gexec
