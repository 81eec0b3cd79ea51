-- age: 2 hours
CREATE EXTENSION pg_stat_statements;
ALTER DATABASE pgverdict_case SET pg_stat_statements.track_planning = on;
CREATE TABLE staff (id int PRIMARY KEY, boss int REFERENCES staff, name text NOT NULL);
INSERT INTO staff SELECT g, nullif(g / 4, 0), md5(g::text) FROM generate_series(1, 5000) g;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! printf '\\set i random(2000, 5000)\nSELECT b6.name FROM staff s JOIN staff b1 ON b1.id = s.boss JOIN staff b2 ON b2.id = b1.boss JOIN staff b3 ON b3.id = b2.boss JOIN staff b4 ON b4.id = b3.boss JOIN staff b5 ON b5.id = b4.boss LEFT JOIN staff b6 ON b6.id = b5.boss WHERE s.id = :i;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 1500 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
