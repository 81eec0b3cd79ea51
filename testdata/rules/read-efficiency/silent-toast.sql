-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT max(length(image)) FROM xrays;
CREATE TABLE xrays (id integer PRIMARY KEY, image text NOT NULL);
INSERT INTO xrays SELECT i, (SELECT string_agg(md5((i * k)::text), '') FROM generate_series(1, 200) k) FROM generate_series(1, 1500) i;
VACUUM ANALYZE xrays;
