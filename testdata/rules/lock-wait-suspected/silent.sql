-- The time is spent on reading: no index leads to the rows.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE seats (id int, booked_by int) WITH (fillfactor = 20);
INSERT INTO seats SELECT i, NULL FROM generate_series(1, 200000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set id random(1, 200000)\nUPDATE seats SET booked_by = :client_id WHERE id = :id;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 110 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
