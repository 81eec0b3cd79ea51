-- The same index with a scan for 500 entries, one of a unique constraint with few scans, and a small one.
CREATE TABLE letters (id bigint PRIMARY KEY, sender text NOT NULL, reference text NOT NULL, code text NOT NULL UNIQUE);
CREATE INDEX letters_reference_idx ON letters (reference);
CREATE INDEX letters_sender_idx ON letters (sender);
SELECT pg_stat_reset();
INSERT INTO letters SELECT i, 'sender ' || i % 100, md5(i::text) || md5((-i)::text), md5((i + 0.5)::text) || md5((i + 0.25)::text) FROM generate_series(1, 150000) i;
ANALYZE letters;
SET enable_seqscan = off;
SELECT format('SELECT id FROM letters WHERE reference = %L', md5(i::text) || md5((-i)::text)) FROM generate_series(1, 300) i \gexec
SELECT count(*) FROM letters WHERE code = 'none';
SELECT count(*) FROM letters WHERE sender = 'sender 17';
