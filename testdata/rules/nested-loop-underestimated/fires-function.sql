-- The planner takes a thousand rows for a function's, and two hundred thousand come.
CREATE TABLE doc (id bigint PRIMARY KEY, body text NOT NULL);
INSERT INTO doc SELECT i, md5(i::text) FROM generate_series(1, 800000) i WHERE i % 7 > 0;
CREATE FUNCTION wanted(upto int) RETURNS SETOF bigint LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..upto LOOP RETURN NEXT i; END LOOP; END $$;
VACUUM ANALYZE;
EXPLAIN (ANALYZE, BUFFERS) SELECT g FROM wanted(200000) g WHERE NOT EXISTS (SELECT 1 FROM doc d WHERE d.id = g);
