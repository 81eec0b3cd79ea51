-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT length(body) FROM papers WHERE id < 200;
CREATE TABLE papers (id integer PRIMARY KEY, body text NOT NULL);
INSERT INTO papers SELECT i, (SELECT string_agg(md5(i::text || j), ' ') FROM generate_series(1, 150) j) FROM generate_series(1, 5000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET enable_seqscan = off;
ALTER DATABASE pgverdict_case SET enable_bitmapscan = off;
