-- A sub-select in the list of columns stands beside the sort, not below it.
CREATE TABLE booking (id bigint PRIMARY KEY, event_id int NOT NULL, guest_id int NOT NULL, seats int NOT NULL, booked timestamptz NOT NULL, status text NOT NULL, ref text NOT NULL);
INSERT INTO booking SELECT i, 1+(i*7919::bigint)%300000, 1+(i*104729::bigint)%80000, 1+i%4, '2024-01-01'::timestamptz + (i||' seconds')::interval, (ARRAY['paid','paid','paid','held','cancelled'])[1+i%5], 'R'||i FROM generate_series(1,1500000) i;
CREATE TABLE event (id int PRIMARY KEY, venue_id int NOT NULL, starts timestamptz NOT NULL, title text NOT NULL, tags jsonb NOT NULL, state text NOT NULL);
INSERT INTO event SELECT i, 1+(i*37)%2000, '2024-01-01'::timestamptz + (i||' minutes')::interval, 'Event '||md5(i::text), jsonb_build_object('kind', i%17, 'labels', jsonb_build_array(i%5, i%7)), (ARRAY['draft','open','closed','archived'])[1+i%4] FROM generate_series(1,300000) i;
VACUUM ANALYZE;
EXPLAIN (ANALYZE, BUFFERS) SELECT b.*, (SELECT title FROM event e WHERE e.id=b.event_id) FROM booking b ORDER BY b.booked DESC LIMIT 10;
