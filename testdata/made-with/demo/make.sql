-- The business: parcels that wait in lockers until somebody picks them up. All names, people and figures are made up.
CREATE TABLE lockers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL
);
CREATE TABLE couriers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE parcels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    barcode text NOT NULL UNIQUE,
    locker_id integer NOT NULL REFERENCES lockers,
    customer_id bigint NOT NULL REFERENCES customers,
    courier_id integer REFERENCES couriers,
    arrived_at timestamptz NOT NULL,
    picked_up_at timestamptz,
    reminders integer NOT NULL DEFAULT 0,
    note text
) WITH (fillfactor = 90);
CREATE TABLE parcel_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parcel_id bigint NOT NULL REFERENCES parcels ON DELETE CASCADE,
    kind text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT now()
);

SELECT setseed(0.4);
INSERT INTO lockers (name, city) SELECT 'locker ' || i, 'city ' || i % 40 FROM generate_series(1, 2000) i;
INSERT INTO couriers (name) SELECT 'courier ' || i FROM generate_series(1, 400) i;
INSERT INTO customers (email, name, created_at)
SELECT 'c' || i || '@example.org', 'customer ' || i, timestamptz '2024-01-01' + i * interval '3 minutes' FROM generate_series(1, 300000) i;
INSERT INTO parcels (barcode, locker_id, customer_id, courier_id, arrived_at, picked_up_at, reminders, note)
SELECT 'PL' || lpad((i::bigint * 7919 % 100000007)::text, 12, '0'), 1 + floor(random() * 2000)::int, 1 + floor(random() * 300000)::bigint, 1 + floor(random() * 400)::int,
       timestamptz '2025-01-01' + i * interval '8 seconds',
       CASE WHEN i > 5940000 OR random() < 0.0005 THEN NULL ELSE timestamptz '2025-01-01' + i * interval '8 seconds' + random() * interval '3 days' END,
       floor(random() * 3)::int, CASE WHEN random() < 0.2 THEN 'leave with the neighbour' END
FROM generate_series(1, 6000000) i;
INSERT INTO parcel_events (parcel_id, kind, happened_at)
SELECT 5000000 + i / 3, (ARRAY['labelled', 'arrived', 'reminded'])[1 + i % 3], timestamptz '2026-03-01' + i * interval '3 seconds' FROM generate_series(1, 2400000) i;

CREATE INDEX parcels_customer_id_idx ON parcels (customer_id);
CREATE INDEX parcels_customer ON parcels (customer_id);
CREATE INDEX parcels_reminders_idx ON parcels (reminders);
VACUUM ANALYZE;
