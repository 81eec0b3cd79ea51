-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT owner FROM payees WHERE iban = lower('DE00000000000000004711');
CREATE TABLE payees (id integer PRIMARY KEY, iban character(22) NOT NULL, owner text NOT NULL);
INSERT INTO payees SELECT i, 'de' || lpad(i::text, 20, '0'), 'o' || i FROM generate_series(1, 60000) i;
CREATE INDEX payees_iban_idx ON payees (iban);
VACUUM ANALYZE payees;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
