-- As in fires-often, but a third statement asks for the letters of a state in the order of (state, reference).
CREATE TABLE letters (id bigint PRIMARY KEY, sender text NOT NULL, state smallint NOT NULL, reference text NOT NULL);
CREATE INDEX letters_state_reference_idx ON letters (state, reference);
CREATE EXTENSION pg_stat_statements;
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO letters SELECT i, 'sender ' || i % 100, i % 3, md5(i::text) || md5((-i)::text) FROM generate_series(1, 150000) i;
VACUUM ANALYZE letters;
SELECT format('SELECT sender FROM letters WHERE state = %s AND reference = %L', i % 3, md5(i::text) || md5((-i)::text)) FROM generate_series(1, 300) i \gexec
SELECT format('SELECT sender FROM letters WHERE state = %s ORDER BY reference LIMIT 10', i % 3) FROM generate_series(1, 300) i \gexec
CREATE INDEX letters_reference_idx ON letters (reference);
SELECT format('SELECT sender FROM letters WHERE reference = %L', md5(i::text) || md5((-i)::text)) FROM generate_series(1, 300) i \gexec
