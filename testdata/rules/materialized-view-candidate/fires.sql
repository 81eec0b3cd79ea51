-- age: 2 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE shops (id int PRIMARY KEY, region text NOT NULL);
CREATE TABLE archive (id bigint PRIMARY KEY, shop int NOT NULL, sold date NOT NULL, amount numeric NOT NULL);
INSERT INTO shops SELECT g, 'region ' || g % 8 FROM generate_series(1, 40) g;
INSERT INTO archive SELECT g, g % 40 + 1, date '2020-01-01' + (g % 900)::int, g / 7.0 FROM generate_series(1, 250000) g;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
UPDATE shops SET region = 'region 9' WHERE id = 7;
\! for i in $(seq 520); do echo 'SELECT s.region, count(*), sum(a.amount) FROM archive a JOIN shops s ON s.id = a.shop GROUP BY s.region;'; done | psql -qXd pgverdict_case >/dev/null
