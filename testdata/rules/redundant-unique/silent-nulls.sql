-- The number is unique but where it is missing, and of a tenant one invoice at most may be without.
-- server: 15
CREATE EXTENSION pg_stat_statements;
CREATE TABLE invoices (id int PRIMARY KEY, number int UNIQUE, tenant_id int NOT NULL, note text);
INSERT INTO invoices SELECT i, NULLIF(i, i / 1000 * 1000), i, 'note ' || i FROM generate_series(1, 100000) i;
ALTER TABLE invoices ADD CONSTRAINT invoices_number_tenant_key UNIQUE NULLS NOT DISTINCT (number, tenant_id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT note FROM invoices WHERE id = 77;
