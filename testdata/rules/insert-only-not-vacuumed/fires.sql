-- age: 20 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL, amount numeric NOT NULL, note text NOT NULL) WITH (autovacuum_vacuum_insert_threshold = -1);
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO payments (customer, amount, note) SELECT g % 3000, g / 9.0, md5(g::text) FROM generate_series(1, 90000) g;
CREATE INDEX payments_customer_amount_idx ON payments (customer, amount);
ANALYZE payments;
\! printf '\\set c random(0, 2999)\nSELECT sum(amount) FROM payments WHERE customer = :c;\n' > /tmp/pgverdict_case.bench
\! pgbench -n -t 20000 -f /tmp/pgverdict_case.bench pgverdict_case >/dev/null 2>&1; rm /tmp/pgverdict_case.bench
