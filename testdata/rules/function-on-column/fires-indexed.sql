-- A fifth of the rows is kept; the index on the column cannot be used for it.
CREATE TABLE payments (id int PRIMARY KEY, paid_at timestamptz, amount int NOT NULL, done boolean NOT NULL); INSERT INTO payments SELECT i, '2026-01-01'::timestamptz + i * interval '40 seconds', i % 500, i % 3 = 0 FROM generate_series(1, 400000) i; SET max_parallel_workers_per_gather = 0; CREATE INDEX payments_paid_at_idx ON payments (paid_at);
SET max_parallel_workers_per_gather = 0;
SELECT sum(amount) FROM payments WHERE extract(month FROM paid_at AT TIME ZONE 'UTC') = 2;
