-- The same rows for both schemas; those of loose have NULLs and duplicates besides.
SET timezone = 'Europe/Berlin';
SELECT setseed(0.42);
SET search_path = strict;
INSERT INTO customers SELECT g, 'n' || g % 7, 'e' || g || '@example.org', 'c' || (random() * 5)::int, 'k' || g % 11, (random() * 60)::int FROM generate_series(1, 60) g;
INSERT INTO orders SELECT g, (random() * 80)::int, 's' || (random() * 3)::int, 'k' || (random() * 20)::int, 'n' || (random() * 9)::int, round((random() * 10)::numeric, 1), (random() * 40)::int, g * 3, timestamptz '2023-11-20 22:00+00' + random() * interval '200 days',
  timestamp '2023-11-20' + floor(random() * 4800) * interval '1 hour', date '2023-11-20' + (random() * 200)::int, jsonb_build_object('kind', 'v' || (random() * 4)::int, 'n', g), (random() * 100)::int, ARRAY['t' || g % 7, 't' || g % 5], random() FROM generate_series(1, 400) g;
UPDATE orders SET created_at = date_trunc('day', created_at) WHERE id % 5 = 0;
UPDATE orders SET created_at = '2024-01-31 23:59:59.999+01' WHERE id % 83 = 0;
UPDATE orders SET created_at = '2024-03-31 02:30:00+01' WHERE id % 89 = 0;
INSERT INTO "Lines" SELECT g, (random() * 420)::int, (random() * 9)::int, timestamptz '2023-12-01' + random() * interval '100 days' FROM generate_series(1, 500) g;
INSERT INTO loose.customers SELECT * FROM customers UNION ALL SELECT id, NULL, email, NULL, code, NULL FROM customers WHERE id % 9 = 0 UNION ALL SELECT * FROM customers WHERE id % 7 = 0 UNION ALL SELECT NULL, name, NULL, city, NULL, NULL FROM customers WHERE id % 10 = 0;
INSERT INTO loose.orders SELECT * FROM orders UNION ALL SELECT * FROM orders WHERE id % 8 = 0
  UNION ALL SELECT id, NULL, NULL, code, NULL, amount, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM orders WHERE id % 11 = 0 UNION ALL SELECT NULL, customer_id, status, NULL, note, NULL, ext, big, created_at, shipped, day, '{}', NULL, ARRAY[NULL, 't1'], NULL FROM orders WHERE id % 13 = 0;
INSERT INTO loose."Lines" SELECT * FROM "Lines" UNION ALL SELECT NULL, NULL, qty, NULL FROM "Lines" WHERE "Id" % 9 = 0 UNION ALL SELECT * FROM "Lines" WHERE "Id" % 5 = 0;
