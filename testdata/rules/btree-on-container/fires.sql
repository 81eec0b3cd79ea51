-- Recipes are asked for by a tag.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE recipes (id int PRIMARY KEY, tags text[] NOT NULL);
INSERT INTO recipes SELECT i, ARRAY['t' || i % 400, 'u' || i % 700] FROM generate_series(1, 9000) i;
CREATE INDEX recipes_tags_idx ON recipes (tags);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
SELECT id FROM recipes WHERE tags @> ARRAY['t7'];
