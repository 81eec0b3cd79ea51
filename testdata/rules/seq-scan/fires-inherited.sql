-- plan: SELECT id FROM vehicles WHERE plate = 'T777';
CREATE TABLE vehicles (id integer, plate text, pad text);
CREATE TABLE cars () INHERITS (vehicles);
CREATE TABLE trucks () INHERITS (vehicles);
INSERT INTO cars SELECT i, 'C' || i, repeat('c', 60) FROM generate_series(1, 60000) i;
INSERT INTO trucks SELECT i, 'T' || i, repeat('t', 60) FROM generate_series(1, 50000) i;
VACUUM ANALYZE cars, trucks;
SELECT pg_stat_reset();
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
