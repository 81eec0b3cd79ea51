-- As in fires, with the pending list: fastupdate is on, as it is by default.
CREATE TABLE photos (id bigint PRIMARY KEY, labels int[] NOT NULL, taken timestamptz NOT NULL);
CREATE INDEX photos_labels_idx ON photos USING gin (labels);
INSERT INTO photos SELECT i, ARRAY(SELECT (i * k + i / 7) % (60 * k) FROM generate_series(1, 6) k), '2026-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 60000) i;
VACUUM ANALYZE photos;
SELECT count(*) FROM photos WHERE labels @> ARRAY[12];
