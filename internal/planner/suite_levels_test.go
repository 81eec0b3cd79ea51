package planner

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pgverdict/pgverdict/internal/pgtest"
)

// suiteLevels are statements of several levels, with an index each that one of
// the levels may use: sub-selects in FROM, in outputs and in conditions, CTEs,
// set operations, window functions, and what else stands above a join.
var suiteLevels = []struct{ name, statement, on string }{
	{"derived", "SELECT d.id, p.name FROM (SELECT id, person_id FROM visits WHERE place_id = {place}) d JOIN people p ON p.id = d.person_id", "visits (place_id)"},
	{"derived", "SELECT p.id, d.at FROM people p JOIN (SELECT person_id, at, minutes FROM visits) d ON d.person_id = p.id WHERE p.place_id = {place} AND d.minutes > 300", "visits (person_id)"},
	{"grouped", "SELECT p.id, d.n FROM people p JOIN (SELECT person_id, count(*) AS n FROM visits GROUP BY person_id) d ON d.person_id = p.id WHERE p.id = {person}", "visits (person_id)"},
	{"grouped", "SELECT p.id, d.n FROM people p LEFT JOIN (SELECT person_id, count(*) AS n FROM visits WHERE at > {at} GROUP BY person_id) d ON d.person_id = p.id WHERE p.place_id = {place}", "people (place_id)"},
	{"grouped", "SELECT * FROM (SELECT product, avg(price) AS mean FROM items GROUP BY product) d WHERE d.product = {product}", "items (product)"},
	{"grouped", "SELECT count(*) FROM (SELECT DISTINCT person_id FROM visits WHERE place_id = {place}) d", "visits (place_id)"},
	{"grouped", "SELECT max(n) FROM (SELECT count(*) AS n FROM visits WHERE place_id = {place} GROUP BY person_id) d", "visits (place_id)"},
	{"limited", "SELECT d.id, i.price FROM (SELECT id FROM visits WHERE place_id = {place} ORDER BY at DESC LIMIT 20) d JOIN items i ON i.visit_id = d.id", "items (visit_id)"},
	{"limited", "SELECT d.id, i.price FROM (SELECT id FROM visits ORDER BY minutes DESC LIMIT 10) d JOIN items i ON i.visit_id = d.id", "visits (minutes)"},
	{"limited", "SELECT count(*) FROM (SELECT 1 FROM visits WHERE place_id = {place} LIMIT 500) d", "visits (place_id)"},
	{"CTE once", "WITH d AS (SELECT person_id, minutes FROM visits WHERE place_id = {place}) SELECT p.name, d.minutes FROM people p JOIN d ON d.person_id = p.id", "visits (place_id)"},
	{"CTE once", "WITH d AS (SELECT person_id, count(*) AS n FROM visits GROUP BY person_id) SELECT p.id, d.n FROM people p JOIN d ON d.person_id = p.id WHERE p.id = {person}", "visits (person_id)"},
	{"CTE once", "WITH a AS (SELECT id FROM people WHERE place_id = {place}), b AS (SELECT v.id FROM visits v JOIN a ON a.id = v.person_id) SELECT i.* FROM items i JOIN b ON b.id = i.visit_id", "visits (person_id)"},
	{"CTE twice", "WITH d AS (SELECT person_id, minutes FROM visits WHERE place_id = {place}) SELECT count(*) FROM d a JOIN d b ON b.person_id = a.person_id", "visits (place_id)"},
	{"CTE materialized", "WITH d AS MATERIALIZED (SELECT id FROM people WHERE place_id = {place}) SELECT v.* FROM d JOIN visits v ON v.person_id = d.id", "people (place_id)"},
	{"CTE materialized", "WITH d AS MATERIALIZED (SELECT id FROM people WHERE place_id = {place}) SELECT v.* FROM d JOIN visits v ON v.person_id = d.id", "visits (person_id)"},
	{"CTE that writes", "WITH d AS (DELETE FROM visits WHERE person_id = {person} RETURNING id) SELECT count(*) FROM d", "visits (person_id)"},
	{"CTE that writes", "WITH d AS (UPDATE visits SET minutes = 0 WHERE person_id = {person} RETURNING id) DELETE FROM items i USING d WHERE i.visit_id = d.id", "items (visit_id)"},
	{"LATERAL", "SELECT p.id, d.at FROM people p CROSS JOIN LATERAL (SELECT v.at FROM visits v WHERE v.person_id = p.id ORDER BY v.at DESC LIMIT 3) d WHERE p.place_id = {place}", "visits (person_id, at)"},
	{"LATERAL", "SELECT p.id, d.at FROM people p LEFT JOIN LATERAL (SELECT v.at FROM visits v WHERE v.person_id = p.id ORDER BY v.at DESC LIMIT 1) d ON true WHERE p.place_id = {place}", "visits (person_id)"},
	{"LATERAL", "SELECT p.id, d.n FROM people p, LATERAL (SELECT count(*) AS n FROM visits v WHERE v.person_id = p.id) d WHERE p.place_id = {place}", "visits (person_id)"},
	{"output", "SELECT p.id, (SELECT count(*) FROM visits v WHERE v.person_id = p.id) AS n FROM people p WHERE p.place_id = {place}", "visits (person_id)"},
	{"output", "SELECT p.id, (SELECT max(v.at) FROM visits v WHERE v.person_id = p.id) AS last, (SELECT count(*) FROM reviews r WHERE r.person_id = p.id) AS n FROM people p WHERE p.id = {person}", "visits (person_id)"},
	{"output", "SELECT p.id, (SELECT v.at FROM visits v WHERE v.person_id = p.id ORDER BY v.at DESC LIMIT 1) AS last FROM people p ORDER BY p.id LIMIT {limit}", "visits (person_id, at)"},
	{"output", "SELECT d.id, EXISTS (SELECT 1 FROM reviews r WHERE r.product_id = d.id AND r.stars = 1) AS bad FROM products d WHERE d.brand_id = {brand}", "reviews (product_id)"},
	{"output", "SELECT p.id, ARRAY(SELECT r.stars FROM reviews r WHERE r.person_id = p.id) AS stars FROM people p WHERE p.place_id = {place}", "reviews (person_id)"},
	{"output", "SELECT v.id, (SELECT max(id) FROM reviews) AS newest FROM visits v WHERE v.place_id = {place}", "visits (place_id)"},
	{"output", "SELECT EXISTS (SELECT 1 FROM visits WHERE place_id = {place} AND minutes > 500)", "visits (place_id)"},
	{"output", "SELECT (SELECT count(*) FROM visits WHERE place_id = {place}) AS a, (SELECT count(*) FROM items WHERE product = {product}) AS b", "items (product)"},
	{"condition", "SELECT * FROM visits WHERE person_id = (SELECT id FROM people WHERE name = md5('77') LIMIT 1)", "visits (person_id)"},
	{"condition", "SELECT * FROM visits WHERE at > (SELECT max(at) FROM reviews) AND place_id = {place}", "visits (place_id)"},
	{"condition", "SELECT * FROM visits v WHERE v.place_id = {place} AND v.at = (SELECT max(w.at) FROM visits w WHERE w.person_id = v.person_id)", "visits (person_id, at)"},
	{"condition", "SELECT p.* FROM people p WHERE p.place_id = {place} AND (SELECT count(*) FROM visits v WHERE v.person_id = p.id) > 7", "visits (person_id)"},
	{"IN", "SELECT * FROM items WHERE visit_id IN (SELECT v.id FROM visits v JOIN people p ON p.id = v.person_id WHERE p.place_id = {place})", "items (visit_id)"},
	{"IN", "SELECT * FROM items WHERE visit_id IN (SELECT v.id FROM visits v JOIN people p ON p.id = v.person_id WHERE p.place_id = {place})", "visits (person_id)"},
	{"IN", "SELECT * FROM visits WHERE id IN (SELECT max(id) FROM visits WHERE place_id = {place} GROUP BY person_id)", "visits (place_id)"},
	{"IN", "DELETE FROM visits WHERE id IN (SELECT id FROM visits WHERE minutes = {minutes} LIMIT 100)", "visits (minutes)"},
	{"IN", "UPDATE visits SET minutes = 1 WHERE id IN (SELECT visit_id FROM items WHERE product = {product})", "items (product)"},
	{"NOT IN", "SELECT * FROM people WHERE place_id = {place} AND id NOT IN (SELECT person_id FROM reviews WHERE person_id IS NOT NULL)", "people (place_id)"},
	{"NOT IN", "SELECT * FROM products WHERE id NOT IN (SELECT product FROM items WHERE color = {color})", "items (color)"},
	{"OR EXISTS", "SELECT * FROM people p WHERE p.place_id = {place} AND (p.score > 9000 OR EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id AND v.minutes > 550))", "visits (person_id)"},
	{"OR EXISTS", "SELECT * FROM visits v WHERE v.place_id = {place} AND (v.minutes > 500 OR v.person_id IN (SELECT id FROM people WHERE kind = 'a'))", "visits (place_id)"},
	{"union", "SELECT id, at FROM visits WHERE place_id = {place} UNION ALL SELECT id, at FROM reviews WHERE product_id = {product}", "visits (place_id)"},
	{"union", "SELECT person_id FROM visits WHERE place_id = {place} UNION SELECT person_id FROM reviews WHERE product_id = {product}", "reviews (product_id)"},
	{"union", "SELECT * FROM (SELECT person_id, at FROM visits UNION ALL SELECT person_id, at FROM reviews) d WHERE d.person_id = {person}", "visits (person_id)"},
	{"union", "SELECT id, at FROM visits WHERE place_id = {place} UNION ALL SELECT id, at FROM reviews WHERE product_id = {product} ORDER BY at DESC LIMIT 10", "visits (place_id)"},
	{"except", "SELECT person_id FROM visits WHERE place_id = {place} INTERSECT SELECT person_id FROM reviews WHERE product_id = {product}", "visits (place_id)"},
	{"except", "SELECT person_id FROM visits WHERE place_id = {place} EXCEPT SELECT person_id FROM reviews WHERE stars = 1", "visits (place_id)"},
	{"written", "INSERT INTO colors SELECT v.id, 'x' FROM visits v JOIN items i ON i.visit_id = v.id WHERE v.place_id = {place}", "visits (place_id)"},
	{"written", "UPDATE visits v SET minutes = p.score FROM people p WHERE p.id = v.person_id AND p.place_id = {place}", "visits (person_id)"},
	{"written", "DELETE FROM items i USING visits v WHERE v.id = i.visit_id AND v.person_id = {person}", "items (visit_id)"},
	{"window", "SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY at) FROM visits WHERE place_id = {place}", "visits (place_id)"},
	{"window", "SELECT * FROM (SELECT v.*, row_number() OVER (PARTITION BY v.person_id ORDER BY v.at DESC) AS rn FROM visits v WHERE v.place_id = {place}) d WHERE d.rn = 1", "visits (place_id)"},
	{"window", "SELECT id, sum(minutes) OVER (PARTITION BY person_id ORDER BY at) FROM visits WHERE person_id < 300", "visits (person_id, at)"},
	{"window", "SELECT * FROM (SELECT person_id, at, lag(at) OVER (PARTITION BY person_id ORDER BY at) AS before FROM visits) d WHERE d.person_id = {person}", "visits (person_id)"},
	{"distinct on", "SELECT DISTINCT ON (person_id) * FROM visits WHERE place_id = {place} ORDER BY person_id, at DESC", "visits (place_id)"},
	{"distinct on", "SELECT DISTINCT ON (person_id) person_id, at FROM visits ORDER BY person_id, at", "visits (person_id, at)"},
	{"having", "SELECT person_id, count(*) FROM visits WHERE place_id = {place} GROUP BY person_id HAVING count(*) > 2", "visits (place_id)"},
	{"having", "SELECT product, sum(price) FROM items GROUP BY product HAVING sum(price) > 40000 ORDER BY product", "items (product)"},
	{"full", "SELECT * FROM people p FULL JOIN reviews r ON r.person_id = p.id WHERE p.place_id = {place} OR r.product_id = {product}", "reviews (person_id)"},
	{"full", "SELECT a.id, b.id FROM (SELECT * FROM visits WHERE place_id = {place}) a FULL JOIN (SELECT * FROM reviews WHERE product_id = {product}) b ON b.person_id = a.person_id", "visits (place_id)"},
	{"VALUES", "SELECT v.* FROM (VALUES ({person}), ({person}), ({person})) d(id) JOIN visits v ON v.person_id = d.id", "visits (person_id)"},
	{"function", "SELECT v.* FROM unnest(ARRAY[{person}, {person}, {person}]) AS d(id) JOIN visits v ON v.person_id = d.id", "visits (person_id)"},
	{"function", "SELECT g.n, count(v.id) FROM generate_series(1, 30) AS g(n) LEFT JOIN visits v ON v.place_id = g.n GROUP BY g.n", "visits (place_id)"},
	{"extreme", "SELECT max(at) FROM visits WHERE person_id = {person}", "visits (person_id, at)"},
	{"extreme", "SELECT min(at), max(at) FROM visits", "visits (at)"},
	{"extreme", "SELECT 1000 + coalesce(max(id), 0), {person} FROM visits", "visits (place_id)"},
	{"extreme", "SELECT date_trunc('day', max(at)) FROM visits WHERE person_id = {person}", "visits (person_id, at)"},
	{"extreme", "SELECT max(at) - min(at) FROM visits", "visits (at)"},
	{"extreme", "SELECT max(at) FILTER (WHERE place_id = {place}) FROM visits", "visits (at)"},
	{"locked", "SELECT * FROM visits WHERE place_id = {place} FOR UPDATE", "visits (place_id)"},
	{"locked", "UPDATE visits SET minutes = 2 WHERE id IN (SELECT id FROM visits WHERE minutes = {minutes} ORDER BY at LIMIT 10 FOR UPDATE SKIP LOCKED)", "visits (minutes)"},
	{"EXISTS", "SELECT p.id FROM people p WHERE p.place_id = {place} AND EXISTS (SELECT 1 FROM visits v JOIN items i ON i.visit_id = v.id WHERE v.person_id = p.id AND i.price > 200)", "visits (person_id)"},
	{"EXISTS", "SELECT p.id FROM people p WHERE p.place_id = {place} AND NOT EXISTS (SELECT 1 FROM visits v JOIN items i ON i.visit_id = v.id WHERE v.person_id = p.id AND i.price > 200)", "visits (person_id)"},
	{"EXISTS", "SELECT l.id FROM places l WHERE l.size = {size} AND EXISTS (SELECT 1 FROM people p WHERE p.place_id = l.id AND EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id AND v.minutes > 500))", "people (place_id)"},
	{"derived", "SELECT p.id, d.at FROM people p LEFT JOIN (SELECT person_id, at FROM visits WHERE minutes > 300) d ON d.person_id = p.id WHERE p.place_id = {place}", "visits (person_id)"},
	{"derived", "SELECT p.id, count(d.id) FROM people p LEFT JOIN (SELECT v.id, v.person_id FROM visits v JOIN places l ON l.id = v.place_id WHERE l.country = 'c3') d ON d.person_id = p.id WHERE p.place_id = {place} GROUP BY p.id", "visits (person_id)"},
	{"derived", "SELECT * FROM (SELECT id, person_id, minutes * 2 AS double FROM visits WHERE place_id = {place}) d WHERE d.double > 100", "visits (place_id)"},
	{"CTE once", "WITH a AS (SELECT person_id, sum(minutes) AS m FROM visits WHERE at > {at} GROUP BY person_id), b AS (SELECT person_id, m FROM a WHERE m > 1000) SELECT p.name, b.m FROM b JOIN people p ON p.id = b.person_id ORDER BY b.m DESC LIMIT 10", "visits (at)"},
	{"CTE once", "WITH recent AS (SELECT * FROM visits WHERE place_id = {place} ORDER BY at DESC LIMIT 50) SELECT r.id, p.name FROM recent r JOIN people p ON p.id = r.person_id ORDER BY r.at DESC", "visits (place_id, at)"},
	{"having", "SELECT person_id, count(*) FROM visits WHERE place_id = {place} GROUP BY person_id HAVING count(*) > (SELECT avg(stars) FROM reviews WHERE product_id = {product})", "visits (place_id)"},
	{"output", "SELECT p.id, CASE WHEN EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id AND v.minutes > 500) THEN 'long' ELSE 'short' END FROM people p WHERE p.place_id = {place}", "visits (person_id)"},
	{"output", "SELECT p.id, COALESCE((SELECT sum(v.minutes) FROM visits v WHERE v.person_id = p.id), 0) AS m FROM people p WHERE p.place_id = {place} ORDER BY p.name", "visits (person_id)"},
	{"output", "SELECT p.id, (SELECT count(*) FROM visits v WHERE v.person_id = p.id AND v.at > (SELECT max(r.at) FROM reviews r WHERE r.person_id = p.id)) FROM people p WHERE p.id = {person}", "reviews (person_id)"},
	{"outputs", "SELECT count(DISTINCT person_id) FROM visits WHERE place_id = {place}", "visits (place_id)"},
	{"IN", "SELECT * FROM people WHERE id IN (SELECT person_id FROM visits WHERE place_id = {place} UNION SELECT person_id FROM reviews WHERE product_id = {product})", "visits (place_id)"},
	{"IN", "SELECT * FROM people p WHERE p.id IN (SELECT DISTINCT person_id FROM visits WHERE place_id = {place})", "visits (place_id)"},
	{"derived", "SELECT v.*, d.n FROM visits v JOIN (SELECT DISTINCT place_id, 1 AS n FROM people WHERE kind = 'a') d ON d.place_id = v.place_id WHERE v.person_id = {person}", "visits (person_id)"},
	{"grouped by expression", "SELECT date_trunc('day', at) AS day, count(*) FROM visits WHERE place_id = {place} GROUP BY 1 ORDER BY 1", "visits (place_id)"},
	{"top groups", "SELECT product, count(*) AS n FROM items WHERE price > 290 GROUP BY product ORDER BY n DESC LIMIT 10", "items (price)"},
	{"window", "SELECT p.id, p.name, count(*) OVER () AS total FROM people p WHERE p.place_id = {place} ORDER BY p.id LIMIT 20", "people (place_id)"},
	{"window", "SELECT * FROM (SELECT p.*, rank() OVER (PARTITION BY p.place_id ORDER BY p.score DESC) AS r FROM people p) d WHERE d.r <= 3 AND d.place_id = {place}", "people (place_id)"},
	{"written", "UPDATE people SET score = (SELECT count(*) FROM visits v WHERE v.person_id = people.id) WHERE place_id = {place}", "visits (person_id)"},
	{"written", "UPDATE people p SET score = d.n FROM (SELECT person_id, count(*) AS n FROM visits WHERE place_id = {place} GROUP BY person_id) d WHERE d.person_id = p.id", "visits (place_id)"},
	{"written", "DELETE FROM items i WHERE EXISTS (SELECT 1 FROM visits v WHERE v.id = i.visit_id AND v.person_id = {person})", "items (visit_id)"},
	{"written", "DELETE FROM reviews r WHERE NOT EXISTS (SELECT 1 FROM products d WHERE d.id = r.product_id) AND r.person_id = {person}", "reviews (person_id)"},
	{"CTE that writes", "WITH moved AS (DELETE FROM reviews WHERE product_id = {product} RETURNING *) INSERT INTO colors SELECT stars, 'x' FROM moved", "reviews (product_id)"},
	{"locked", "UPDATE visits SET minutes = 3 WHERE id = (SELECT id FROM visits WHERE minutes = {minutes} ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED)", "visits (minutes, at)"},
	{"LATERAL", "SELECT p.id, d.* FROM people p LEFT JOIN LATERAL (SELECT count(*) AS n, max(at) AS last FROM visits v WHERE v.person_id = p.id) d ON true WHERE p.place_id = {place}", "visits (person_id)"},
	{"LATERAL", "SELECT p.id, d.id FROM people p JOIN LATERAL (SELECT v.id FROM visits v WHERE v.person_id = p.id AND v.minutes > 100) d ON true WHERE p.place_id = {place}", "visits (person_id)"},
	{"function", "SELECT v.id, x.n FROM visits v, LATERAL generate_series(1, v.minutes) AS x(n) WHERE v.place_id = {place}", "visits (place_id)"},
	{"condition", "SELECT * FROM visits WHERE person_id = ANY (ARRAY(SELECT id FROM people WHERE place_id = {place}))", "visits (person_id)"},
	{"condition", "SELECT * FROM items WHERE price > (SELECT avg(price) FROM items WHERE product = {product}) AND product = {product}", "items (product)"},
	{"outer", "SELECT a.id FROM visits a LEFT JOIN visits b ON b.person_id = a.person_id AND b.at > a.at WHERE b.id IS NULL AND a.place_id = {place}", "visits (person_id)"},
	{"output", "SELECT (SELECT count(*) FROM visits WHERE person_id = {person}) + (SELECT count(*) FROM reviews WHERE person_id = {person})", "visits (person_id)"},
	{"derived", "SELECT d.brand_id, count(*) FROM (SELECT brand_id, id FROM products WHERE weight > {weight}) d JOIN reviews r ON r.product_id = d.id GROUP BY d.brand_id ORDER BY 2 DESC", "reviews (product_id)"},
	{"NOT IN", "SELECT p.id, p.name FROM people p WHERE p.place_id IN (SELECT id FROM places WHERE size = {size}) AND p.id NOT IN (SELECT person_id FROM reviews WHERE product_id = {product} AND person_id IS NOT NULL)", "people (place_id)"},
	{"limited", "SELECT x.person_id, x.n FROM (SELECT person_id, count(*) AS n FROM visits GROUP BY person_id ORDER BY n DESC LIMIT 20) x JOIN people p ON p.id = x.person_id", "visits (person_id)"},
	{"grouped", "SELECT p.id, v.n, r.n FROM people p LEFT JOIN (SELECT person_id, count(*) AS n FROM visits GROUP BY person_id) v ON v.person_id = p.id LEFT JOIN (SELECT person_id, count(*) AS n FROM reviews GROUP BY person_id) r ON r.person_id = p.id WHERE p.id = {person}", "reviews (person_id)"},
	{"grouped", "SELECT p.id, v.n FROM people p LEFT JOIN (SELECT person_id, count(*) AS n FROM visits GROUP BY person_id) v ON v.person_id = p.id WHERE p.place_id = {place}", "visits (person_id)"},
	{"union", "SELECT id, at FROM visits WHERE person_id = {person} UNION ALL SELECT id, at FROM reviews WHERE person_id = {person} ORDER BY at DESC LIMIT 20", "reviews (person_id)"},
	{"union", "SELECT count(*) FROM (SELECT person_id FROM visits WHERE place_id = {place} UNION SELECT person_id FROM reviews WHERE product_id = {product}) u", "visits (place_id)"},
	{"limit", "SELECT 1 FROM visits WHERE person_id = {person} AND minutes > 100 LIMIT 1", "visits (person_id)"},
	{"extreme", "SELECT min(id) FROM reviews WHERE stars = {stars}", "reviews (stars)"},
	{"extreme", "SELECT max(p.score) FROM people p JOIN places l ON l.id = p.place_id WHERE l.size = {size}", "people (place_id)"},
	{"window", "SELECT v.id, row_number() OVER (ORDER BY v.at DESC) FROM visits v WHERE v.person_id = {person} ORDER BY v.at DESC LIMIT 5", "visits (person_id)"},
	{"distinct on", "SELECT DISTINCT ON (r.product_id) r.product_id, r.stars FROM reviews r JOIN products d ON d.id = r.product_id WHERE d.brand_id = {brand} ORDER BY r.product_id, r.at DESC", "reviews (product_id)"},
	{"grouped", "SELECT l.country, avg(x.n) FROM places l JOIN (SELECT place_id, count(*) AS n FROM people WHERE active GROUP BY place_id) x ON x.place_id = l.id WHERE l.size > {size} GROUP BY l.country", "people (place_id)"},
	{"OR EXISTS", "SELECT * FROM people p WHERE p.kind = 'a' AND (p.place_id = {place} OR p.id IN (SELECT person_id FROM reviews WHERE product_id = {product}))", "reviews (product_id)"},
	{"order by a sub-select", "SELECT p.id FROM people p WHERE p.place_id = {place} ORDER BY (SELECT max(v.at) FROM visits v WHERE v.person_id = p.id) DESC NULLS LAST LIMIT 10", "visits (person_id)"},
	{"VALUES", "SELECT p.* FROM people p JOIN (VALUES ({person}, 'a'), ({person}, 'b')) AS x(id, tag) ON x.id = p.id", "visits (person_id)"},
	{"condition", "SELECT v.person_id, v.at, p.name FROM visits v JOIN people p ON p.id = v.person_id WHERE v.at = (SELECT max(at) FROM visits WHERE place_id = {place})", "visits (at)"},
	{"recursive", "WITH RECURSIVE t AS (SELECT id, brand_id FROM products WHERE id = {product} UNION ALL SELECT d.id, d.brand_id FROM products d JOIN t ON d.brand_id = t.id) SELECT * FROM t", "products (brand_id)"},
	{"IN", "SELECT r.* FROM reviews r WHERE (r.product_id, r.at) IN (SELECT product_id, max(at) FROM reviews WHERE person_id = {person} GROUP BY product_id)", "reviews (product_id)"},
	{"condition", "SELECT p.id FROM people p WHERE (SELECT v.place_id FROM visits v WHERE v.person_id = p.id ORDER BY v.at DESC LIMIT 1) = p.place_id AND p.place_id = {place}", "visits (person_id, at)"},
	{"condition of another table", "SELECT i.id FROM products d JOIN items i ON i.product = d.id WHERE d.brand_id = {brand} AND i.price < (SELECT 0.2 * avg(x.price) FROM items x WHERE x.product = d.id)", "items (product, price)"},
	{"condition of another table", "SELECT i.id FROM products d JOIN items i ON i.product = d.id WHERE d.brand_id = {brand} AND i.price < (SELECT 0.2 * avg(x.price) FROM items x WHERE x.product = d.id)", "items (product)"},
	{"condition of another table", "SELECT v.* FROM people p JOIN visits v ON v.person_id = p.id WHERE p.place_id = {place} AND v.at = (SELECT max(w.at) FROM visits w WHERE w.person_id = p.id)", "visits (person_id, at)"},
	{"condition of another table", "SELECT p.id, r.stars FROM people p JOIN reviews r ON r.person_id = p.id WHERE p.place_id = {place} AND r.at >= (SELECT max(v.at) FROM visits v WHERE v.person_id = p.id)", "reviews (person_id, at)"},
	{"range of another table", "SELECT v.id, r.id FROM visits v JOIN reviews r ON r.person_id = v.person_id AND r.at > v.at WHERE v.place_id = {place}", "reviews (person_id, at)"},
	{"range of another table", "SELECT v.id, w.id FROM visits v JOIN visits w ON w.at BETWEEN v.at AND v.at + interval '1 hour' WHERE v.person_id = {person}", "visits (at)"},
	{"range of another table", "SELECT count(*) FROM people p WHERE p.place_id = {place} AND EXISTS (SELECT 1 FROM reviews r WHERE r.person_id = p.id AND r.stars > p.score)", "reviews (person_id, stars)"},
	{"star", "SELECT i.id FROM colors c, products d, items i WHERE i.product = d.id AND i.color = c.id AND c.name = 'color 3' AND d.weight = {weight}", "items (product, color)"},
	{"star", "SELECT i.id FROM colors c, products d, items i WHERE i.product = d.id AND i.color = c.id AND c.name = 'color 3' AND d.weight = {weight}", "items (color, product)"},
	{"other of the same", "SELECT a.id FROM visits a WHERE a.place_id = {place} AND NOT EXISTS (SELECT 1 FROM visits b WHERE b.person_id = a.person_id AND b.id <> a.id)", "visits (person_id)"},
	{"other of the same", "SELECT a.id FROM reviews a WHERE a.product_id = {product} AND EXISTS (SELECT 1 FROM reviews b WHERE b.person_id = a.person_id AND b.product_id <> a.product_id)", "reviews (person_id)"},
	{"computed for each row", "SELECT count(*) FROM visits WHERE (at, id) > ('2025-05-20', {person}) AND minutes < 1000", "visits (place_id)"},
	{"computed for each row", "SELECT count(*) FROM visits WHERE at > timestamptz '2025-01-01' + interval '139 days' AND place_id < 9000", "visits (place_id)"},
	{"computed for each row", "SELECT count(*) FROM visits WHERE at + interval '1 day' * minutes > at AND place_id = {place}", "visits (place_id)"},
	{"computed for each row", "SELECT count(*) FROM people WHERE born < current_date - score / 100", "people (place_id)"},
	{"computed for each row", "SELECT count(*) FROM items WHERE abs(price - {color}) > 290 AND color = {color}", "items (color)"},
	{"aggregates", "SELECT visit_id, sum(price), avg(price), count(*) FROM items GROUP BY visit_id", "items (visit_id)"},
	{"aggregates", "SELECT visit_id FROM items GROUP BY visit_id HAVING sum(price) > 500", "items (visit_id)"},
	{"aggregates", "SELECT person_id, json_agg(minutes) FROM visits GROUP BY person_id", "visits (person_id)"},
	{"aggregates", "SELECT place_id, count(DISTINCT person_id) FROM visits GROUP BY place_id", "visits (place_id)"},
	{"aggregates", "SELECT sum(price * (1 - color)), stddev(price), max(price) FILTER (WHERE color > {color}) FROM items WHERE product = {product}", "items (product)"},
	{"aggregates", "SELECT p.id, p.name, p.born, count(*) FROM people p JOIN visits v ON v.person_id = p.id WHERE p.place_id = {place} GROUP BY p.id, p.name, p.born ORDER BY p.born LIMIT 10", "visits (person_id)"},
	{"predicate by a join", "SELECT count(*) FROM visits v JOIN people p ON p.name = v.note", "visits (note) WHERE note IS NOT NULL"},
	{"predicate by a join", "SELECT count(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM people p WHERE p.name = v.note AND p.kind = 'a')", "visits (note) WHERE note IS NOT NULL"},
	{"predicate by a join", "SELECT count(*) FROM visits v LEFT JOIN people p ON p.name = v.note AND p.kind = 'a'", "visits (note) WHERE note IS NOT NULL"},
}

// whole is what a statement's levels cost together.
func (p *Planner) whole(list []*Level, indexes ...*Index) float64 {
	sum := 0.0
	for _, l := range list {
		have := slices.Clone(indexes)
		for _, t := range l.Tables() {
			have = append(have, p.Existing(t)...)
		}
		sum += p.Cost(l, have)
	}
	return sum
}

// The cost of a statement of several levels is that of the planner, without
// and with an index.
func TestLevelsAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
	s.PSQL(suiteSchema)
	s.PSQL(suiteMore)
	a := plannerOf(s.Snapshot())
	r := rand.New(rand.NewPCG(13, 13))
	var said []answer
	for _, of := range suiteLevels {
		statements := make([]string, 2)
		for i := range statements {
			statements[i] = filled(of.statement, r)
		}
		was := explain(t, s, statements, "", "")
		real := explain(t, s, statements, "CREATE INDEX suite_idx ON "+of.on, "DROP INDEX suite_idx")
		for i, text := range statements {
			said = append(said, answer{Kind: of.name, Statement: text, On: of.on, Before: was[i].cost, Cost: real[i].cost, Used: real[i].usesAny()})
		}
	}
	record(t, s, "levels", said)
	judgeLevels(t, a, said)
}
