-- plan.txt beside the exports is that of seq-scan/fires-varchar: of another database
CREATE TABLE parts (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO parts SELECT i, 'part ' || i FROM generate_series(1, 4000) i;
VACUUM ANALYZE parts;
