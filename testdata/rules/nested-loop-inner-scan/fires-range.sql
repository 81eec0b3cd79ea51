-- Which season an event falls into, by a range that the outer side gives: the
-- join compares all pairs, and an index on the event's time would find them.
CREATE TABLE event (id int PRIMARY KEY, starts timestamptz NOT NULL, title text NOT NULL);
INSERT INTO event SELECT i, '2024-01-01'::timestamptz + (i || ' minutes')::interval, md5(i::text) FROM generate_series(1, 300000) i;
CREATE TABLE season AS SELECT i AS id, '2024-01-01'::timestamptz + (i * 10 || ' minutes')::interval AS low, '2024-01-01'::timestamptz + (i * 10 + 9 || ' minutes')::interval AS high FROM generate_series(1, 5000) i;
VACUUM ANALYZE;
EXPLAIN (ANALYZE, BUFFERS) SELECT count(*) FROM event e JOIN season s ON e.starts BETWEEN s.low AND s.high WHERE e.id < 3000;
