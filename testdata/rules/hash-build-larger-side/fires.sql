-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT sum(l.qty) FROM loans l JOIN books b ON b.id = l.book WHERE b.lent < b.copies AND l.days < l.allowed AND l.fee < l.paid;
CREATE TABLE books (id integer PRIMARY KEY, lent integer NOT NULL, copies integer NOT NULL);
CREATE TABLE loans (id bigint PRIMARY KEY, book integer NOT NULL, days integer NOT NULL, allowed integer NOT NULL, fee integer NOT NULL, paid integer NOT NULL, qty integer NOT NULL);
INSERT INTO books SELECT i, 1, 3 FROM generate_series(1, 30000) i;
INSERT INTO loans SELECT i, i % 30000 + 1, 20, CASE WHEN i % 80 = 0 THEN 30 ELSE 10 END, 1, 2, 1 FROM generate_series(1, 200000) i;
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
