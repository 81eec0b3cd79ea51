-- One shop's visits since a day: the index gives those of all shops since then.
-- without: pg_stats
CREATE EXTENSION pg_stat_statements;
CREATE TABLE visits (shop_id int NOT NULL, at timestamptz NOT NULL, note text NOT NULL);
INSERT INTO visits SELECT i % 500, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 min', 'note ' || i FROM generate_series(1, 200000) i;
CREATE INDEX visits_at_shop_idx ON visits (at, shop_id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET enable_seqscan = off;
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
SELECT note FROM visits WHERE shop_id = 7 AND at >= timestamptz '2026-02-01 00:00:00+00';
