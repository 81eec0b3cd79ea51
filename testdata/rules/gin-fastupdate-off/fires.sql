-- Twelve labels a row, each in many rows; every insert logs the lists of all of them.
CREATE TABLE photos (id bigint PRIMARY KEY, labels int[] NOT NULL, taken timestamptz NOT NULL);
CREATE INDEX photos_labels_idx ON photos USING gin (labels) WITH (fastupdate = off);
INSERT INTO photos SELECT i, ARRAY(SELECT (i * k + i / 7) % (60 * k) FROM generate_series(1, 6) k), '2026-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 60000) i;
VACUUM ANALYZE photos;
SELECT count(*) FROM photos WHERE labels @> ARRAY[12];
