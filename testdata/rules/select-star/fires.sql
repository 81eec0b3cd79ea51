CREATE EXTENSION pg_stat_statements;
CREATE TABLE articles (id bigint PRIMARY KEY, section integer NOT NULL, title text NOT NULL, body text NOT NULL);
INSERT INTO articles SELECT i, i % 100, 'article ' || i, repeat(md5(i::text), 60) FROM generate_series(1, 20000) i;
CREATE INDEX ON articles (section);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT * FROM articles WHERE section = %s', i % 100) FROM generate_series(1, 300) i \gexec
