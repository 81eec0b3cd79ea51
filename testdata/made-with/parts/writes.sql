-- name: new calls: 500
INSERT INTO readings VALUES ('{{day:2024-01-02:200}}', {{int:1:20000}}, 'k1', 1);
