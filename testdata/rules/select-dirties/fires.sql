-- Filled anew each night, never vacuumed: the first to read it marks the rows.
-- age: 60 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE prices (id bigint NOT NULL, shop int NOT NULL, price numeric NOT NULL) WITH (autovacuum_enabled = off);
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! for i in $(seq 60); do psql -qXd pgverdict_case -c 'TRUNCATE prices' -c 'INSERT INTO prices SELECT g, g % 50, g / 7.0 FROM generate_series(1, 30000) g' -c CHECKPOINT -c 'SELECT shop, avg(price) FROM prices GROUP BY shop' >/dev/null; done
ANALYZE;
