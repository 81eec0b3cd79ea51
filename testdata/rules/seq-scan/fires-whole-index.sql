-- A queue whose open rows have a partial index, led by what no statement asks
-- for: PostgreSQL reads that index whole.
CREATE TABLE parcel (id bigint PRIMARY KEY, depot int NOT NULL, carrier int NOT NULL, state text NOT NULL, note text);
INSERT INTO parcel SELECT i, (i * 79) % 40, i % 9, CASE WHEN i % 8 = 0 THEN 'open' ELSE 'done' END, repeat('x', 300) FROM generate_series(1, 600000) i;
CREATE INDEX parcel_open_carrier ON parcel (carrier) WHERE state = 'open';
VACUUM ANALYZE parcel;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (ANALYZE, BUFFERS) SELECT count(note) FROM parcel WHERE state = 'open' AND depot BETWEEN 3 AND 8;
