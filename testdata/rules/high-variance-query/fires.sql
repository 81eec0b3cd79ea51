CREATE EXTENSION pg_stat_statements;
CREATE TABLE parcels (id bigint PRIMARY KEY, depot integer NOT NULL, weight numeric NOT NULL);
INSERT INTO parcels SELECT i, CASE WHEN i <= 1000000 THEN 1 ELSE i % 1000 + 2 END, i % 77 FROM generate_series(1, 1300000) i;
CREATE INDEX ON parcels (depot);
VACUUM ANALYZE;
SET max_parallel_workers_per_gather = 0;
SELECT pg_stat_reset(), pg_stat_statements_reset();
-- One depot has most of the parcels.
SELECT format('SELECT sum(sqrt(weight)) FROM parcels WHERE depot = %s', CASE WHEN i % 100 = 0 THEN 1 ELSE i % 900 + 2 END) FROM generate_series(1, 300) i \gexec
