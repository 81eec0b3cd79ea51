\set l random(1, 2000)
\set c random(1, 300000)
\set k random(1, 400)
\set b random(1, 1000000000)
INSERT INTO parcels (barcode, locker_id, customer_id, courier_id, arrived_at) VALUES ('N' || clock_timestamp()::text || :b, :l, :c, :k, now()) RETURNING id;
