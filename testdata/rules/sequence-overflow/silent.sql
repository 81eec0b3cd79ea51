-- keep: pg_sequences
-- As many numbers used of a bigint, and a sequence that begins again.
CREATE TABLE invoices (id bigserial PRIMARY KEY, slot smallint NOT NULL);
CREATE SEQUENCE slots AS smallint MAXVALUE 100 CYCLE;
SELECT setval('invoices_id_seq', 2000000000), setval('slots', 99);
INSERT INTO invoices (slot) SELECT 1 FROM generate_series(1, 1000) i;
ANALYZE;
