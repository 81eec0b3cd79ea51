-- What a REINDEX CONCURRENTLY that was cut short leaves beside the index that it was to replace.
-- without: pg_stat_statements pg_stat_statements_info
CREATE TABLE visits (id bigint PRIMARY KEY, page text NOT NULL);
CREATE UNIQUE INDEX visits_page_key ON visits (page);
INSERT INTO visits SELECT i, 'page ' || i FROM generate_series(1, 300000) i;
ANALYZE;
SELECT pg_stat_reset();
\set ON_ERROR_STOP off
SET statement_timeout = '60ms';
REINDEX INDEX CONCURRENTLY visits_page_key;
