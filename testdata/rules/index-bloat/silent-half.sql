CREATE TABLE jobs (id bigint PRIMARY KEY, token uuid NOT NULL);
INSERT INTO jobs SELECT i, md5(i::text)::uuid FROM generate_series(1, 700000) i;
CREATE INDEX jobs_token_idx ON jobs (token);
DELETE FROM jobs WHERE id % 5 < 2;
\c
VACUUM ANALYZE;
SELECT pg_stat_reset();
