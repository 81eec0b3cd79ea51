-- The lookup asks for more than the key, but for the same each time.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE visitors (id bigint PRIMARY KEY, name text NOT NULL, left_at timestamptz);
CREATE TABLE visits (id bigint PRIMARY KEY, visitor_id bigint NOT NULL, page text NOT NULL);
INSERT INTO visitors SELECT i, 'visitor ' || i FROM generate_series(1, 3000) i;
INSERT INTO visits SELECT i, 1 + i % 3000, 'page ' || i FROM generate_series(1, 9000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, visitor_id, page FROM visits ORDER BY id DESC LIMIT %s', 50) FROM generate_series(1, 220) i \gexec
SELECT format('SELECT name FROM visitors WHERE id = %s AND left_at IS NULL LIMIT 1', 1 + i % 3000) FROM generate_series(1, 11000) i \gexec
