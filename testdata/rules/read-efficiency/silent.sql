-- As many rows, in the order of the table.
-- plan: SELECT memo FROM visits WHERE spread BETWEEN 10 AND 30;
CREATE TABLE visits AS SELECT g AS id, g / 150 AS spread, repeat('v', 60) AS memo FROM generate_series(1, 300000) g;
CREATE INDEX visits_spread_idx ON visits (spread);
ANALYZE visits;
ALTER DATABASE pgverdict_case SET random_page_cost = 1;
