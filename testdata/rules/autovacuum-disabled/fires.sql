CREATE TABLE basket (id bigint PRIMARY KEY, amount integer NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO basket SELECT i, i FROM generate_series(1, 5000) i;
UPDATE basket SET amount = amount + 1 WHERE id <= 2000;
