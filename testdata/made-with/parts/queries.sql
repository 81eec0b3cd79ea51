-- name: of_device calls: 60
SELECT day, value FROM readings WHERE device = {{int:1:20000}};
-- name: day_kind calls: 30
SELECT kind, count(*) FROM readings WHERE day = '{{day:2024-01-02:200}}' GROUP BY kind;
