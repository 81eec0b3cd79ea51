CREATE TABLE visitors (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE visits (id bigint PRIMARY KEY, visitor_id bigint NOT NULL, page text NOT NULL, seen_at timestamptz NOT NULL);
INSERT INTO visitors SELECT i, 'visitor ' || i FROM generate_series(1, 5000) i;
INSERT INTO visits SELECT i, 1 + i % 5000, 'page ' || i * 7919 % 60013, timestamptz '2026-01-01' + i * interval '1 minute' FROM generate_series(1, 60000) i;
CREATE INDEX visits_seen_at_idx ON visits (seen_at); -- used
CREATE UNIQUE INDEX visits_page_seen_at_key ON visits (page, seen_at); -- keeps duplicates out
CREATE INDEX visitors_name_idx ON visitors (name); -- too small to matter
ANALYZE;
SELECT pg_stat_reset();
SELECT count(*) FROM generate_series(1, 300) g, LATERAL (SELECT * FROM visits WHERE id = g) v;
SET enable_seqscan = off;
SELECT count(*) FROM visits WHERE seen_at < '2026-01-02';
