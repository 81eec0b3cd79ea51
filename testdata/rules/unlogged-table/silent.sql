-- An empty one, and one whose name says that it may be lost.
CREATE UNLOGGED TABLE payments (id int PRIMARY KEY, amount int NOT NULL);
CREATE UNLOGGED TABLE page_cache (id int PRIMARY KEY, amount int NOT NULL);
INSERT INTO page_cache SELECT i, i FROM generate_series(1, 5000) i;
ANALYZE;
