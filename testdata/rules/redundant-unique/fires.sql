-- The id alone is unique; with the tenant it cannot be otherwise.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE invoices (id int PRIMARY KEY, tenant_id int NOT NULL, note text);
INSERT INTO invoices SELECT i, i % 90, 'note ' || i FROM generate_series(1, 100000) i;
ALTER TABLE invoices ADD CONSTRAINT invoices_id_tenant_key UNIQUE (id, tenant_id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT note FROM invoices WHERE id = 77;
