-- Loaded once: the first of sixty readings marked the rows, and that is over.
-- age: 60 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE prices (id bigint NOT NULL, shop int NOT NULL, note text NOT NULL);
ALTER TABLE prices ALTER note SET STORAGE PLAIN;
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO prices SELECT g, g % 50, repeat('x', 5000) FROM generate_series(1, 9000) g;
CHECKPOINT;
\! for i in $(seq 60); do psql -qXd pgverdict_case -c 'SELECT shop, count(*) FROM prices GROUP BY shop' >/dev/null; done
ANALYZE;
