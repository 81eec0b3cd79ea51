-- 150,000 entries written into an index that three scans have used.
CREATE TABLE letters (id bigint PRIMARY KEY, sender text NOT NULL, reference text NOT NULL);
CREATE INDEX letters_reference_idx ON letters (reference);
SELECT pg_stat_reset();
INSERT INTO letters SELECT i, 'sender ' || i % 100, md5(i::text) || md5((-i)::text) FROM generate_series(1, 150000) i;
ANALYZE letters;
SET enable_seqscan = off;
SELECT format('SELECT id FROM letters WHERE reference = %L', md5(i::text) || md5((-i)::text)) FROM generate_series(1, 3) i \gexec
SELECT id FROM letters WHERE id = 17;
