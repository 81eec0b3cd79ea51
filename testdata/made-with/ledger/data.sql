INSERT INTO sensors SELECT g, 1 + g % 40, 'sensor ' || g FROM generate_series(1, 2000) g;
INSERT INTO measurements (id, sensor_id, taken_at, quality, value, raw) SELECT g, 1 + (random() * 1999)::int, timestamptz '2025-01-01' + g * interval '4 seconds', (random() * 5)::int, random() * 100, md5(g::text)
  FROM generate_series(1, 600000) g;
SELECT setval(pg_get_serial_sequence('measurements', 'id'), 1000000);
INSERT INTO jobs SELECT g, 'queue ' || g % 8, CASE WHEN g % 400 = 0 THEN 'waiting' ELSE 'done' END, g % 3, timestamptz '2025-01-01' + g * interval '9 seconds', timestamptz '2025-01-01' + g * interval '9 seconds', md5(g::text)
  FROM generate_series(1, 120000) g;
