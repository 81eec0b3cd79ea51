-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT v.page, sum(o.amount) FROM visits v JOIN orders o ON o.customer = v.customer GROUP BY v.page;
CREATE TABLE visits (id bigint PRIMARY KEY, customer integer NOT NULL, page integer NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL);
INSERT INTO visits SELECT i, i % 1500, i % 40 FROM generate_series(1, 60000) i;
INSERT INTO orders SELECT i, i % 1500, i % 90 FROM generate_series(1, 45000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET work_mem = '64MB';
