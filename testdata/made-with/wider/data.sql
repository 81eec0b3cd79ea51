INSERT INTO entries SELECT g, 1 + (g::bigint * 7919 % 300)::int, '2024-01-01'::timestamptz + g * interval '1 minute', 'k' || g % 4, g % 1000 FROM generate_series(1, 300000) g;
INSERT INTO notes SELECT g, 1 + (g::bigint * 7919 % 300)::int, '2024-01-01'::timestamptz + g * interval '1 minute', repeat('x', 40) FROM generate_series(1, 200000) g;
