-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT count(b.copies) FROM few l LEFT JOIN books b ON b.id = l.book AND b.lent < b.copies;
CREATE TABLE books (id integer PRIMARY KEY, lent integer NOT NULL, copies integer NOT NULL);
CREATE TABLE few (id bigint PRIMARY KEY, book integer NOT NULL, qty integer NOT NULL);
INSERT INTO books SELECT i, 1, 3 FROM generate_series(1, 300000) i;
INSERT INTO few SELECT i, i, 1 FROM generate_series(1, 8000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET enable_nestloop = off;
ALTER DATABASE pgverdict_case SET enable_mergejoin = off;
