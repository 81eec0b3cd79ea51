-- values
CREATE EXTENSION pg_stat_statements;
CREATE TABLE contacts (id integer PRIMARY KEY, org integer NOT NULL, email text NOT NULL, is_deleted boolean NOT NULL);
INSERT INTO contacts SELECT i, i % 500, 'e' || i, i % 8 = 0 FROM generate_series(1, 20000) i;
CREATE INDEX contacts_org_idx ON contacts (org);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, email FROM contacts WHERE org = %s AND NOT is_deleted', i) FROM generate_series(1, 400) i \gexec
