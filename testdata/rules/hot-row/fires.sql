CREATE EXTENSION pg_stat_statements;
CREATE TABLE tallies (name text PRIMARY KEY, n bigint NOT NULL);
INSERT INTO tallies VALUES ('visits', 0), ('signups', 0);
ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT 'UPDATE tallies SET n = n + 1 WHERE name = ''visits''' FROM generate_series(1, 4000) \gexec
