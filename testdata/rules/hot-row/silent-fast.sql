-- bench: -c 1 -t 3200
-- do: UPDATE stock SET pieces = pieces - 1 WHERE sku = 's7';
CREATE EXTENSION pg_stat_statements;
CREATE TABLE stock (sku text PRIMARY KEY, pieces integer NOT NULL);
INSERT INTO stock SELECT 's' || i, 1000000 FROM generate_series(1, 20) i;
VACUUM ANALYZE stock;
\c
SELECT pg_stat_reset(), pg_stat_statements_reset();
