-- just: EXPLAIN (ANALYZE, BUFFERS) UPDATE papers SET body = body || ' seen' WHERE id <= 8;
CREATE TABLE papers (id integer PRIMARY KEY, body text NOT NULL);
INSERT INTO papers SELECT i, (SELECT string_agg(md5(i::text || j), ' ') FROM generate_series(1, 3000) j) FROM generate_series(1, 300) i;
CREATE INDEX papers_words ON papers USING gin (to_tsvector('simple', body)) WITH (fastupdate = off);
VACUUM ANALYZE;
