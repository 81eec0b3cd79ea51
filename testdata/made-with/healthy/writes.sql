-- name: new_visit calls: 2000
INSERT INTO visits VALUES (nextval('visit_seq'), {{int:1:100000}}, timestamptz '2025-06-01' + {{int:1:9999}} * interval '1 second', {{int:0:500}}, {{int:1:900}});
-- name: cart_total calls: 900
UPDATE carts SET total = total + 1 WHERE id = {{int:1:150000}};
