-- A report that sorts 40 MB in memory.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE TABLE letters AS SELECT g AS id, md5(g::text) AS seal, repeat('l', 80) AS body FROM generate_series(1, 300000) g;
ALTER TABLE letters ADD PRIMARY KEY (id);
VACUUM ANALYZE letters;
SELECT pg_stat_statements_reset();
SET work_mem = '256MB';
SET max_parallel_workers_per_gather = 0;
SELECT id, seal, body FROM letters ORDER BY seal OFFSET 299990;
SELECT id, seal, body FROM letters ORDER BY seal OFFSET 299990;
SELECT id, seal, body FROM letters ORDER BY seal OFFSET 299990;
SELECT body FROM letters WHERE id = 7;
