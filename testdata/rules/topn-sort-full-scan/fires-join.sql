-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT a.id, w.name, a.score FROM articles a JOIN writers w ON w.id = a.writer ORDER BY a.score DESC, a.id LIMIT 25;
CREATE TABLE articles (id integer PRIMARY KEY, writer integer NOT NULL, score integer NOT NULL, body text NOT NULL);
CREATE TABLE writers (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO writers SELECT i, 'w' || i FROM generate_series(1, 2000) i;
INSERT INTO articles SELECT i, 1 + i % 2000, i::bigint * 7919 % 1000003, repeat('b', 120) FROM generate_series(1, 80000) i;
VACUUM ANALYZE articles, writers;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
