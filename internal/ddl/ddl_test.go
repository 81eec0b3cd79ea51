package ddl

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
)

const shop = `
CREATE DOMAIN plain AS integer;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE FUNCTION code() RETURNS text LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fixed() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(100) NOT NULL, name text, seen timestamp, tags text[]);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, total numeric(10,2) CHECK (total >= 0), code varchar(20), qty integer);
CREATE INDEX orders_code_lower ON orders (lower(code));
CREATE INDEX orders_code ON orders (code);
CREATE VIEW named AS SELECT id, name FROM customers;
CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE loose (id bigint, at date NOT NULL, CONSTRAINT fits CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
`

// playAll runs statements and returns the effect of the last one.
func playAll(t *testing.T, c *catalog.Catalog, text string, version int) *Effect {
	t.Helper()
	var e *Effect
	zone := ""
	for _, p := range lex.Split(text) {
		s, err := Parse(p.Text)
		if err != nil {
			t.Fatalf("%s: %v", p.Text, err)
		}
		s.Version, s.TimeZone, s.First = version, zone, 1
		e = Run(c, s)
		for _, a := range e.Actions {
			if a.Verb == Set && strings.EqualFold(a.Name, "timezone") {
				zone = a.To
			}
		}
		if c.Now > 0 {
			c.Now++
		}
	}
	return e
}

// summary is what a test compares: the locks, the tables that are rewritten and
// read, the indexes that are rebuilt, and a refusal.
func summary(e *Effect) string {
	if e.Refused != "" {
		return "refused: " + e.Refused
	}
	var parts []string
	for _, l := range e.Locks {
		if l.Mode > AccessShare && !l.New {
			parts = append(parts, l.Relation.Name.Short()+" "+l.Mode.String())
		}
	}
	slices.Sort(parts)
	list := func(word string, of []*catalog.Relation) {
		var names []string
		for _, r := range of {
			names = append(names, r.Name.Short())
		}
		if slices.Sort(names); len(names) > 0 {
			parts = append(parts, word+" "+strings.Join(names, " "))
		}
	}
	list("rewrites", e.Rewrites)
	list("reads", e.Reads)
	list("rebuilds", e.Rebuilds)
	if e.NoBlock {
		parts = append(parts, "no block")
	}
	return strings.Join(parts, "; ")
}

// What servers of 13 to 18 did, read from pg_locks, relfilenode and seq_scan.
func TestRun(t *testing.T) {
	for _, test := range []struct {
		text    string
		version int
		want    string
	}{
		{"ALTER TABLE orders ADD a int", 15, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD a timestamptz DEFAULT now()", 15, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD a text DEFAULT fixed()", 15, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD a text DEFAULT code()", 15, "orders ACCESS EXCLUSIVE; rewrites orders; reads orders; rebuilds orders_code orders_code_lower orders_pkey"},
		{"ALTER TABLE orders ADD a positive", 15, "orders ACCESS EXCLUSIVE; rewrites orders; reads orders; rebuilds orders_code orders_code_lower orders_pkey"},
		{"ALTER TABLE orders ADD a int CHECK (a > 0)", 15, "orders ACCESS EXCLUSIVE; reads orders"},
		{"ALTER TABLE orders ADD a bigint REFERENCES customers", 15, "customers SHARE ROW EXCLUSIVE; orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD a int GENERATED ALWAYS AS (qty * 2) VIRTUAL", 17, "refused: a virtual generated column needs PostgreSQL 18"},
		{"ALTER TABLE orders ADD a int GENERATED ALWAYS AS (qty * 2)", 18, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD CONSTRAINT n NOT NULL code NOT VALID", 18, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD CONSTRAINT n NOT NULL code", 18, "orders ACCESS EXCLUSIVE; reads orders"},
		{"ALTER TABLE orders ADD CHECK (qty > 0) NOT VALID", 15, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD CONSTRAINT c CHECK (qty > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c", 15, "orders SHARE UPDATE EXCLUSIVE; reads orders"},
		{"ALTER TABLE orders ADD CONSTRAINT c CHECK (qty IS NOT NULL AND qty > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c; ALTER TABLE orders ALTER qty SET NOT NULL", 15, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ADD CONSTRAINT c CHECK (qty IS NOT NULL OR code = 'x'); ALTER TABLE orders ALTER qty SET NOT NULL", 15, "orders ACCESS EXCLUSIVE; reads orders"},
		{"ALTER TABLE orders RENAME qty TO amount; ALTER TABLE orders ADD CONSTRAINT c CHECK (amount IS NOT NULL); ALTER TABLE orders RENAME amount TO n; ALTER TABLE orders ALTER n SET NOT NULL", 15, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE orders ALTER code TYPE varchar(30)", 15, "orders ACCESS EXCLUSIVE; reads orders; rebuilds orders_code_lower"},
		{"ALTER TABLE orders ALTER code TYPE varchar(30) USING code::varchar(30)", 15, "orders ACCESS EXCLUSIVE; reads orders; rebuilds orders_code_lower"},
		{"ALTER TABLE orders ALTER code TYPE text USING trim(code)", 15, "orders ACCESS EXCLUSIVE; rewrites orders; reads orders; rebuilds orders_code orders_code_lower orders_pkey"},
		{"ALTER TABLE orders ALTER code TYPE varchar(10)", 15, "orders ACCESS EXCLUSIVE; rewrites orders; reads orders; rebuilds orders_code orders_code_lower orders_pkey"},
		{"ALTER TABLE orders ALTER total TYPE numeric(12,2)", 15, "orders ACCESS EXCLUSIVE; reads orders"},
		{"ALTER TABLE orders ALTER qty TYPE plain", 15, "orders ACCESS EXCLUSIVE"},
		{"ALTER TABLE customers ALTER tags TYPE varchar(20)[]", 15, "customers ACCESS EXCLUSIVE; rewrites customers; reads customers; rebuilds customers_pkey"},
		{"SET TimeZone = 'UTC'; ALTER TABLE customers ALTER seen TYPE timestamptz", 15, "customers ACCESS EXCLUSIVE"},
		{"ALTER TABLE customers ALTER name TYPE varchar(9)", 15, "refused: the type of column customers.name cannot change while a view uses it: view named"},
		{"ALTER TABLE customers DROP COLUMN name", 15, "refused: other objects depend on column customers.name: view named"},
		{"ALTER TABLE customers DROP COLUMN name CASCADE", 15, "customers ACCESS EXCLUSIVE; named ACCESS EXCLUSIVE"},
		{"DROP TABLE customers", 15, "refused: other objects depend on table customers: foreign key orders_customer_id_fkey, view named"},
		{"DROP TABLE orders", 15, "customers ACCESS EXCLUSIVE; orders ACCESS EXCLUSIVE"},
		{"DROP TABLE nothing", 15, "refused: table nothing does not exist"},
		{"ALTER TABLE orders ADD UNIQUE (code)", 15, "orders ACCESS EXCLUSIVE; reads orders"},
		{"CREATE UNIQUE INDEX CONCURRENTLY u ON orders (code); ALTER TABLE orders ADD CONSTRAINT k UNIQUE USING INDEX u", 15, "orders ACCESS EXCLUSIVE"},
		{"CREATE INDEX CONCURRENTLY i ON orders (qty)", 15, "orders SHARE UPDATE EXCLUSIVE; reads orders; no block"},
		{"CREATE INDEX i ON events (id)", 15, "events SHARE; events_1 SHARE; events_rest SHARE; reads events_1 events_rest"},
		{"CREATE INDEX CONCURRENTLY i ON events (id)", 15, "refused: CREATE INDEX CONCURRENTLY does not work on the partitioned table events"},
		{"ALTER TABLE events_1 ADD PRIMARY KEY (id); ALTER TABLE events_rest ADD FOREIGN KEY (id) REFERENCES events_1; DROP TABLE events", 15, "events ACCESS EXCLUSIVE; events_1 ACCESS EXCLUSIVE; events_rest ACCESS EXCLUSIVE"},
		{"CREATE TABLE t (a int REFERENCES customers)", 15, "customers SHARE ROW EXCLUSIVE"},
		{"CREATE TABLE t (a int); CREATE INDEX ON t (a)", 15, ""},
		{"CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')", 15, "events ACCESS EXCLUSIVE; events_rest ACCESS EXCLUSIVE; reads events_rest"},
		{"ALTER TABLE events ATTACH PARTITION loose FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", 15, "events SHARE UPDATE EXCLUSIVE; events_rest ACCESS EXCLUSIVE; loose ACCESS EXCLUSIVE; reads events_rest"},
		{"ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY", 15, "refused: DETACH PARTITION CONCURRENTLY does not work beside the default partition events_rest"},
		{"ALTER TABLE events ADD FOREIGN KEY (id) REFERENCES customers NOT VALID", 17, "refused: a NOT VALID foreign key from a partitioned table needs PostgreSQL 18"},
		{"TRUNCATE customers", 15, "refused: table orders has a foreign key to customers: truncate both, or use CASCADE"},
		{"ALTER DOMAIN positive ADD CHECK (VALUE < 9)", 15, ""},
		{"VACUUM FULL orders", 15, "orders ACCESS EXCLUSIVE; rewrites orders; reads orders; rebuilds orders_code orders_code_lower orders_pkey; no block"},
		{"UPDATE orders SET qty = 1", 15, "orders ROW EXCLUSIVE; reads orders"},
		{"UPDATE orders SET qty = 1 WHERE id BETWEEN 1 AND 1000", 15, "orders ROW EXCLUSIVE"},
		{"WITH many AS (SELECT id FROM orders), gone AS (DELETE FROM events_1 WHERE id IN (SELECT id FROM many)) UPDATE customers SET name = 'x' WHERE id = 1", 15, "customers ROW EXCLUSIVE; events_1 ROW EXCLUSIVE; reads events_1 orders"},
		{"DELETE FROM customers WHERE id = 1", 15, "customers ROW EXCLUSIVE; orders ROW SHARE"},
		{"CREATE TABLE copy AS SELECT id AS n FROM orders; ALTER TABLE copy ADD PRIMARY KEY (n)", 15, ""},
		{"CREATE TABLE s (a serial); ALTER TABLE s ALTER a DROP DEFAULT; DROP SEQUENCE s_a_seq", 15, ""},
		{"CREATE TABLE s (a serial); DROP SEQUENCE s_a_seq", 15, "refused: other objects depend on sequence s_a_seq: default s.a"},
		{"CREATE VIEW v AS SELECT o.*, c.id AS c FROM orders o JOIN customers c ON c.id = o.customer_id; ALTER TABLE customers DROP COLUMN seen", 15, "customers ACCESS EXCLUSIVE"},
		{"CREATE VIEW v AS SELECT o.* FROM orders o; ALTER TABLE orders DROP COLUMN qty", 15, "refused: other objects depend on column orders.qty: view v"},
		{"SET search_path = other; CREATE TABLE orders (id int); ALTER TABLE orders ADD x int DEFAULT random()", 15, ""},
		{"ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey", 15, "customers ACCESS EXCLUSIVE; orders ACCESS EXCLUSIVE"},
	} {
		c := catalog.New()
		playAll(t, c, shop, test.version)
		c.Complete, c.Now = true, 1
		if got := summary(playAll(t, c, test.text, test.version)); got != test.want {
			t.Errorf("%s [%d]\n got %s\nwant %s", test.text, test.version, got, test.want)
		}
	}
}

// An index that is dropped concurrently is locked ACCESS EXCLUSIVE when nobody can wait for it.
func TestLate(t *testing.T) {
	for text, want := range map[string]Mode{
		"DROP INDEX CONCURRENTLY orders_code": ShareUpdateExclusive,
		"DROP INDEX orders_code":              AccessExclusive,
		"CREATE INDEX CONCURRENTLY i ON orders (qty); DROP INDEX CONCURRENTLY orders_code": ShareUpdateExclusive,
	} {
		c := catalog.New()
		playAll(t, c, shop, 15)
		c.Complete, c.Now = true, 1
		if e := playAll(t, c, text, 15); e.Strongest().Mode != want || e.Locks[0].Mode != AccessExclusive {
			t.Errorf("%s: %v, want %v", text, e.Strongest().Mode, want)
		}
	}
}

// A value that UPDATE sets may be another one for each row.
func TestVolatile(t *testing.T) {
	for text, want := range map[string]bool{
		"UPDATE orders SET code = gen_random_uuid()": true, "UPDATE orders SET code = code()": true, "UPDATE orders SET qty = qty + 1, code = 'x'": false, "UPDATE orders SET code = fixed()": false,
	} {
		c := catalog.New()
		playAll(t, c, shop, 15)
		c.Complete = true
		if e := playAll(t, c, text, 15); (e.Volatile != "") != want {
			t.Errorf("%s: %q", text, e.Volatile)
		}
	}
}

// Rewind leaves the catalog as it was, whatever ran in between.
func TestRewind(t *testing.T) {
	c := catalog.New()
	playAll(t, c, shop, 15)
	before := c.Describe()
	at := c.Mark()
	playAll(t, c, `ALTER TABLE orders RENAME TO sales; ALTER TABLE sales DROP COLUMN code; DROP TABLE customers CASCADE; CREATE TABLE t (a serial);
		ALTER TABLE events DETACH PARTITION events_1; DROP DOMAIN plain; CREATE INDEX ON sales (qty); ALTER TABLE sales RENAME qty TO n`, 15)
	if c.Describe() == before {
		t.Fatal("nothing changed")
	}
	c.Rewind(at)
	if after := c.Describe(); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

// A statement on tables that nothing tells of is judged by its worst case, and says
// so.
func TestAssumed(t *testing.T) {
	for text, want := range map[string]string{
		"ALTER TABLE t ALTER a SET NOT NULL":        "t may hold a null in a: no valid CHECK is known",
		"ALTER TABLE t ALTER a TYPE bigint":         "the type of t.a changes so that the table is written again",
		"ALTER TABLE t ADD a text DEFAULT my.key()": "my.key() is volatile: no definition of it was given",
		"DROP INDEX i": "the table of index i is locked as well",
	} {
		e := playAll(t, catalog.New(), text, 0)
		if e.Refused != "" || !slices.Contains(e.Assumed, want) {
			t.Errorf("%s: %q, %q", text, e.Refused, e.Assumed)
		}
	}
}

// What a catalog tells of keys and their sequences.
func TestKeys(t *testing.T) {
	c := catalog.New()
	playAll(t, c, `CREATE TABLE users (id bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME user_numbers MAXVALUE 9000000000 CYCLE) PRIMARY KEY, team bigint, boss bigint REFERENCES users MATCH FULL DEFERRABLE INITIALLY DEFERRED);
		CREATE TABLE posts (id serial, author bigint, editor bigint, FOREIGN KEY (author) REFERENCES users ON DELETE SET NULL (author), CONSTRAINT edited FOREIGN KEY (editor) REFERENCES users);
		ALTER TABLE users ALTER id SET GENERATED ALWAYS SET MAXVALUE 90 SET NO CYCLE; SELECT pg_catalog.setval('posts_id_seq', 2000000000, true);
		ALTER TABLE posts ALTER CONSTRAINT edited DEFERRABLE INITIALLY DEFERRED`, 15)
	users, posts := c.Find(catalog.Name{Name: "users"}), c.Find(catalog.Name{Name: "posts"})
	if k := users.Constraint("users_boss_fkey"); !k.Deferrable || !k.Deferred || !k.MatchFull {
		t.Errorf("%+v", k)
	}
	if k := posts.Constraint("posts_author_fkey"); !slices.Equal(k.SetColumns, []string{"author"}) || k.Deferred {
		t.Errorf("%+v", k)
	}
	if k := posts.Constraint("edited"); !k.Deferred {
		t.Errorf("%+v", k)
	}
	if s := c.Find(catalog.Name{Name: "user_numbers"}); s == nil || s.Most != 90 || s.Cycle || users.Column("id").Identity != "ALWAYS" {
		t.Errorf("%+v", s)
	}
	if s := c.Get(posts.Column("id").Sequence); s.Reached != 2_000_000_000 || s.SeqType != "integer" {
		t.Errorf("%+v", s)
	}
}
