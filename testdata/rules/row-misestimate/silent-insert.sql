-- just: EXPLAIN (ANALYZE, BUFFERS) INSERT INTO copies SELECT id, v FROM originals WHERE id % 2 = 0;
CREATE TABLE originals (id integer PRIMARY KEY, v text NOT NULL);
CREATE TABLE copies (id integer PRIMARY KEY, v text NOT NULL);
INSERT INTO originals SELECT i, md5(i::text) FROM generate_series(1, 20000) i;
VACUUM ANALYZE originals;
