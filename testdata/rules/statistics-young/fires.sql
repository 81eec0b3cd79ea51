-- age: 5 hours
CREATE EXTENSION pg_stat_statements;
CREATE TABLE carts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner int NOT NULL);
INSERT INTO carts (owner) SELECT g % 7 FROM generate_series(1, 100) g;
VACUUM ANALYZE;
