CREATE TABLE visitors (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE visits (id bigint PRIMARY KEY, visitor_id bigint NOT NULL, page text NOT NULL, seen_at timestamptz NOT NULL);
INSERT INTO visitors SELECT i, 'visitor ' || i FROM generate_series(1, 5000) i;
INSERT INTO visits SELECT i, 1 + i % 5000, 'page ' || i * 7919 % 60013, timestamptz '2026-01-01' + i * interval '1 minute' FROM generate_series(1, 60000) i;
ALTER TABLE visits ADD FOREIGN KEY (visitor_id) REFERENCES visitors ON DELETE CASCADE;
ANALYZE;
SELECT pg_stat_reset();
SELECT count(*) FROM generate_series(1, 300) g, LATERAL (SELECT * FROM visits WHERE id = g) v;
DELETE FROM visitors WHERE id <= 5;
