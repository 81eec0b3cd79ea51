-- Every visit has a shop: the condition leaves none out.
-- without: pg_stat_statements pg_stat_statements_info
CREATE TABLE visits (id int PRIMARY KEY, shop_id int NOT NULL, at timestamptz NOT NULL);
INSERT INTO visits SELECT i, i % 50, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 min' FROM generate_series(1, 20000) i;
CREATE INDEX visits_at_idx ON visits (at) WHERE shop_id IS NOT NULL;
VACUUM ANALYZE;
SELECT pg_stat_reset();
SELECT id FROM visits WHERE at > '2026-01-14 00:00:00+00' AND shop_id IS NOT NULL;
