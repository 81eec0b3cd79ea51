-- One row in fifty is marked on one table; on the other the index is partial
-- already; on the third no statement asks for the rows that are left.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE drafts (id bigint PRIMARY KEY, writer bigint NOT NULL, title text NOT NULL, deleted_at timestamptz);
INSERT INTO drafts SELECT i, i % 5000, md5(i::text), CASE WHEN i % 50 = 3 THEN now() - i * interval '1 minute' END FROM generate_series(1, 60000) i;
CREATE INDEX drafts_title_idx ON drafts (title);
CREATE TABLE sketches (id bigint PRIMARY KEY, title text NOT NULL, deleted_at timestamptz);
INSERT INTO sketches SELECT id, title, CASE WHEN id % 5 < 3 THEN now() END FROM drafts;
CREATE INDEX sketches_title_idx ON sketches (title) WHERE deleted_at IS NULL;
CREATE TABLE removals (id bigint PRIMARY KEY, title text NOT NULL, deleted_at timestamptz);
INSERT INTO removals SELECT id, title, CASE WHEN id % 5 < 3 THEN now() END FROM drafts;
CREATE INDEX removals_title_idx ON removals (title);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id FROM drafts WHERE title = %L AND deleted_at IS NULL', md5(i::text)) FROM generate_series(1, 200) i \gexec
SELECT format('SELECT id FROM sketches WHERE title = %L AND deleted_at IS NULL', md5(i::text)) FROM generate_series(1, 200) i \gexec
SELECT format('SELECT deleted_at FROM removals WHERE title = %L', md5(i::text)) FROM generate_series(1, 200) i \gexec
