-- just: EXPLAIN (ANALYZE, BUFFERS) INSERT INTO contacts SELECT i, md5(i || 'a'), md5(i || 'b'), md5(i || 'c'), md5(i || 'd'), md5(i || 'e'), md5(i || 'f'), md5(i || 'g') FROM generate_series(100001, 108000) i;
CREATE TABLE contacts (id integer PRIMARY KEY, a text, b text, c text, d text, e text, f text, g text);
INSERT INTO contacts SELECT i, md5(i || 'a'), md5(i || 'b'), md5(i || 'c'), md5(i || 'd'), md5(i || 'e'), md5(i || 'f'), md5(i || 'g') FROM generate_series(1, 100000) i;
VACUUM ANALYZE;
