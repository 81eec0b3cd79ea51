-- IS NOT NULL stands beside the cast: it finds no few rows.
CREATE TABLE payments (id int PRIMARY KEY, paid_at timestamptz, amount int NOT NULL, done boolean NOT NULL); INSERT INTO payments SELECT i, '2026-01-01'::timestamptz + i * interval '40 seconds', i % 500, i % 3 = 0 FROM generate_series(1, 400000) i; SET max_parallel_workers_per_gather = 0;
SET max_parallel_workers_per_gather = 0;
SELECT sum(amount) FROM payments WHERE paid_at IS NOT NULL AND (paid_at AT TIME ZONE 'UTC')::date = '2026-03-05';
