-- As in fires, but the updates set attempts: an index on the state leaves them HOT.
CREATE TABLE tasks (id bigint PRIMARY KEY, state smallint NOT NULL, owner int NOT NULL, attempts int NOT NULL, body text NOT NULL) WITH (fillfactor = 70);
CREATE EXTENSION pg_stat_statements;
INSERT INTO tasks SELECT i, 400 + i % 400, i % 900, 0, repeat('body ', 20) FROM generate_series(1, 200000) i;
VACUUM ANALYZE tasks;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, owner, body FROM tasks WHERE state = %s', 400 + i) FROM generate_series(1, 120) i \gexec
SELECT format('UPDATE tasks SET attempts = 1 + %s WHERE id = %s', i % 300, i * 23) FROM generate_series(1, 4000) i \gexec
SELECT format('UPDATE tasks SET attempts = %s WHERE id = %s', i % 7, i * 29) FROM generate_series(1, 2500) i \gexec
