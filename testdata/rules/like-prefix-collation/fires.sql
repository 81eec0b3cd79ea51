-- plan: SELECT id, name FROM parts WHERE name LIKE 'part 4711%';
CREATE EXTENSION pg_stat_statements;
CREATE TABLE parts (id bigint PRIMARY KEY, name text NOT NULL COLLATE "de-x-icu", weight numeric NOT NULL);
INSERT INTO parts SELECT i, 'part ' || i, i % 50 FROM generate_series(1, 300000) i;
CREATE INDEX parts_name ON parts (name);
VACUUM ANALYZE;
