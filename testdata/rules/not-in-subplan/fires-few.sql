-- Few runs, but each goes through a long list.
CREATE TABLE guests (id int PRIMARY KEY, name text NOT NULL); INSERT INTO guests SELECT i, 'g' || i FROM generate_series(1, 40) i; CREATE TABLE barred (guest_id int); INSERT INTO barred SELECT i FROM generate_series(41, 300000) i;
SET work_mem = '64kB'; SET max_parallel_workers_per_gather = 0;
SELECT name FROM guests WHERE id <= 20 AND id NOT IN (SELECT guest_id FROM barred);
