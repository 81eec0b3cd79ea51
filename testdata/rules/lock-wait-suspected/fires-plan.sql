-- first: SELECT dblink_connect('other', format('dbname=%s host=%s port=%s user=%s', current_database(), current_setting('unix_socket_directories'), current_setting('port'), current_user)); SELECT dblink_exec('other', 'BEGIN'); SELECT dblink_exec('other', 'UPDATE accounts SET balance = 1 WHERE id = 7'); SELECT dblink_send_query('other', 'SELECT pg_sleep(1.5); COMMIT');
-- just: EXPLAIN (ANALYZE, BUFFERS) UPDATE accounts SET balance = balance + 1 WHERE id = 7;
CREATE EXTENSION dblink;
CREATE TABLE accounts (id integer PRIMARY KEY, balance numeric NOT NULL);
INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 50000) i;
VACUUM ANALYZE;
