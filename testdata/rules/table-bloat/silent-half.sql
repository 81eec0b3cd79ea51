CREATE TABLE logins (id bigint PRIMARY KEY, name text NOT NULL, pad text NOT NULL);
INSERT INTO logins SELECT i, 'w' || i % 9000, repeat('z', 200) FROM generate_series(1, 100000) i;
DELETE FROM logins WHERE id % 5 < 2;
\c
VACUUM ANALYZE;
SELECT pg_stat_reset();
