-- A table that the cache holds.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE TABLE letters AS SELECT g AS id, repeat('l', 400) AS body FROM generate_series(1, 30000) g;
ALTER TABLE letters ADD PRIMARY KEY (id);
VACUUM ANALYZE letters;
SELECT count(*) FROM letters;
SELECT pg_stat_statements_reset();
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM letters WHERE body LIKE '%m%';
SELECT count(*) FROM letters WHERE body LIKE '%n%';
SELECT count(*) FROM letters WHERE body LIKE '%o%';
SELECT body FROM letters WHERE id = 7;
