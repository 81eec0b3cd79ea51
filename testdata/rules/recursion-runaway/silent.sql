-- just: EXPLAIN (ANALYZE, BUFFERS) WITH RECURSIVE reach AS (SELECT 0 AS part UNION SELECT p.part FROM reach JOIN parts_of p ON p.whole = reach.part) SELECT DISTINCT part FROM reach;
CREATE TABLE parts_of (whole integer NOT NULL, part integer NOT NULL, PRIMARY KEY (whole, part));
INSERT INTO parts_of SELECT layer * 3 + a, (layer + 1) * 3 + b FROM generate_series(0, 10) layer, generate_series(0, 2) a, generate_series(0, 2) b;
VACUUM ANALYZE;
