CREATE TABLE parts (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO parts SELECT i, 'part ' || i FROM generate_series(1, 40000) i;
VACUUM ANALYZE parts;
\c
SELECT pg_stat_reset();
INSERT INTO parts SELECT i, 'part ' || i FROM generate_series(40001, 41000) i;
