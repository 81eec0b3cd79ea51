-- Off for the TOAST table alone, and a table with settings of its own that is vacuumed.
CREATE TABLE basket (id bigint PRIMARY KEY, amount integer NOT NULL, note text) WITH (toast.autovacuum_enabled = off);
CREATE TABLE shelf (id bigint PRIMARY KEY, amount integer NOT NULL) WITH (autovacuum_enabled = on, autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO basket SELECT i, i FROM generate_series(1, 5000) i;
INSERT INTO shelf SELECT i, i FROM generate_series(1, 5000) i;
UPDATE basket SET amount = amount + 1 WHERE id <= 900;
UPDATE shelf SET amount = amount + 1 WHERE id <= 200;
