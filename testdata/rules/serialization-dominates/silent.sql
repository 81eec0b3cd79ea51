-- server: 18
-- just: EXPLAIN (ANALYZE, BUFFERS, SERIALIZE) SELECT count(*) FROM articles;
CREATE TABLE articles (id integer PRIMARY KEY, author integer NOT NULL, body text NOT NULL);
INSERT INTO articles SELECT i, i % 100, (SELECT string_agg(md5(i::text || j), '') FROM generate_series(1, 120) j) FROM generate_series(1, 20000) i;
VACUUM ANALYZE;
