-- A table that is not in the cache when it is read from end to end.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE TABLE letters AS SELECT g AS id, repeat('l', 400) AS body FROM generate_series(1, 150000) g;
ANALYZE letters;
VACUUM FULL letters; -- which writes past the cache
SELECT pg_stat_statements_reset();
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM letters WHERE body LIKE '%m%';
SELECT count(*) FROM letters WHERE body LIKE '%n%';
SELECT count(*) FROM letters WHERE body LIKE '%o%';
