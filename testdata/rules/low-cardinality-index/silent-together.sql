-- Events of a kind stand together: a lookup reads a fifth of the table.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE events (id int NOT NULL, kind int NOT NULL, v int NOT NULL);
INSERT INTO events SELECT i, (i / 34000) % 5, i FROM generate_series(1, 1700000) i;
CREATE INDEX events_kind_idx ON events (kind);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT max(v + id) FROM events WHERE kind = 3;
SELECT max(v + id) FROM events WHERE kind = 2;
