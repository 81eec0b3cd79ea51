CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL);
INSERT INTO visits SELECT i, 'page ' || i FROM generate_series(1, 5000) i;
ANALYZE;
SELECT pg_stat_reset();
CREATE UNIQUE INDEX CONCURRENTLY visits_page_key ON visits (page);
