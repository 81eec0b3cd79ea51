-- name: new calls: 500
INSERT INTO entries VALUES ({{int:400000:900000000}}, {{int:1:300}}, now(), 'k1', 3);
