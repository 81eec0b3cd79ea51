## NotExists

SELECT count(*) FROM customers c WHERE c.city = 'c1' AND c.id NOT IN (SELECT o.customer_id FROM orders o WHERE o.status = 's2')

SELECT id FROM orders WHERE id NOT IN (SELECT parent_id FROM orders)

SELECT c.id, o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.boss NOT IN (SELECT "Order" FROM "Lines" WHERE qty > 3) AND o.status = 's1'

/* which never ordered */ SELECT name FROM customers WHERE id <> ALL (SELECT customer_id FROM orders WHERE code = $1) -- sigh
-- with 'k3'

WITH big AS (SELECT * FROM orders WHERE amount > 7) SELECT count(*) FROM customers c WHERE c.id NOT IN (SELECT b.customer_id FROM big b)

SELECT s.city, count(*) FROM (SELECT city FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL)) s GROUP BY s.city

SELECT id FROM customers WHERE id NOT IN (SELECT DISTINCT customer_id FROM open_orders ORDER BY 1)

SELECT c.id FROM customers c LEFT JOIN orders o ON o.id = c.boss WHERE (c.id, c.boss) NOT IN (SELECT x.customer_id, x.id FROM orders x)

SELECT id FROM customers WHERE city = 'c2' AND id NOT IN (SELECT o.customer_id FROM orders o JOIN "Lines" l ON l."Order" = o.id WHERE l.qty = 5)

SELECT id FROM orders o WHERE NOT (o.id IN (SELECT l."Order" FROM "Lines" AS l))

-- refused
SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders GROUP BY customer_id HAVING count(*) > 3)

-- refused
SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders ORDER BY id LIMIT 5)

-- refused
SELECT id FROM customers WHERE id NOT IN (1, 2, 3)

-- refused
SELECT id FROM customers WHERE city = 'c1' OR id NOT IN (SELECT customer_id FROM orders)

-- refused
SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE random() < 0.5)

-- refused
SELECT id, id NOT IN (SELECT customer_id FROM orders) FROM customers

-- refused
SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders)

-- refused
SELECT id FROM customers WHERE id NOT IN (SELECT max(customer_id) FROM orders)

## DateRange

SELECT count(*) FROM orders o WHERE o.created_at::date = '2024-01-31' AND o.status = 's2'

SELECT id FROM orders WHERE date(created_at) = $1
-- with '2024-03-31'

SELECT id FROM orders WHERE date_trunc('month', created_at) = '2024-02-01'

SELECT id FROM orders WHERE to_char(created_at, 'YYYY-MM') = '2024-01'

SELECT id FROM orders WHERE extract(year FROM created_at) = 2024 AND status = 's1' AND extract(month FROM created_at) = 1

SELECT id FROM orders WHERE extract(year FROM orders.shipped) BETWEEN 2023 AND $1
-- with 2023

SELECT id FROM orders WHERE shipped::date BETWEEN '2024-01-01' AND '2024-01-31'

SELECT "Id" FROM "Lines" WHERE date_trunc('day', "At") >= '2024-01-15' AND qty = 2

SELECT c.id, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE DATE(o.created_at) < '2024-01-10' OR o.id IS NULL

WITH w AS (SELECT * FROM orders WHERE created_at::date > '2024-02-28') SELECT count(*), max(amount) FROM w

SELECT id FROM orders WHERE (created_at AT TIME ZONE 'America/New_York')::date = '2024-01-15'

SELECT id FROM orders WHERE id IN (SELECT parent_id FROM orders x WHERE x.created_at::date <= current_date - 400 OR to_char(x.shipped, 'YYYYMMDD') = '20240115')

SELECT id FROM orders WHERE NOT (date_trunc('year', created_at) = '2024-01-01')

SELECT id FROM open_orders WHERE date '2024-01-31' = created_at::date

DELETE FROM orders WHERE created_at::date = '2024-01-31' RETURNING id

SELECT id FROM orders WHERE date_part('year', created_at) > 2023

SELECT id FROM orders WHERE to_char(shipped, 'YYYY-MM-DD') = $1 AND date_trunc('month', day) = date_trunc('month', date '2024-01-15')
-- with '2024-01-05'

-- refused
SELECT id FROM orders WHERE date_trunc('month', created_at) = '2024-02-02'

-- refused
SELECT id FROM orders WHERE extract(month FROM created_at) = 2

-- refused
SELECT id FROM orders WHERE created_at::date = shipped::date

-- refused
SELECT id FROM orders WHERE to_char(created_at, 'MM-DD') = '01-31'

-- refused
SELECT id FROM orders WHERE to_char(created_at, 'YYYY-MM') = '2024-1'

-- refused
SELECT created_at::date FROM orders WHERE created_at >= '2024-01-31'

-- refused
SELECT id FROM orders WHERE created_at::date = now() - interval '1 day'

-- refused
SELECT id FROM orders WHERE created_at::time = '10:00'

-- refused
SELECT id FROM orders WHERE date_trunc('month', created_at + interval '1 day') = '2024-02-01'

## Keyset

SELECT id, created_at, note FROM orders WHERE status = 's2' ORDER BY created_at DESC, id DESC LIMIT 5 OFFSET 20
-- with (SELECT created_at FROM orders WHERE status = 's2' ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET 19), (SELECT id FROM orders WHERE status = 's2' ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET 19)

SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET $1
-- with 30, (SELECT id FROM orders ORDER BY id LIMIT 1 OFFSET 29)

SELECT o.id, o.created_at, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'c1' ORDER BY o.created_at DESC, o.id LIMIT 5 OFFSET 10
-- with (SELECT created_at FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'c1' ORDER BY o.created_at DESC, o.id LIMIT 1 OFFSET 9), (SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'c1' ORDER BY o.created_at DESC, o.id LIMIT 1 OFFSET 9)

SELECT "Id", qty AS q FROM "Lines" ORDER BY q, 1 OFFSET 40 LIMIT 6
-- with (SELECT qty FROM "Lines" ORDER BY qty, "Id" LIMIT 1 OFFSET 39), (SELECT "Id" FROM "Lines" ORDER BY qty, "Id" LIMIT 1 OFFSET 39)

SELECT count(*) FROM (SELECT o.id FROM orders o WHERE o.code = $1 OR o.status = 's3' ORDER BY o.id DESC LIMIT 20 OFFSET 5) p
-- with 'k2', (SELECT o.id FROM orders o WHERE o.code = 'k2' OR o.status = 's3' ORDER BY o.id DESC LIMIT 1 OFFSET 4)

WITH w AS (SELECT id, day FROM orders WHERE amount < 8) SELECT * FROM orders o WHERE o.id < 300 ORDER BY o.day, o.id FETCH FIRST 4 ROWS ONLY OFFSET 8
-- with (SELECT day FROM orders WHERE id < 300 ORDER BY day, id LIMIT 1 OFFSET 7), (SELECT id FROM orders WHERE id < 300 ORDER BY day, id LIMIT 1 OFFSET 7)

SELECT l."Id" FROM "Lines" AS l WHERE l.qty > 2 ORDER BY l."Id" DESC LIMIT 7 OFFSET 14
-- with (SELECT "Id" FROM "Lines" WHERE qty > 2 ORDER BY "Id" DESC LIMIT 1 OFFSET 13)

/* page 3 */ SELECT o.id, o.ext FROM open_orders o, customers c WHERE c.id = o.customer_id AND c.city = 'c1' AND (o.status = 's2' OR o.status = 's3') ORDER BY c.id, o.id LIMIT 3 OFFSET 6 -- by customer
-- with (SELECT c.id FROM open_orders o, customers c WHERE c.id = o.customer_id AND c.city = 'c1' AND o.status IN ('s2', 's3') ORDER BY c.id, o.id LIMIT 1 OFFSET 5), (SELECT o.id FROM open_orders o, customers c WHERE c.id = o.customer_id AND c.city = 'c1' AND o.status IN ('s2', 's3') ORDER BY c.id, o.id LIMIT 1 OFFSET 5)

SELECT * FROM (SELECT id, ext, day FROM orders ORDER BY ext DESC, day, id LIMIT 9 OFFSET 30) s WHERE ext > 0
-- with (SELECT ext FROM orders ORDER BY ext DESC, day, id LIMIT 1 OFFSET 29), (SELECT day FROM orders ORDER BY ext DESC, day, id LIMIT 1 OFFSET 29), (SELECT id FROM orders ORDER BY ext DESC, day, id LIMIT 1 OFFSET 29)

-- refused
SELECT customer_id, count(*) FROM orders GROUP BY customer_id ORDER BY 2 DESC LIMIT 5 OFFSET 20

-- refused
SELECT id FROM orders LIMIT 5 OFFSET 20

-- refused
SELECT id FROM orders ORDER BY lower(note), id LIMIT 5 OFFSET 20

-- refused
SELECT id FROM orders UNION SELECT id FROM customers ORDER BY id LIMIT 5 OFFSET 20

-- refused
SELECT id, row_number() OVER (ORDER BY id) FROM orders ORDER BY id LIMIT 5 OFFSET 20

-- refused
SELECT id FROM orders ORDER BY id LIMIT 5

-- refused
SELECT id FROM orders ORDER BY id FETCH FIRST 5 ROWS WITH TIES OFFSET 5

-- refused
SELECT note FROM unknown_table ORDER BY note LIMIT 5 OFFSET 20

## DistinctExists

SELECT DISTINCT c.id, c.name FROM customers c JOIN orders x ON x.customer_id = c.id WHERE x.status = 's1' AND c.city = 'c2' ORDER BY c.name

SELECT DISTINCT c.* FROM customers c, orders o WHERE o.customer_id = c.id AND o.amount > $1
-- with 5

SELECT DISTINCT c.city FROM orders o INNER JOIN customers AS c ON o.customer_id = c.id AND o.status IN ('s1', 's2') LIMIT 100

SELECT DISTINCT "Lines"."Id" FROM "Lines" JOIN orders ON orders.id = "Lines"."Order" JOIN customers ON customers.id = orders.customer_id WHERE customers.city = 'c1'

SELECT count(*) FROM (SELECT DISTINCT c.email FROM customers c JOIN orders o ON o.customer_id = c.id) s

WITH o AS (SELECT customer_id FROM orders WHERE status = 's1') SELECT DISTINCT c.id, c.code FROM customers c JOIN o ON o.customer_id = c.id

SELECT DISTINCT upper(c.name) FROM customers c JOIN open_orders o ON o.customer_id = c.id WHERE c.boss > 3 OR o.amount > 9

SELECT DISTINCT c.name FROM customers c JOIN (SELECT customer_id AS k FROM orders WHERE code = 'k4') s ON s.k = c.id

SELECT count(DISTINCT c.id) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = 's1'

SELECT count(DISTINCT c.city) AS cities, count(DISTINCT upper(c.name)) FROM customers c, orders o WHERE o.customer_id = c.id AND c.boss > $1
-- with 9

-- refused
SELECT count(DISTINCT c.city), count(*) FROM customers c JOIN orders o ON o.customer_id = c.id

-- refused
SELECT DISTINCT c.id, o.status FROM customers c JOIN orders o ON o.customer_id = c.id

-- refused
SELECT DISTINCT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id

-- refused
SELECT DISTINCT ON (c.city) c.id FROM customers c JOIN orders o ON o.customer_id = c.id ORDER BY c.city, c.id

-- refused
SELECT DISTINCT c.id, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id

-- refused
SELECT DISTINCT c.city FROM customers c

-- refused
SELECT DISTINCT * FROM customers c JOIN orders o ON o.customer_id = c.id

-- refused
SELECT DISTINCT c.id FROM customers c JOIN orders o USING (id)

## NoDistinct

SELECT DISTINCT c.id, c.name FROM customers c WHERE c.city = 'c1'

SELECT DISTINCT * FROM orders WHERE status = 's1'

SELECT DISTINCT o.id, o.note, c.name FROM orders o JOIN customers c ON c.id = o.customer_id

SELECT DISTINCT o.id, c.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id

SELECT DISTINCT email FROM customers

SELECT DISTINCT l."Id", l.qty FROM "Lines" l

WITH o AS (SELECT * FROM orders) SELECT DISTINCT c.id, upper(c.name) AS n FROM customers AS c WHERE c.boss > $1 LIMIT 1000
-- with 10

SELECT count(*) FROM (SELECT DISTINCT o.*, c.id AS c FROM orders o, customers c WHERE c.id = o.customer_id) s

-- refused
SELECT DISTINCT city FROM customers

-- refused
SELECT DISTINCT ON (city) id, city FROM customers ORDER BY city, id

-- refused
SELECT id FROM customers

## InlineCTE

WITH picked AS MATERIALIZED (SELECT id, code FROM orders) SELECT * FROM picked WHERE code = 'k3'

WITH p AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) SELECT * FROM p WHERE customer_id = $1 UNION ALL SELECT * FROM p WHERE customer_id = 5
-- with 7

WITH a AS MATERIALIZED (SELECT * FROM orders WHERE status = 's1'), b AS (SELECT * FROM customers) SELECT a.id, b.name FROM a JOIN b ON b.id = a.customer_id WHERE a.code = 'k1'

SELECT * FROM (WITH "Big" AS MATERIALIZED (SELECT * FROM "Lines") SELECT "Id" FROM "Big" WHERE qty = 4) s

WITH a AS MATERIALIZED (SELECT id, created_at::date AS d FROM orders), b AS MATERIALIZED (SELECT d, count(*) AS n FROM a GROUP BY d) SELECT n FROM b WHERE d = '2024-01-31'

WITH v AS (SELECT * FROM open_orders) SELECT x.id FROM v x JOIN v y ON y.id = x.parent_id WHERE x.code = 'k2' AND y.code = $1
-- with 'k3'

SELECT c.name FROM customers c WHERE c.id IN (WITH o AS MATERIALIZED (SELECT customer_id, status FROM orders) SELECT customer_id FROM o WHERE status = 's3')

WITH p AS MATERIALIZED (SELECT id FROM orders WHERE ext = 3) DELETE FROM orders WHERE id IN (SELECT id FROM p WHERE id > 20) RETURNING id

WITH q AS MATERIALIZED (SELECT id, pg_typeof(note) AS t FROM orders) SELECT id FROM q WHERE id = 5

-- refused
WITH p AS MATERIALIZED (SELECT id, random() AS r FROM orders) SELECT * FROM p WHERE id = 3

-- refused
WITH p AS (SELECT id, code FROM orders) SELECT * FROM p WHERE code = 'k3'

-- refused
WITH RECURSIVE t AS (SELECT id, boss FROM customers WHERE id = 1 UNION SELECT c.id, c.boss FROM customers c JOIN t ON c.boss = t.id) SELECT * FROM t

-- refused
WITH d AS MATERIALIZED (DELETE FROM orders WHERE id = 1 RETURNING id) SELECT * FROM d

-- refused
WITH d AS MATERIALIZED (SELECT id FROM orders FOR UPDATE) SELECT * FROM d WHERE id = 2

## UnionAll

SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code = 'k1' OR c.email = 'e5@example.org' ORDER BY o.id

SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE (o.code = 'k1' OR c.name = 'n3') AND o.status <> 's0'

SELECT DISTINCT o.note FROM orders o, customers c WHERE c.id = o.customer_id AND (o.code = $1 OR c.city = 'c2')
-- with 'k7'

SELECT o.note, c.city AS town FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE o.status = 's1' OR c.city = 'c1' ORDER BY town, 1

WITH o AS (SELECT * FROM orders WHERE amount > 3) SELECT o.id, l.qty FROM o JOIN "Lines" l ON l."Order" = o.id WHERE o.note = 'n1' OR l.qty = 3 OR l.qty IS NULL

SELECT o.* FROM open_orders o JOIN customers c ON c.id = o.customer_id WHERE (c.code = 'k2' AND c.city = 'c3') OR o.ext = 7

SELECT o.id, c.id, l."Id" FROM orders o JOIN customers c ON c.id = o.customer_id JOIN "Lines" AS l ON l."Order" = o.id WHERE o.code = 'k5' OR c.name = 'n2' OR l.qty = 9

SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code LIKE 'k1%' OR c.name IN ('n1', 'n5') ORDER BY o.id DESC LIMIT 1000

-- refused
SELECT id FROM orders WHERE code = 'k1' OR status = 's1'

-- refused
SELECT o.status, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code = 'k1' OR c.city = 'c1' GROUP BY o.status

-- refused
SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code = 'k1' OR o.amount > c.boss

-- refused
SELECT sum(o.amount) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code = 'k1' OR c.city = 'c1'

-- refused
SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code = 'k1' OR c.city = 'c1' ORDER BY o.amount + 1

-- refused
SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code = 'k1' AND c.city = 'c1'

-- refused
SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.code = 'k1' OR c.city = 'c1' FOR UPDATE

-- refused
UPDATE orders o SET note = 'x' FROM customers c WHERE c.id = o.customer_id AND (o.code = 'k1' OR c.city = 'c1')

## SubqueryJoin

SELECT c.id, c.city, (SELECT count(*) FROM orders x WHERE x.customer_id = c.id) AS n FROM customers c WHERE c.city = 'c1'

SELECT c.id, (SELECT max(x.amount) FROM orders x WHERE x.customer_id = c.id AND x.status = $1) FROM customers c
-- with 's2'

SELECT c.id, c.name FROM customers c WHERE 3 < (SELECT count(*) FROM orders o WHERE c.id = o.customer_id)

SELECT o.id FROM orders o WHERE o.amount > (SELECT avg(i.amount) FROM orders i WHERE i.customer_id = o.customer_id)

SELECT c.name, (SELECT o.note FROM orders o WHERE o.customer_id = c.id ORDER BY o.id DESC LIMIT 1) AS newest FROM customers c

SELECT c.id, coalesce((SELECT sum(l.qty) FROM "Lines" l JOIN orders o ON o.id = l."Order" WHERE o.customer_id = c.id), 0) AS pieces, (SELECT count(x.note) FROM orders x WHERE x.customer_id = c.id) AS notes FROM customers c ORDER BY c.id

WITH o AS (SELECT * FROM orders WHERE amount > 2) SELECT c.id, (SELECT min(o.day) FROM o WHERE o.customer_id = c.id) AS first FROM customers c

SELECT s.id, s.n FROM (SELECT c.id, (SELECT count(*) FROM open_orders x WHERE x.customer_id = c.id AND x.code = c.code) AS n FROM customers AS c) s WHERE s.n > 0

-- refused
SELECT c.id, (SELECT count(*) FROM orders x WHERE x.customer_id > c.id) AS n FROM customers c

-- refused
SELECT c.city, count(*), (SELECT count(*) FROM orders x) AS n FROM customers c GROUP BY c.city

-- refused
SELECT *, (SELECT count(*) FROM orders x WHERE x.customer_id = c.id) AS n FROM customers c

-- refused
SELECT c.id, (SELECT o.note FROM orders o WHERE o.customer_id = c.id) FROM customers c

-- refused
SELECT c.id, (SELECT count(*) + 1 FROM orders o WHERE o.customer_id = c.id) FROM customers c

-- refused
SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id AND o.amount < c.boss) FROM customers c

-- refused
SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)

-- refused
UPDATE customers c SET boss = (SELECT max(o.id) FROM orders o WHERE o.customer_id = c.id)

## CountExists

SELECT id FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 0

SELECT id FROM customers c WHERE 0 = (SELECT count(o.note) FROM orders o WHERE o.customer_id = c.id AND o.status = 's1')

SELECT id FROM customers WHERE city = 'c1' OR (SELECT count(1) FROM orders WHERE customer_id = customers.id) >= 1

SELECT id FROM customers c WHERE NOT ((SELECT count(*) FROM "Lines" l JOIN orders o ON o.id = l."Order" WHERE o.customer_id = c.id) < 1)

SELECT id FROM customers c WHERE c.city = $1 AND (SELECT count(*) FROM open_orders WHERE open_orders.customer_id = c.id AND amount > 3) <> 0
-- with 'c1'

WITH o AS (SELECT * FROM orders WHERE ext > 10) SELECT c.name FROM customers c WHERE (SELECT count(o.parent_id) FROM o WHERE o.customer_id = c.id) <= 0

SELECT s.id FROM (SELECT c.id FROM customers c WHERE 1 <= (SELECT count(*) FROM "Lines" WHERE "Lines"."Order" = c.boss)) s

DELETE FROM orders o WHERE (SELECT count(*) FROM "Lines" l WHERE l."Order" = o.id) = 0 RETURNING id

-- refused
SELECT id FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) > 1

-- refused
SELECT id FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id GROUP BY o.status) > 0

-- refused
SELECT id FROM customers c WHERE (SELECT sum(amount) FROM orders o WHERE o.customer_id = c.id) > 0

-- refused
SELECT id FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.id LIMIT 0) > 0

## FilterInside

SELECT s.* FROM (SELECT id, customer_id, day, sum(amount) OVER (PARTITION BY customer_id ORDER BY day, id) AS running FROM orders) s JOIN customers c ON c.id = s.customer_id WHERE c.code = 'k3'

SELECT c.name, s.total FROM customers c JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) s ON s.customer_id = c.id WHERE c.city = $1
-- with 'c2'

SELECT c.name, s.k, s.n FROM customers c, (SELECT o.customer_id AS k, count(*) AS n FROM orders o JOIN "Lines" l ON l."Order" = o.id GROUP BY 1) AS s WHERE s.k = c.id AND c.email = 'e9@example.org'

SELECT s."Id", s.r FROM (SELECT "Id", "Order", rank() OVER (PARTITION BY "Order" ORDER BY qty DESC, "Id") AS r FROM "Lines" WHERE qty > 1) s JOIN orders o ON o.id = s."Order" JOIN customers c ON c.id = o.customer_id WHERE c.name = 'n3' AND o.status = 's1' AND s.r = 1

WITH w AS (SELECT * FROM orders WHERE amount > 1) SELECT c.id, s.n FROM customers c JOIN (SELECT w.customer_id AS k, count(*) AS n, max(w.day) FROM w GROUP BY w.customer_id) s ON c.id = s.k WHERE c.name = 'n1' AND s.n > 1

SELECT x.id, x.lag FROM (SELECT o.id, o.customer_id, lag(o.amount) OVER w AS lag FROM open_orders o WINDOW w AS (PARTITION BY o.customer_id ORDER BY o.id)) AS x INNER JOIN customers c ON x.customer_id = c.id AND c.city IN ('c1', 'c4')

SELECT t.d FROM (SELECT s."Order", s.d FROM (SELECT "Order", count(*) AS d FROM "Lines" GROUP BY "Order") s JOIN orders o ON o.id = s."Order" WHERE o.code = $1) t ORDER BY 1
-- with 'k4'

SELECT s.total FROM (SELECT status, code, sum(amount) AS total FROM orders GROUP BY status, code HAVING sum(amount) > 2) s, customers c WHERE s.code = c.code AND c.email LIKE 'e1%' /* few */

-- refused
SELECT s.* FROM (SELECT id, customer_id, sum(amount) OVER (PARTITION BY status ORDER BY day) AS running FROM orders) s JOIN customers c ON c.id = s.customer_id WHERE c.code = 'k3'

-- refused
SELECT s.* FROM customers c LEFT JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) s ON s.customer_id = c.id WHERE c.code = 'k3'

-- refused
SELECT s.* FROM (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) s JOIN customers c ON c.id = s.customer_id

-- refused
SELECT s.* FROM (SELECT customer_id, amount FROM orders ORDER BY amount LIMIT 10) s JOIN customers c ON c.id = s.customer_id WHERE c.code = 'k3'

-- refused
SELECT s.* FROM (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) s WHERE s.customer_id = 3

## TopPerGroup

SELECT c.name, s.id FROM customers c JOIN (SELECT o.id, o.customer_id, row_number() OVER (PARTITION BY o.customer_id ORDER BY o.created_at DESC, o.id) AS rn FROM orders o) s ON s.customer_id = c.id WHERE s.rn <= 3 AND c.city = 'c2'

SELECT c.id, s.id, s.rn FROM customers c, (SELECT id, customer_id AS k, row_number() OVER (PARTITION BY customer_id ORDER BY id DESC) AS rn FROM orders WHERE status = 's1') s WHERE s.k = c.id AND s.rn = 1

WITH o AS (SELECT * FROM orders WHERE amount > 2) SELECT c.email, s.id FROM customers c JOIN (SELECT o.id, o.customer_id AS k, row_number() OVER (PARTITION BY o.customer_id ORDER BY o.amount DESC, o.id) AS n FROM o) s ON c.id = s.k AND s.n < 3

SELECT o.id, s."Id" FROM orders o INNER JOIN (SELECT "Id", "Order", row_number() OVER (PARTITION BY "Order" ORDER BY qty, "Id") FROM "Lines" WHERE qty > 1) AS s ON s."Order" = o.id WHERE s.row_number <= 2 AND o.status = $1
-- with 's1'

SELECT t.id FROM (SELECT c.id, s.day FROM customers c JOIN (SELECT x.customer_id, x.code, x.day, row_number() OVER (PARTITION BY x.code, x.customer_id ORDER BY x.day, x.id) AS rn FROM open_orders x) s ON s.customer_id = c.id AND s.code = c.code WHERE s.rn = 1) t

SELECT c.name, p.note, s.id FROM customers c JOIN orders p ON p.id = c.boss JOIN (SELECT o.id, o.customer_id, row_number() OVER (PARTITION BY o.customer_id ORDER BY o.id) AS rn FROM orders o) s ON s.customer_id = c.id WHERE 2 >= s.rn AND p.ext > s.id - 1000

SELECT c.id, s.amount + 1 AS more FROM customers c, (SELECT amount, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY id DESC) AS rn FROM orders) s WHERE c.id = s.customer_id AND s.rn <= 5 AND s.amount > 2 /* of the newest five */ ORDER BY 1, 2

SELECT c.city, count(*) FROM customers c JOIN (SELECT id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY created_at, id) AS rn FROM orders) s ON s.customer_id = c.id WHERE s.rn <= 2 GROUP BY c.city

-- refused
SELECT c.name, s.id FROM customers c JOIN (SELECT o.id, o.customer_id, rank() OVER (PARTITION BY o.customer_id ORDER BY o.day) AS rn FROM orders o) s ON s.customer_id = c.id WHERE s.rn <= 3

-- refused
SELECT c.name, s.id FROM customers c LEFT JOIN (SELECT o.id, o.customer_id, row_number() OVER (PARTITION BY o.customer_id ORDER BY o.day) AS rn FROM orders o) s ON s.customer_id = c.id AND s.rn <= 3

-- refused
SELECT c.name, s.id FROM customers c JOIN (SELECT o.id, o.customer_id, row_number() OVER (PARTITION BY o.status ORDER BY o.day) AS rn FROM orders o) s ON s.customer_id = c.id WHERE s.rn <= 3

-- refused
SELECT c.name, s.id FROM customers c JOIN (SELECT o.id, o.customer_id, row_number() OVER (PARTITION BY o.customer_id ORDER BY o.day) AS rn FROM orders o) s ON s.customer_id = c.id WHERE s.rn > 3

## BareColumn

SELECT id FROM orders WHERE ext::text = '7'

SELECT id FROM orders WHERE ext = 7.0

SELECT id FROM orders o WHERE o.ext = 7::numeric AND o.status = 's1'

SELECT id FROM orders WHERE '12' = ext::varchar

SELECT id FROM orders WHERE cast(ext AS numeric) = 12 OR big = 33.00

SELECT "Id" FROM "Lines" WHERE "Order"::text = $1
-- with '17'

SELECT id FROM orders WHERE id IN (SELECT l."Order" FROM "Lines" l WHERE l.qty = 3::double precision)

DELETE FROM orders WHERE id::text = '7' RETURNING id

-- refused
SELECT id FROM orders WHERE ext = 7.5

-- refused
SELECT id FROM orders WHERE ext::text = '07'

-- refused
SELECT id FROM orders WHERE ext::text LIKE '7%'

-- refused
SELECT id FROM orders WHERE ext = 7

-- refused
SELECT id FROM orders WHERE ext::text = note

-- refused
SELECT id FROM orders WHERE ext::numeric > 7

-- refused
SELECT id FROM orders WHERE ext::text = '99999999999999999999'

-- refused
SELECT id FROM orders WHERE note::date = '2024-01-01'

## NoCoalesce

SELECT id FROM orders WHERE coalesce(status, 's0') = 's0'

SELECT id FROM orders o WHERE coalesce(o.status, 'none') = 's1' AND o.amount > 3

SELECT id FROM orders WHERE coalesce(parent_id, 0) = 7

SELECT id FROM orders WHERE coalesce(ext, -1) = $1 AND coalesce(note, '') = ''
-- with 5

SELECT "Id" FROM "Lines" WHERE coalesce("Lines"."Order", 1) = 1

SELECT id FROM orders WHERE coalesce(ext, -1) = $1 AND amount > -3
-- with -1

SELECT s.id FROM (SELECT id, status FROM orders WHERE coalesce(day, '2024-01-01'::date) = '2024-01-01'::date) s

WITH o AS (SELECT * FROM orders) SELECT c.id FROM customers c JOIN open_orders x ON x.customer_id = c.id WHERE coalesce(x.code, 'k1') = 'k2' AND c.city = 'c1' 

-- refused
SELECT id FROM orders WHERE coalesce(status, note) = 's1'

-- refused
SELECT id FROM orders WHERE coalesce(status, code, 'x') = 's1'

-- refused
SELECT id FROM orders WHERE coalesce(status, 'x') <> 's1'

-- refused
SELECT coalesce(status, 'x') FROM orders

## Contains

SELECT id FROM orders WHERE doc ->> 'kind' = 'v2'

SELECT id FROM orders o WHERE o.doc ->> 'kind' = $1 AND o.status = 's1'
-- with 'v3'

SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.doc->>'kind' = 'v1'

SELECT id FROM open_orders WHERE doc ->> 'kind' = 'v0' AND amount > 1

WITH o AS (SELECT * FROM orders) SELECT c.id FROM customers c JOIN orders x ON x.customer_id = c.id WHERE (x.doc ->> 'kind') = 'v1'::text

SELECT s.id FROM (SELECT id FROM orders AS "O" WHERE "O".doc ->> 'kind' = 'v4') s /* kinds */

SELECT id FROM orders WHERE doc ->> $1 = $2
-- with 'kind', 'v2'

DELETE FROM orders WHERE doc ->> 'kind' = 'v3' RETURNING id

-- refused
SELECT id FROM orders WHERE doc -> 'kind' = '"v2"'

-- refused
SELECT id FROM orders WHERE doc ->> 0 = 'v2'

-- refused
SELECT id FROM orders WHERE doc ->> 'kind' > 'v2'

-- refused
SELECT id FROM orders WHERE doc ->> 'kind' = note

## RowComparison

SELECT id FROM orders WHERE day < '2024-02-01' OR (day = '2024-02-01' AND id < 300) ORDER BY day DESC, id DESC LIMIT 5

SELECT o.id FROM orders o WHERE (o.status = 's2' AND o.ext >= 5 OR o.status > 's2') AND o.amount < 5

SELECT id FROM orders WHERE status > $1 OR (status = $1 AND (ext > $2 OR (ext = $2 AND id > $3)))
-- with 's1', 20, 100

SELECT "Id" FROM "Lines" WHERE qty > 3 OR (qty = 3 AND "Id" >= 200)

SELECT s.id FROM (SELECT id, ext FROM orders WHERE ext < $1 OR (id < $2 AND ext = $1)) s
-- with 20, 90

WITH o AS (SELECT * FROM orders WHERE (created_at = '2024-01-31' AND id > 20) OR created_at > '2024-01-31') SELECT count(*) FROM o

SELECT c.id, o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city > 'c2' OR (c.city = 'c2' AND o.id > 100) /* next */

DELETE FROM orders WHERE day < '2024-01-01' OR (day = '2024-01-01' AND id <= 50) RETURNING id

-- refused
SELECT id FROM orders WHERE day < '2024-02-01' OR (day = '2024-02-02' AND id < 300)

-- refused
SELECT id FROM orders WHERE day < '2024-02-01' OR (day = '2024-02-01' AND id > 300)

-- refused
SELECT id FROM orders WHERE day < '2024-02-01' OR id < 300

-- refused
SELECT id FROM orders WHERE day <= '2024-02-01' OR (day = '2024-02-01' AND id < 300)

## KeepDuplicates

SELECT id, 'o' FROM orders WHERE id < 100 UNION SELECT id, 'c' FROM customers

SELECT id FROM orders WHERE id < 100 UNION SELECT id FROM orders WHERE id BETWEEN 150 AND 200 UNION SELECT id FROM orders WHERE id > 300 ORDER BY 1

SELECT c.id AS x FROM customers c WHERE c.id <= $1 UNION SELECT 1000 + "Id" FROM "Lines" ORDER BY x LIMIT 100
-- with 20

WITH a AS (SELECT id FROM orders WHERE id < 50 UNION SELECT id FROM orders WHERE id > 350) SELECT count(*) FROM a

SELECT s.id FROM (SELECT id FROM customers WHERE id < 10 UNION SELECT id FROM customers WHERE id > 50) s JOIN orders o ON o.customer_id = s.id

SELECT id FROM open_orders WHERE code = 'k1' UNION (SELECT id FROM open_orders WHERE code = 'k2') /* two codes */

SELECT 'a' AS kind, id, note FROM orders WHERE status = 's1' UNION SELECT 'b', id, note FROM orders WHERE status = 's1'

INSERT INTO customers SELECT id, note, note, note, note, 1 FROM orders WHERE id = -1 UNION SELECT id, note, note, note, note, 2 FROM orders WHERE id = -2 RETURNING id

-- refused
SELECT id FROM orders UNION ALL SELECT id FROM customers

-- refused
SELECT id FROM orders EXCEPT SELECT id FROM customers

## AggregateFirst

SELECT c.city, count(*), sum(o.amount) AS total FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city

SELECT c.id, c.name, max(o.day), count(o.note) FROM customers c, orders o WHERE o.customer_id = c.id AND o.status = $1 AND c.city <> 'c3' GROUP BY c.id, c.name ORDER BY 3 DESC, count(o.note), c.id
-- with 's2'

SELECT count(*) FROM orders o JOIN "Lines" l ON l."Order" = o.id WHERE o.status = 's1' AND l.qty > 2

SELECT o.status, o.code, sum(l.qty) AS pieces FROM orders o JOIN "Lines" AS l ON l."Order" = o.id JOIN customers c ON c.id = o.customer_id WHERE c.city = 'c2' GROUP BY 1, 2 HAVING count(*) > 1

SELECT a.code, count(*) FROM orders a JOIN orders b ON b.code = a.code AND b.status = a.status GROUP BY a.code

WITH c AS (SELECT * FROM customers WHERE boss > 5) SELECT upper(c.city) AS town, min(o.created_at) FROM c JOIN open_orders o ON o.customer_id = c.id GROUP BY upper(c.city)

SELECT s.city, s.n FROM (SELECT c.city, count(*) AS n FROM customers c INNER JOIN orders o ON c.id = o.customer_id GROUP BY c.city) s WHERE s.n > 3

SELECT c.city, round(sum(o.amount), 0) AS total, sum(o.ext) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city ORDER BY total

-- refused
SELECT c.city, avg(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city

-- refused
SELECT c.city, sum(o.amount * c.boss) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city

-- refused
SELECT c.city, count(DISTINCT o.id) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city

-- refused
SELECT c.city, count(*) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.city

-- refused
SELECT c.city, o.status, count(o.id) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city, o.status

-- refused
SELECT c.city, count(o.id) FROM customers c JOIN orders o ON o.customer_id > c.id GROUP BY c.city

-- refused
SELECT c.city, sum(o.amount), sum(c.boss) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city

-- refused
SELECT c.city, string_agg(o.note, ',') FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.city

## Sample

-- other rows
SELECT id, note FROM orders WHERE status = 's1' ORDER BY random() LIMIT 5

-- other rows
SELECT "Id" FROM "Lines" l ORDER BY random() LIMIT $1

-- refused
SELECT id FROM orders ORDER BY random()

-- refused
SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY random() LIMIT 5

-- refused
SELECT id FROM orders ORDER BY id, random() LIMIT 5

## WholeLastDay

-- other rows
SELECT id FROM orders WHERE created_at BETWEEN '2024-01-01' AND '2024-01-31'

-- other rows
SELECT id FROM orders o WHERE o.shipped >= '2024-01-01' AND o.shipped <= $1::date AND o.status = 's1'

-- refused
SELECT id FROM orders WHERE day BETWEEN '2024-01-01' AND '2024-01-31'

-- refused
SELECT id FROM orders WHERE created_at BETWEEN '2024-01-01' AND '2024-01-31 23:59:59'

## IsNull

-- other rows
SELECT id FROM orders WHERE note = NULL AND status = 's1'

-- other rows
SELECT id FROM orders o WHERE o.note <> NULL OR o.id = 3

-- refused
SELECT id FROM orders WHERE note IS NULL

-- refused
UPDATE orders SET note = NULL WHERE id = 3

## ArrayContains

SELECT id FROM orders WHERE 't1' = ANY (tags)

SELECT id FROM orders o WHERE $1 = ANY (o.tags) AND o.status = 's1'
-- with 't3'

SELECT o.id FROM open_orders AS o WHERE 't2'::text = ANY (o.tags) AND o.amount > 2

WITH o AS (SELECT * FROM orders) SELECT c.id FROM customers c JOIN orders x ON x.customer_id = c.id WHERE 't4' = ANY (x.tags) /* tag */

SELECT s.id FROM (SELECT id FROM orders WHERE 't1' = ANY (orders.tags) AND $1 = ANY (orders.tags)) s
-- with 't3'

DELETE FROM orders WHERE 't0' = ANY (tags) RETURNING id

SELECT id FROM orders WHERE id IN (SELECT x.parent_id FROM orders x WHERE 't5' = ANY (x.tags))

-- refused
SELECT id FROM orders WHERE id = ANY ('{1,2}')

-- refused
SELECT id FROM orders WHERE note = ANY (tags)

-- refused
SELECT id FROM orders WHERE 't1' <> ALL (tags)

## FoundFirst

SELECT o.* FROM orders o WHERE o.customer_id IN (SELECT id FROM customers WHERE city = 'c1') ORDER BY o.created_at DESC, o.id, o.amount, o.ext LIMIT 5

SELECT id, created_at AS at, note FROM orders WHERE status = 's2' AND amount > 3 ORDER BY at DESC, id, note LIMIT 5 OFFSET 3

SELECT o.id, o.day, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = $1 ORDER BY o.day, 1, c.name LIMIT 20
-- with 'c1'

SELECT * FROM orders WHERE status = 's1' ORDER BY id DESC NULLS LAST, amount, ext, note LIMIT 12

-- refused
SELECT o.note, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'c1' ORDER BY o.created_at, o.id LIMIT 20

-- refused
SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'c1' ORDER BY o.id LIMIT 20

-- refused
SELECT o.id, c.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'c1' ORDER BY o.id LIMIT 20

-- refused
SELECT id, count(*) FROM orders WHERE status = 's2' GROUP BY id ORDER BY id LIMIT 5

-- refused
SELECT id FROM orders WHERE amount > random() ORDER BY id LIMIT 5

-- refused
SELECT id FROM orders WHERE status = 's2' ORDER BY id

-- refused
SELECT id FROM orders WHERE status = 's2' ORDER BY id LIMIT 5 FOR UPDATE
