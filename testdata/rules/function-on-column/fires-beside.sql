-- Most bookings are paid: an index on the status finds too many, and the day is written as a cast.
CREATE TABLE booking (id bigint PRIMARY KEY, event_id int NOT NULL, guest_id int NOT NULL, seats int NOT NULL, booked timestamptz NOT NULL, status text NOT NULL, ref text NOT NULL);
INSERT INTO booking SELECT i, 1+(i*7919::bigint)%300000, 1+(i*104729::bigint)%80000, 1+i%4, '2024-01-01'::timestamptz + (i||' seconds')::interval, (ARRAY['paid','paid','paid','held','cancelled'])[1+i%5], 'R'||i FROM generate_series(1,1500000) i;
VACUUM ANALYZE;
EXPLAIN (ANALYZE, BUFFERS) SELECT count(*) FROM booking WHERE booked::date = '2024-01-10' AND status='paid';
