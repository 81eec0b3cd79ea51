-- The index begins with the tenant, by which invoices are listed.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE invoices (id int PRIMARY KEY, tenant_id int NOT NULL, note text);
INSERT INTO invoices SELECT i, i % 90, 'note ' || i FROM generate_series(1, 100000) i;
CREATE UNIQUE INDEX invoices_tenant_id_idx ON invoices (tenant_id, id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT note FROM invoices WHERE tenant_id = 7 ORDER BY id LIMIT 10;
