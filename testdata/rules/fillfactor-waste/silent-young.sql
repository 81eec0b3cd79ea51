-- Too young to say.
-- age: 2 days
CREATE EXTENSION pg_stat_statements;
CREATE TABLE arrivals (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parcel uuid NOT NULL) WITH (fillfactor = 50);
SELECT pg_stat_reset(), pg_stat_statements_reset();
INSERT INTO arrivals (parcel) SELECT gen_random_uuid() FROM generate_series(1, 120000);
VACUUM ANALYZE;
