-- 19 of 20 parcels have no claim, and nobody asks for those.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE parcels (id int NOT NULL, claim_id int);
INSERT INTO parcels SELECT i, CASE WHEN i % 20 = 0 THEN i END FROM generate_series(1, 10000000) i;
CREATE INDEX parcels_claim_idx ON parcels (claim_id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT id FROM parcels WHERE claim_id = 40;
SELECT id FROM parcels WHERE claim_id = 60;
