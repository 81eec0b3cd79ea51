-- A partition of a past month: its rows were updated when they were new.
-- age: 30 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE arrivals (id bigint NOT NULL, parcel uuid NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE arrivals_old PARTITION OF arrivals FOR VALUES FROM (0) TO (200000) WITH (fillfactor = 50);
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO arrivals SELECT g, gen_random_uuid() FROM generate_series(1, 120000) g;
VACUUM ANALYZE;
