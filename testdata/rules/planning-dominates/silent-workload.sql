-- Lookups, which take longer to plan as most do: in a day it comes to nothing.
-- age: 2 hours
CREATE EXTENSION pg_stat_statements;
ALTER DATABASE pgverdict_case SET pg_stat_statements.track_planning = on;
CREATE TABLE staff (id int PRIMARY KEY, boss int REFERENCES staff, name text NOT NULL);
INSERT INTO staff SELECT g, nullif(g / 4, 0), md5(g::text) FROM generate_series(1, 5000) g;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set i random(2000, 5000)\nSELECT name FROM staff s WHERE s.id = :i;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 1500 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
