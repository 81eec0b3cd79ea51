-- Three rows to a transaction.
-- age: 1 day 1 hour
CREATE EXTENSION pg_stat_statements;
CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sensor int NOT NULL, value real NOT NULL);
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set s random(1, 500)\nBEGIN;\nINSERT INTO readings (sensor, value) VALUES (:s, 1.5);\nINSERT INTO readings (sensor, value) VALUES (:s, 2.5);\nINSERT INTO readings (sensor, value) VALUES (:s, 3.5);\nCOMMIT;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -c 4 -t 10000 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
VACUUM ANALYZE;
