-- The way a search box asks: the letters anywhere, in any case.
CREATE TABLE event (id int PRIMARY KEY, venue_id int NOT NULL, starts timestamptz NOT NULL, title text NOT NULL, tags jsonb NOT NULL, state text NOT NULL);
INSERT INTO event SELECT i, 1+(i*37)%2000, '2024-01-01'::timestamptz + (i||' minutes')::interval, 'Event '||md5(i::text), jsonb_build_object('kind', i%17, 'labels', jsonb_build_array(i%5, i%7)), (ARRAY['draft','open','closed','archived'])[1+i%4] FROM generate_series(1,300000) i;
VACUUM ANALYZE;
EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM event WHERE lower(title) LIKE '%abcde%';
