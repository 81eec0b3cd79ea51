CREATE EXTENSION pg_stat_statements;
CREATE TABLE claims (id integer PRIMARY KEY, clinic integer NOT NULL, amount integer NOT NULL, pad text NOT NULL);
INSERT INTO claims SELECT i, i::bigint * 7919 % 200, i, repeat('p', 100) FROM generate_series(1, 60000) i;
CREATE INDEX claims_clinic_idx ON claims (clinic);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT sum(amount) FROM claims WHERE clinic = %s', i % 200) FROM generate_series(1, 400) i \gexec
