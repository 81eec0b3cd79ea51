-- No tenant: the column is of the kind, and only one table has it.
CREATE EXTENSION pg_stat_statements;
CREATE TABLE tenants (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE members (id bigint PRIMARY KEY, booked_by integer NOT NULL, name text NOT NULL);
CREATE TABLE rooms (id bigint PRIMARY KEY, booked_by integer NOT NULL, name text NOT NULL);
CREATE TABLE bookings (id bigint PRIMARY KEY, account_id integer NOT NULL, state text NOT NULL, note text);
INSERT INTO tenants SELECT i, 'tenant ' || i FROM generate_series(1, 200) i;
INSERT INTO bookings SELECT i, 1 + i % 200, (ARRAY['open', 'held', 'done', 'gone'])[1 + i / 200 % 4], md5(i::text) FROM generate_series(1, 40000) i;
CREATE INDEX bookings_state_idx ON bookings (state);
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
SELECT format('SELECT id, note FROM bookings WHERE account_id = %s AND state = %L', i, 'open') FROM generate_series(1, 100) i \gexec
