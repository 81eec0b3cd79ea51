-- ANALYZE saw five kinds; the three events of a sixth are what is looked up.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE events (id int NOT NULL, kind int NOT NULL, v int NOT NULL);
INSERT INTO events SELECT i, CASE WHEN i % 600000 = 0 THEN 9 ELSE i::bigint * 7919 % 5 END, i FROM generate_series(1, 1700000) i;
CREATE INDEX events_kind_idx ON events (kind);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT max(v + id) FROM events WHERE kind = 9;
SELECT max(v + id) FROM events WHERE kind = 9;
