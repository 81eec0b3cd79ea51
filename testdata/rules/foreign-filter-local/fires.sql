-- just: EXPLAIN (ANALYZE, BUFFERS, VERBOSE) SELECT id, amount FROM far.orders WHERE is_open(state) AND customer % 10 = 1;
CREATE TABLE orders (id bigint PRIMARY KEY, customer integer NOT NULL, amount numeric NOT NULL, state text NOT NULL);
INSERT INTO orders SELECT i, i * 7919 % 40000, i % 90, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1::bigint, 200000) i;
CREATE INDEX orders_customer ON orders (customer);
VACUUM ANALYZE;
ALTER DATABASE pgverdict_case SET max_parallel_workers_per_gather = 0;
CREATE EXTENSION postgres_fdw;
CREATE FUNCTION is_open(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN $1 = ''open''; END';
SELECT format('CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)', current_setting('unix_socket_directories'), current_setting('port'), current_database()) \gexec
CREATE USER MAPPING FOR CURRENT_USER SERVER other;
CREATE SCHEMA far;
IMPORT FOREIGN SCHEMA public LIMIT TO (orders) FROM SERVER other INTO far;
