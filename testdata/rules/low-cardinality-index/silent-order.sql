-- The index gives an order, too.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE events (id int NOT NULL, kind int NOT NULL, v int NOT NULL);
INSERT INTO events SELECT i, i::bigint * 7919 % 5, i FROM generate_series(1, 1700000) i;
CREATE INDEX events_kind_idx ON events (kind);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SET enable_seqscan = off;
SELECT max(v + id) FROM events WHERE kind = 3;
SELECT id, v FROM events ORDER BY kind DESC LIMIT 10;
