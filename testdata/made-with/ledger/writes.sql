-- name: new_measurement calls: 9000
INSERT INTO measurements (sensor_id, taken_at, quality, value, raw) VALUES ({{int:1:2000}}, timestamptz '2025-03-01' + {{int:1:100000}} * interval '1 second', {{int:0:5}}, {{int:0:100}}, md5('{{int:1:999999}}'));
-- name: new_job calls: 1500
INSERT INTO jobs VALUES (nextval('job_seq'), 'queue {{int:0:7}}', 'waiting', 0, timestamptz '2025-03-01', timestamptz '2025-03-01' + {{int:1:9999}} * interval '1 second', md5('{{int:1:999999}}'));
-- name: touch_job calls: 9000
UPDATE jobs SET tries = tries + 1, touched_at = timestamptz '2025-03-02' + {{int:1:9999}} * interval '1 second' WHERE id = {{int:1:120000}};
