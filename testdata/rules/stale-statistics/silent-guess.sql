-- plan: SELECT k, body FROM leaves WHERE k % 2 = 0 ORDER BY body;
CREATE TABLE leaves (k integer PRIMARY KEY, body text NOT NULL);
INSERT INTO leaves SELECT i, md5(i::text) FROM generate_series(1, 30000) i;
VACUUM ANALYZE leaves;
