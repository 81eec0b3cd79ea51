-- As many blocks for one row: it counts them all.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE parts (id int, code text) WITH (fillfactor = 10);
INSERT INTO parts SELECT i, 'P' || i FROM generate_series(1, 40000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set id random(1, 60000)\nSELECT count(*) FROM parts WHERE id < :id;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 60 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
