-- A lookup of every request: what the request writes runs as often. That a list
-- returned as many rows is chance.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE visitors (id bigint PRIMARY KEY, name text NOT NULL, seen integer NOT NULL DEFAULT 0);
CREATE TABLE visits (id bigint PRIMARY KEY, visitor_id bigint NOT NULL, page text NOT NULL);
INSERT INTO visitors SELECT i, 'visitor ' || i FROM generate_series(1, 3000) i;
INSERT INTO visits SELECT i, 1 + i % 3000, 'page ' || i FROM generate_series(1, 9000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, visitor_id, page FROM visits ORDER BY id DESC LIMIT %s', 50) FROM generate_series(1, 220) i \gexec
SELECT format('SELECT name FROM visitors WHERE id = %s', 1 + i % 3000) FROM generate_series(1, 11000) i \gexec
SELECT format('UPDATE visitors SET seen = seen + 1 WHERE id = %s', 1 + i % 3000) FROM generate_series(1, 10800) i \gexec
