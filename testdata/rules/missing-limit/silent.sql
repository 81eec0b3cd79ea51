CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, placed date NOT NULL, state text, payload jsonb NOT NULL);
INSERT INTO orders SELECT i, i % 2000, date '2025-01-01' + i / 200, CASE WHEN i % 5 > 0 THEN 'done' END, jsonb_build_object('code', i) FROM generate_series(1, 40000) i;
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, last_order integer);
INSERT INTO customers SELECT i, 'customer ' || i, CASE WHEN i % 3 > 0 THEN i END FROM generate_series(1, 2000) i;
CREATE INDEX ON orders (customer);
CREATE INDEX ON orders (placed, id);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, placed FROM orders WHERE customer > %s ORDER BY id LIMIT 12000', i) FROM generate_series(1, 20) i \gexec
SELECT format('SELECT customer, count(*) FROM orders WHERE id > %s GROUP BY customer', i) FROM generate_series(1, 120) i \gexec
SELECT format('COPY (SELECT id, placed FROM orders WHERE customer > %s) TO ''/dev/null''', i) FROM generate_series(1, 120) i \gexec
