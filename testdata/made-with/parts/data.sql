INSERT INTO readings SELECT '2024-01-01'::date + (g % 280), (g::bigint * 7919 % 20000)::int, 'k' || g % 5, g FROM generate_series(1, 800000) g;
