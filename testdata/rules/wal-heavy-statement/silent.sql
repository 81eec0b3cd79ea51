-- The same rows, loaded.
-- age: 1 hour 2 minutes
CREATE EXTENSION pg_stat_statements;
CREATE TABLE scans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parcel uuid NOT NULL, hub uuid NOT NULL, run uuid NOT NULL, note uuid NOT NULL);
CREATE INDEX scans_parcel_idx ON scans (parcel);
CREATE INDEX scans_hub_idx ON scans (hub);
CREATE INDEX scans_run_idx ON scans (run);
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! echo 'INSERT INTO scans (parcel, hub, run, note) SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 50000);' > /tmp/pgverdict_case.bench
\! pgbench -n -t 10 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
\! echo 'SELECT pg_sleep(15);' > /tmp/pgverdict_case.bench
\! pgbench -n -c 24 -t 1 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
VACUUM ANALYZE;
