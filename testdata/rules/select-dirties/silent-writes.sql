-- A SELECT whose function updates rows.
-- age: 60 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE prices (id bigint PRIMARY KEY, shop int NOT NULL, price numeric NOT NULL) WITH (autovacuum_enabled = off);
CREATE FUNCTION raise(bigint) RETURNS void LANGUAGE sql AS 'UPDATE prices SET price = price + 1 WHERE id = $1';
INSERT INTO prices SELECT g, g % 50, g / 7.0 FROM generate_series(1, 5000) g;
VACUUM ANALYZE prices;
SELECT pg_stat_reset(), pg_stat_statements_reset();
\! for i in $(seq 60); do psql -qXd pgverdict_case -c CHECKPOINT -c 'SELECT raise(id) FROM prices' >/dev/null; done
VACUUM FULL prices;
ANALYZE;
