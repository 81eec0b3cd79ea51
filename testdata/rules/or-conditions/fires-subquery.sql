-- A branch of the OR is a subquery, which is asked of every row.
CREATE TABLE parts (id int PRIMARY KEY, maker int NOT NULL, code text NOT NULL); INSERT INTO parts SELECT i, i % 5000, 'c' || i FROM generate_series(1, 400000) i; CREATE TABLE recalled (maker int NOT NULL); INSERT INTO recalled SELECT i FROM generate_series(1, 3) i; CREATE INDEX parts_maker_idx ON parts (maker); CREATE INDEX parts_code_idx ON parts (code);
SET max_parallel_workers_per_gather = 0;
SELECT id FROM parts WHERE code = 'c4711' OR maker IN (SELECT maker FROM recalled);
