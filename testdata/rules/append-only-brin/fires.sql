-- age: 40 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE traces (id bigint NOT NULL, taken timestamptz NOT NULL, device int NOT NULL, body text NOT NULL);
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO traces SELECT g, timestamptz '2026-01-01' + g * interval '3 s', g % 900, repeat(md5(g::text), 5) FROM generate_series(1, 5200000) g;
CREATE INDEX traces_taken_idx ON traces (taken);
VACUUM ANALYZE;
\! printf '\\set h random(1, 4000)\nSELECT device, count(*) FROM traces WHERE taken >= $$2026-01-01$$::timestamptz + :h * interval $$1 h$$ AND taken < $$2026-01-01$$::timestamptz + (:h + 6) * interval $$1 h$$ GROUP BY device;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 300 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
