-- plan: SELECT count(*) FROM parts;
CREATE TABLE parts (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO parts SELECT i, 'part ' || i FROM generate_series(1, 4000) i;
VACUUM ANALYZE parts;
INSERT INTO parts SELECT i, 'part ' || i FROM generate_series(4001, 40000) i;
