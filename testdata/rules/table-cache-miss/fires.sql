-- Lookups all over 1.1 GB, with a cache of 128 MB.
-- keep: pg_statio_user_tables
CREATE EXTENSION pg_stat_statements;
CREATE TABLE letters (id int NOT NULL, body text NOT NULL) WITH (fillfactor = 10);
INSERT INTO letters SELECT i, repeat('x', 300) FROM generate_series(1, 270000) i;
ALTER TABLE letters ADD PRIMARY KEY (id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set id random(1, 270000)\nSELECT body FROM letters WHERE id = :id;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -c 2 -t 70000 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
