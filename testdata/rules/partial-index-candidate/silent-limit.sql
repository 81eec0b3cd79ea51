-- Some parcels of a state: which one is asked for, what is touched does not tell.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE parcels (id int NOT NULL, state int NOT NULL, at timestamptz);
INSERT INTO parcels SELECT i, CASE WHEN i::bigint * 7919 % 10000 = 0 THEN 1 + i % 3 ELSE 0 END FROM generate_series(1, 9000000) i;
CREATE INDEX parcels_state_idx ON parcels (state);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT id FROM parcels WHERE state = 2;
SELECT id FROM parcels WHERE state = 0 LIMIT 10;
