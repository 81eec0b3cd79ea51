INSERT INTO members SELECT g, 'm' || g || '@mail.example', timestamptz '2022-01-01' + g * interval '10 minutes', g % 300 FROM generate_series(1, 100000) g;
INSERT INTO visits SELECT g, 1 + (random() * 99999)::int, timestamptz '2025-01-01' + g * interval '8 seconds', (random() * 500)::int, (random() * 900)::int FROM generate_series(1, 800000) g;
INSERT INTO carts SELECT g, 1 + (random() * 99999)::int, g % 50 = 0, round((random() * 300)::numeric, 2), timestamptz '2025-01-01' + g * interval '40 seconds' FROM generate_series(1, 150000) g;
