-- keep: pg_sequences
-- age: 2 hours
CREATE TABLE invoices (id serial PRIMARY KEY, total int NOT NULL);
SELECT setval('invoices_id_seq', 2000000000);
INSERT INTO invoices (total) SELECT 1 FROM generate_series(1, 60000) i;
ANALYZE;
