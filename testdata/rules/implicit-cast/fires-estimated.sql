-- plan: SELECT owner FROM accounts WHERE number = 4711.0;
-- explain: COSTS
CREATE TABLE accounts (id integer PRIMARY KEY, number integer NOT NULL, owner text NOT NULL);
INSERT INTO accounts SELECT i, i, 'o' || i FROM generate_series(1, 60000) i;
CREATE INDEX accounts_number_idx ON accounts (number);
VACUUM ANALYZE accounts;
SELECT pg_stat_reset();
