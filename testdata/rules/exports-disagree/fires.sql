CREATE TABLE parts (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO parts SELECT i, 'part ' || i FROM generate_series(1, 40000) i;
\c
VACUUM ANALYZE parts;
UPDATE pg_class SET reltuples = 4000 WHERE relname = 'parts'; -- as an export of another time has it
