-- server: 18
-- just: EXPLAIN (ANALYZE, BUFFERS) SELECT id, title FROM papers WHERE code = 4711;
CREATE TABLE papers (id bigint PRIMARY KEY, topic integer NOT NULL, code integer NOT NULL, title text NOT NULL);
INSERT INTO papers SELECT i, i % 400, i % 90000, repeat('t', 500) FROM generate_series(1, 200000) i;
CREATE INDEX papers_topic_code ON papers (topic, code);
VACUUM ANALYZE;
