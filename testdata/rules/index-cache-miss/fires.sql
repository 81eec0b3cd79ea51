-- shared_buffers = 16MB: the tokens are looked up at random in an index of four times that.
-- keep: pg_statio_user_indexes pg_settings
CREATE EXTENSION pg_stat_statements;
CREATE TABLE tokens (id uuid NOT NULL, n int NOT NULL);
INSERT INTO tokens SELECT md5(i::text)::uuid, i FROM generate_series(1, 1500000) i;
CREATE INDEX tokens_id_idx ON tokens (id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET enable_hashjoin = off; SET enable_mergejoin = off;
SELECT count(n) FROM generate_series(1, 900000) i JOIN tokens ON tokens.id = md5((i::bigint * 7919 % 1500000 + 1)::text)::uuid;
