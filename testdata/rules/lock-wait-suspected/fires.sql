-- Six workers book seats and keep each row locked for 25 ms before they commit.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE seats (id int PRIMARY KEY, booked_by int);
INSERT INTO seats SELECT i, NULL FROM generate_series(1, 3000) i;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set id random(1, 3)\nBEGIN;\nUPDATE seats SET booked_by = :client_id WHERE id = :id;\n\\sleep 25 ms\nCOMMIT;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -c 6 -t 60 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
