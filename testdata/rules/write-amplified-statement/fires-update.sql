-- Updates of an indexed column, few between two checkpoints.
-- age: 1 hour 20 minutes
CREATE EXTENSION pg_stat_statements;
CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, visitor uuid NOT NULL, page uuid NOT NULL, campaign uuid NOT NULL);
CREATE INDEX visits_visitor_idx ON visits (visitor);
CREATE INDEX visits_page_idx ON visits (page);
CREATE INDEX visits_campaign_idx ON visits (campaign);
INSERT INTO visits (visitor, page, campaign) SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 400000);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set i random(1, 400000)\nUPDATE visits SET campaign = gen_random_uuid() WHERE id = :i;\n' > /tmp/pgverdict_case.bench
\! for i in $(seq 20); do psql -qXd pgverdict_case -c CHECKPOINT; pgbench -n -t 250 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; done; rm /tmp/pgverdict_case.bench
\! echo 'SELECT pg_sleep(2);' > /tmp/pgverdict_case.bench
\! pgbench -n -c 20 -t 1 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
VACUUM ANALYZE;
