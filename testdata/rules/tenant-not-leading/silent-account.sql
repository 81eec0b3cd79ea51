CREATE EXTENSION pg_stat_statements;
CREATE TABLE postings (id bigint PRIMARY KEY, account_id integer NOT NULL, booked timestamptz NOT NULL, cents integer NOT NULL);
CREATE TABLE rates (day date PRIMARY KEY, rate numeric NOT NULL);
INSERT INTO postings SELECT i, i % 50, '2026-01-01'::timestamptz + i * interval '1 minute', i FROM generate_series(1, 40000) i;
CREATE INDEX postings_booked_idx ON postings (booked);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, cents FROM postings WHERE account_id = %s ORDER BY booked DESC LIMIT 20', i % 50) FROM generate_series(1, 100) i \gexec
