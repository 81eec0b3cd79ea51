-- Which sensors of a few sites have a reading of a kind: the table is read whole and
-- made unique, since it has no index on the sensor.
CREATE TABLE sensor (id int PRIMARY KEY, site int NOT NULL, serial text NOT NULL);
INSERT INTO sensor SELECT i, i / 20, md5(i::text) FROM generate_series(1, 10000) i;
CREATE INDEX sensor_site ON sensor (site);
CREATE TABLE reading (id bigint PRIMARY KEY, sensor_id int NOT NULL REFERENCES sensor, kind text NOT NULL, value float8 NOT NULL);
INSERT INTO reading SELECT i, (i * 7919) % 10000 + 1, (ARRAY['temp', 'hum', 'volt'])[i % 3 + 1], i FROM generate_series(1, 260000::bigint) i;
INSERT INTO reading SELECT i, (i * 7919 % 10000) + 1, 'temp', i FROM generate_series(260001, 1000000::bigint) i;
VACUUM ANALYZE sensor, reading;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (ANALYZE, BUFFERS) SELECT s.serial FROM sensor s WHERE s.site < 3 AND EXISTS (SELECT 1 FROM reading r WHERE r.sensor_id = s.id AND r.kind = 'volt');
