package ddl

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
)

const wares = `
CREATE TYPE pair AS (a int, b text);
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, meta jsonb, tags text[], p pair, created_at timestamptz DEFAULT now());
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric, status text, note text, placed_at timestamptz);
CREATE TABLE archive (LIKE orders INCLUDING ALL);
CREATE TABLE parent (k int, v text); CREATE TABLE child (extra int) INHERITS (parent);
CREATE VIEW open_orders AS SELECT o.id, o.total, c.name AS customer FROM orders o JOIN customers c ON c.id = o.customer_id;
CREATE FUNCTION full_label(orders) RETURNS text LANGUAGE sql AS $$ SELECT $1.status $$;
`

// PostgreSQL 15 runs all of these, one after the other: none names a column that is not there.
func TestNamesInReach(t *testing.T) {
	c := catalog.New()
	playAll(t, c, wares, 15)
	for _, p := range lex.Split(`
UPDATE orders SET note = c.name FROM customers c WHERE c.id = orders.customer_id;
UPDATE orders o SET (note, status) = (SELECT name, email FROM customers c WHERE c.id = o.customer_id);
UPDATE orders o SET note = o.full_label WHERE o.ctid IS NOT NULL;
UPDATE customers SET p.a = 3, tags[1] = 'x', meta = meta || '{"a":1}' WHERE (p).b = 'z';
DELETE FROM orders USING customers c WHERE c.id = customer_id AND c.name = 'x';
DELETE FROM orders o WHERE NOT EXISTS (SELECT 1 FROM customers WHERE id = o.customer_id AND xmin IS NOT NULL);
INSERT INTO archive SELECT * FROM orders WHERE status = 'x';
INSERT INTO archive (id, total) SELECT o.id, sum(o.total) OVER w FROM orders o WINDOW w AS (PARTITION BY o.status) ON CONFLICT (id) DO UPDATE SET total = excluded.total + archive.total WHERE archive.note IS NULL RETURNING id;
INSERT INTO customers AS c (id, name) VALUES (100001, 'x') ON CONFLICT ON CONSTRAINT customers_pkey DO UPDATE SET name = EXCLUDED.name, email = c.email;
WITH moved AS (DELETE FROM orders WHERE status = 'y' RETURNING *) INSERT INTO archive SELECT * FROM moved;
WITH RECURSIVE t(n, m) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, m FROM t WHERE n < 3) UPDATE orders SET note = t.m FROM t WHERE t.n = orders.id;
WITH s AS (SELECT id AS oid, total * 2 AS dbl FROM orders) UPDATE orders SET total = s.dbl FROM s WHERE s.oid = orders.id;
UPDATE orders SET note = x.label FROM (SELECT id AS cid, upper(name) AS label FROM customers) x WHERE x.cid = orders.customer_id;
UPDATE orders SET note = v.lbl FROM (VALUES (1, 'a'), (2, 'b')) AS v(num, lbl) WHERE v.num = orders.id;
UPDATE orders SET note = e.value FROM customers c, jsonb_each_text(c.meta) e WHERE c.id = orders.customer_id AND e.key = 'a';
UPDATE orders SET note = u.tag FROM customers c CROSS JOIN LATERAL unnest(c.tags) WITH ORDINALITY AS u(tag, pos) WHERE u.pos = 1 AND c.id = customer_id;
UPDATE orders SET note = u FROM customers c, unnest(c.tags) u WHERE c.id = customer_id;
SELECT status AS s, count(*) AS n FROM orders GROUP BY s HAVING count(*) > 0 ORDER BY n DESC, s;
SELECT o FROM orders o WHERE o IS NOT NULL;
SELECT id FROM orders JOIN customers USING (id) ORDER BY name;
SELECT a.id, b.cnt FROM customers a LEFT JOIN (SELECT customer_id, count(*) AS cnt FROM orders GROUP BY 1) b ON b.customer_id = a.id;
SELECT x.id FROM (orders JOIN archive USING (id)) AS x;
SELECT j.first FROM customers c JOIN orders o(oid, first) ON o.first = c.id CROSS JOIN LATERAL (SELECT o.oid AS first) j;
CREATE TABLE top AS SELECT c.id, c.name, (SELECT max(placed_at) FROM orders WHERE customer_id = c.id) AS latest FROM customers c;
UPDATE top SET latest = NULL WHERE name IS NULL AND id > 0;
CREATE TABLE recent (cust, n) AS SELECT customer_id, count(*) FROM orders GROUP BY customer_id;
DELETE FROM recent WHERE cust = 1 OR n > 5;
CREATE VIEW w AS SELECT customer, id AS order_id FROM open_orders WHERE total > 1;
SELECT order_id, customer FROM w;
CREATE MATERIALIZED VIEW mv AS SELECT status, avg(total) FROM orders GROUP BY status;
SELECT avg, status FROM mv;
UPDATE child SET v = 'x', extra = 2 WHERE k = 1 AND tableoid = 'child'::regclass;
SELECT p.v, p.tableoid FROM parent p;
CREATE TEMP TABLE ids ON COMMIT PRESERVE ROWS AS SELECT id FROM orders;
DELETE FROM orders WHERE id IN (SELECT id FROM ids) AND current_user <> 'x';
ALTER TABLE orders ADD COLUMN region text; UPDATE orders SET region = 'eu' WHERE region IS NULL;
ALTER TABLE orders RENAME COLUMN note TO remark; UPDATE orders SET remark = '' WHERE remark IS NULL;
MERGE INTO orders t USING (SELECT id AS cid, name FROM customers) s ON t.customer_id = s.cid WHEN MATCHED AND t.total > 5 THEN UPDATE SET remark = s.name WHEN NOT MATCHED THEN INSERT (id, customer_id) VALUES (s.cid + 5000, s.cid);
DO $$ DECLARE r record; n int; BEGIN FOR r IN SELECT id, status AS st FROM orders LOOP n := r.id; UPDATE orders SET status = r.st WHERE id = n AND total > coalesce(n, 0); END LOOP; END $$;
CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE customers SET name = NEW.status WHERE id = NEW.customer_id; RETURN NEW; END $$;
INSERT INTO orders (id, status) SELECT g, 's' || g FROM generate_series(20001, 20003) g;
INSERT INTO orders (id, status) SELECT g.n, 'x' FROM generate_series(30001, 30003) AS g(n);
SELECT count(*) FILTER (WHERE status = 'x'), string_agg(status, ',' ORDER BY id) FROM orders;
SELECT * FROM orders o WHERE (o.id, o.total) IN (SELECT id, total FROM archive) ORDER BY o.placed_at, 1;
SELECT xt.n FROM customers c, json_to_recordset('[{"n":1}]') AS xt(n int) WHERE c.id = xt.n;
SELECT d.deptno FROM (SELECT 1 AS deptno) d NATURAL JOIN (SELECT 1 AS deptno) e;
EXPLAIN SELECT id FROM orders WHERE status = 'x';
COPY (SELECT id, total FROM orders WHERE status = 'x') TO STDOUT;
CREATE RULE r1 AS ON UPDATE TO archive WHERE NEW.total <> OLD.total DO ALSO INSERT INTO archive (id) SELECT OLD.id + 900000 WHERE false;
CREATE POLICY pol ON orders USING (customer_id IN (SELECT id FROM customers WHERE email = current_user));
`) {
		if e := playAll(t, c, p.Text, 15); strings.Contains(e.Refused, "column") {
			t.Errorf("%s: refused: %s", strings.TrimSpace(p.Text), e.Refused)
		}
	}
}

// PostgreSQL 15 refuses each of these for a column that is not there.
func TestNamesOutOfReach(t *testing.T) {
	for sql, missing := range map[string]string{
		"UPDATE orders SET note = 'x' WHERE stats = 'y'":                                       "orders.stats",
		"DELETE FROM orders o WHERE o.custmer_id = 1":                                          "orders.custmer_id",
		"INSERT INTO archive (id, totl) SELECT id, total FROM orders":                          "archive.totl",
		"INSERT INTO archive SELECT o.idd FROM orders o":                                       "orders.idd",
		"CREATE VIEW v9 AS SELECT nme FROM customers":                                          "customers.nme",
		"UPDATE orders SET note = c.nickname FROM customers c WHERE c.id = orders.customer_id": "customers.nickname",
		"CREATE TABLE c9 AS SELECT status, totall FROM orders":                                 "orders.totall",
	} {
		c := catalog.New()
		playAll(t, c, wares, 15)
		if e := playAll(t, c, sql, 15); e.Missing != missing {
			t.Errorf("%s: missing %q, want %q (%s)", sql, e.Missing, missing, e.Refused)
		}
	}
}
