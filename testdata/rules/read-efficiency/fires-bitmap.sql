-- plan: SELECT sum(damage) FROM shots WHERE fired BETWEEN '2026-02-01' AND '2026-02-08';
CREATE TABLE shots (id integer PRIMARY KEY, fired timestamp NOT NULL, damage integer NOT NULL, pad text NOT NULL);
INSERT INTO shots SELECT i, '2026-01-01'::timestamp + i::bigint * 7919 % 100003 * interval '1 min', i % 99, repeat('s', 150) FROM generate_series(1, 100000) i;
CREATE INDEX shots_fired_idx ON shots (fired);
VACUUM ANALYZE shots;
SELECT pg_stat_reset();
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
ALTER DATABASE pgverdict_case SET enable_seqscan = off;
