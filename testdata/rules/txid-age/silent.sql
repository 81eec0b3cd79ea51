-- The same without pg_resetwal.
CREATE TABLE meters (id bigint PRIMARY KEY, value numeric NOT NULL);
INSERT INTO meters SELECT i, i FROM generate_series(1, 50000) i;
VACUUM ANALYZE;
