-- 5,400 shapes of statements in another database push others out of a view of 5,000.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE colours (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO colours SELECT i, 'colour ' || i FROM generate_series(1, 100) i;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT name FROM colours WHERE id = %s', 1 + i % 100) FROM generate_series(1, 40) i \gexec
\connect postgres
SELECT 'SELECT ' || string_agg(CASE WHEN i >> b & 1 = 1 THEN '1' ELSE '''x''' END, ', ' ORDER BY b) FROM generate_series(1, 5400) i, generate_series(0, 12) b GROUP BY i \gexec
