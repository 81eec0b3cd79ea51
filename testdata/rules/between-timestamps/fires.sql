-- age: 5 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE bookings (id bigint PRIMARY KEY, booked timestamptz NOT NULL, valid_on date NOT NULL, fee numeric NOT NULL);
INSERT INTO bookings SELECT g, timestamptz '2026-01-01' + g * interval '7 min', date '2026-01-01' + (g % 300)::int, g / 3.0 FROM generate_series(1, 40000) g;
VACUUM ANALYZE;
SELECT pg_stat_reset(), pg_stat_statements_reset();
PREPARE of_days AS SELECT sum(fee) FROM bookings WHERE booked BETWEEN $1::date AND $2::date;
EXECUTE of_days('2026-01-01', '2026-01-31');
EXECUTE of_days('2026-02-01', '2026-02-28');
