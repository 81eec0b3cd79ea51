CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL);
INSERT INTO visits SELECT i, 'page ' || i % 100 FROM generate_series(1, 5000) i;
ANALYZE;
SELECT pg_stat_reset();
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY visits_page_key ON visits (page); -- fails: pages repeat
