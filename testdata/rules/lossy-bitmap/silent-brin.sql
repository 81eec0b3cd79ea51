-- BRIN knows pages alone: every bitmap of it is lossy, and work_mem does not help.
CREATE TABLE samples (id int PRIMARY KEY, level int NOT NULL, note text NOT NULL); INSERT INTO samples SELECT i, (i::bigint * 7919 % 400000)::int, repeat('n', 60) FROM generate_series(1, 400000) i; CREATE INDEX samples_level_idx ON samples USING brin (level);
SET enable_seqscan = off; SET max_parallel_workers_per_gather = 0;
SELECT id FROM samples WHERE level BETWEEN 100 AND 120;
