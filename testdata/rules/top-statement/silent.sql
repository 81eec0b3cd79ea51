-- The same in 60 days: the first statement of a server that has nothing to do.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE readings (id bigint PRIMARY KEY, meter integer NOT NULL, value numeric NOT NULL);
INSERT INTO readings SELECT i, i % 50, sqrt(i) FROM generate_series(1, 200000) i;
VACUUM ANALYZE;
SET max_parallel_workers_per_gather = 0;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT meter, sum(value), stddev(value), max(sqrt(value)) FROM readings WHERE value > %s GROUP BY meter', i) FROM generate_series(1, 220) i \gexec
SELECT format('SELECT value FROM readings WHERE id = %s', i) FROM generate_series(1, 300) i \gexec
