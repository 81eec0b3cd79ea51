CREATE EXTENSION pg_stat_statements;
CREATE TABLE tallies (name text PRIMARY KEY, n bigint NOT NULL);
INSERT INTO tallies SELECT 'page ' || i, 0 FROM generate_series(1, 2000) i;
ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('UPDATE tallies SET n = n + 1 WHERE name = ''page %s''', 1 + i % 2000) FROM generate_series(1, 6000) i \gexec
