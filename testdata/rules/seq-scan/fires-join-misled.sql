-- The planner takes the values of the join's column for a few, so that it expects
-- a million rows of the join, and two thousand come.
CREATE TABLE batch (id int PRIMARY KEY, site int NOT NULL, code int NOT NULL);
INSERT INTO batch SELECT i, i / 20, i FROM generate_series(1, 10000) i;
CREATE INDEX batch_site ON batch (site);
CREATE TABLE item (id int PRIMARY KEY, code int NOT NULL, weight float8 NOT NULL);
INSERT INTO item SELECT i, (i::bigint * 7919) % 10000 + 1, i FROM generate_series(1, 1000000) i;
ALTER TABLE item ALTER code SET (n_distinct = 20);
ALTER TABLE batch ALTER code SET (n_distinct = 20);
VACUUM ANALYZE batch, item;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (ANALYZE, BUFFERS) SELECT b.id, max(i.weight) FROM batch b JOIN item i ON i.code = b.code WHERE b.site = 12 GROUP BY b.id;
