CREATE TABLE parcels (id bigint PRIMARY KEY, depot_id int NOT NULL, reference text NOT NULL, legacy_no int NOT NULL, state text NOT NULL, note text NOT NULL, due timestamptz NOT NULL);
CREATE TABLE scans (id bigint PRIMARY KEY, parcel_id bigint NOT NULL, at timestamptz NOT NULL, place text NOT NULL);
INSERT INTO parcels SELECT g, g % 40, 'K-' || g * 7919 % 400000, g * 31 % 400000, (array['open','sent','kept','lost','gone','held'])[1 + g % 6], md5(g::text), timestamptz '2025-01-01' + (g * 7919 % 400000) * interval '1 minute' FROM generate_series(1::bigint, 400000) g;
INSERT INTO scans SELECT g, 1 + g * 7919 % 390000, timestamptz '2025-01-01' + g * interval '3 minutes', md5(g::text) FROM generate_series(1::bigint, 600000) g;
CREATE TABLE depots (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO depots SELECT g, 'depot ' || g FROM generate_series(0, 39) g;
VACUUM ANALYZE parcels, scans, depots;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '64kB';
-- The first 60 times, the others 3 times, the last once.
SELECT count(*) FROM scans WHERE parcel_id = 31;
SELECT id, state FROM parcels WHERE reference = 'K-31';
SELECT id, note FROM parcels WHERE reference = 'K-97' OR legacy_no = 97;
SELECT id FROM parcels WHERE legacy_no = 911 AND state = 'open';
SELECT p.id, p.state, d.name FROM parcels p LEFT JOIN depots d ON d.id = p.depot_id WHERE p.state = 'open' ORDER BY p.due DESC LIMIT 20;
SELECT count(*) FROM parcels p WHERE p.depot_id = 4 AND p.state = 'open' AND p.id NOT IN (SELECT s.parcel_id FROM scans s WHERE s.place > 'fc');
