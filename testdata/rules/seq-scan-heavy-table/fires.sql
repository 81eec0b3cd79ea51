CREATE EXTENSION pg_stat_statements;
CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL, visitor int NOT NULL);
INSERT INTO visits SELECT i, 'page ' || i, i % 3000 FROM generate_series(1, 20000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT page FROM visits WHERE visitor = %s', i) FROM generate_series(1, 1100) i \gexec
