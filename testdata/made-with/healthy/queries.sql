-- name: member_by_email calls: 900
SELECT id, city FROM members WHERE email = 'm{{int:1:100000}}@mail.example';
-- name: member_visits calls: 600
SELECT at, page FROM visits WHERE member_id = {{int:1:100000}} ORDER BY at DESC LIMIT 10;
-- name: visits_of_hour calls: 30
SELECT page, count(*) FROM visits WHERE at >= '{{day:2025-01-02:60}} 10:00' AND at < '{{day:2025-01-02:60}} 11:00' GROUP BY page;
-- name: carts_of_member calls: 500
SELECT id, total FROM carts WHERE member_id = {{int:1:100000}};
-- name: open_carts calls: 100
SELECT id, member_id FROM carts WHERE open ORDER BY changed LIMIT 20;
-- name: member_with_cart calls: 200
SELECT m.email, c.total FROM members m JOIN carts c ON c.member_id = m.id WHERE m.id = {{int:1:100000}};
-- name: all_pages calls: 2
SELECT page, count(*), avg(ms) FROM visits GROUP BY page;
