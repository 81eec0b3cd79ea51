package rollout

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgverdict/pgverdict/internal/pgtest"
)

var update = flag.Bool("update", false, "record the sequences that the server ran (with PG_BIN)")

// sequence is a statement that is shipped by its safe sequence and taken back.
type sequence struct {
	name    string
	schema  string // beside the shared one
	sql     string
	from    int    // the first version that has the statement
	reader  string // what the application reads and writes meanwhile
	writer  string
	after   string // what the code of the next deploy writes; empty: the same
	other   bool   // the sequence ends in another schema than the statement, by design
	lasts   bool   // the rollback does not give the schema back, by design
	refused bool   // the server refuses the statement itself
}

// shared is the schema of all sequences: with enough rows that a lock held through a
// scan would be seen.
const shared = `
CREATE TABLE customers (id integer PRIMARY KEY, email varchar(100) NOT NULL);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id integer, code varchar(40), note text, status text DEFAULT 'new', qty integer NOT NULL CONSTRAINT orders_qty_check CHECK (qty >= 0), placed timestamp DEFAULT '2026-01-01');
CREATE INDEX orders_status_idx ON orders (status) WHERE status <> 'done';
CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id integer CONSTRAINT items_order_fkey REFERENCES orders (id));
CREATE INDEX items_order_idx ON items (order_id);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE events (id integer NOT NULL, at date NOT NULL, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 (id integer NOT NULL, at date NOT NULL, kind text);
`

const rows = `
INSERT INTO customers SELECT i, 'c' || i FROM generate_series(1, 1000) i;
INSERT INTO orders (customer_id, code, note, qty) SELECT 1 + i % 1000, 'code ' || i, 'note', i % 7 FROM generate_series(1, 30000) i;
INSERT INTO items (order_id) SELECT i FROM generate_series(1, 10000) i;
INSERT INTO events SELECT i, date '2024-01-01' + i % 700, 'k' FROM generate_series(1, 20000) i;
INSERT INTO events_2026 SELECT i, date '2026-01-01' + i % 300, 'k' FROM generate_series(1, 20000) i;
ANALYZE;
`

const (
	readOrders  = "SELECT count(*) FROM orders WHERE id < 100"
	writeOrders = "UPDATE orders SET note = 'x' WHERE id = 1 + (random() * 20000)::int; INSERT INTO orders (customer_id, code, note, qty) SELECT 7, 'w' || clock_timestamp(), 'n', 1"
	readEvents  = "SELECT count(*) FROM events WHERE at = '2025-03-01'"
	writeEvents = "INSERT INTO events VALUES (100000 + (random() * 1000000000)::int, '2025-03-01', 'w')"
)

var sequences = []sequence{
	{name: "add index", sql: "CREATE INDEX orders_code_idx ON orders (code)"},
	{name: "add index without a name", sql: "CREATE INDEX ON orders (lower(note))"},
	{name: "drop index", sql: "DROP INDEX orders_status_idx"},
	{name: "index of a partitioned table", sql: "CREATE INDEX events_kind_idx ON events (kind)", reader: readEvents, writer: writeEvents},
	{name: "unique constraint", sql: "ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE (code)"},
	{name: "unique constraint of a partitioned table", sql: "ALTER TABLE events ADD CONSTRAINT events_at_key UNIQUE (at, id, kind)", reader: readEvents, writer: writeEvents},
	{name: "primary key", schema: "ALTER TABLE events_2026 ALTER COLUMN id DROP NOT NULL;", sql: "ALTER TABLE events_2026 ADD PRIMARY KEY (id)", reader: "SELECT count(*) FROM events_2026 WHERE id = 5", writer: "INSERT INTO events_2026 VALUES (100000 + (random() * 1000000000)::int, '2026-05-01')"},
	{name: "foreign key", schema: "CREATE INDEX ON orders (customer_id);", sql: "ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id)"},
	{name: "foreign key of a partitioned table", schema: "CREATE TABLE kinds (kind text PRIMARY KEY); INSERT INTO kinds VALUES ('k'), ('w');", sql: "ALTER TABLE events ADD CONSTRAINT events_kind_fkey FOREIGN KEY (kind) REFERENCES kinds (kind)", reader: readEvents, writer: writeEvents},
	{name: "foreign key with the index that it needs", sql: "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers", other: true},
	{name: "check", sql: "ALTER TABLE orders ADD CHECK (qty < 1000)"},
	{name: "set not null", sql: "ALTER TABLE orders ALTER COLUMN code SET NOT NULL"},
	{name: "drop not null", sql: "ALTER TABLE customers ALTER COLUMN email DROP NOT NULL"},
	{name: "drop check", sql: "ALTER TABLE orders DROP CONSTRAINT orders_qty_check"},
	{name: "drop foreign key", sql: "ALTER TABLE items DROP CONSTRAINT items_order_fkey"},
	{name: "int to bigint", sql: "ALTER TABLE orders ALTER COLUMN qty TYPE bigint"},
	{name: "int key to bigint", sql: "ALTER TABLE orders ALTER COLUMN id TYPE bigint", other: true},
	{name: "type change under a view", schema: "CREATE VIEW codes AS SELECT id, code FROM orders;", sql: "ALTER TABLE orders ALTER COLUMN code TYPE varchar(80)", refused: true, lasts: true},
	{name: "type change under a view, a policy and a trigger", schema: `
CREATE VIEW codes AS SELECT id, qty FROM orders;
CREATE POLICY positive ON orders USING (qty >= 0);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE UPDATE OF qty ON orders FOR EACH ROW WHEN (NEW.qty > 100) EXECUTE FUNCTION noted();`,
		sql: "ALTER TABLE orders ALTER COLUMN qty TYPE bigint", refused: true, lasts: true},
	{name: "drop one index of two", schema: "CREATE INDEX orders_note_idx ON orders (note);", sql: "DROP INDEX orders_status_idx, orders_note_idx"},
	{name: "shorter varchar", sql: "ALTER TABLE orders ALTER COLUMN code TYPE varchar(39)", other: true},
	{name: "longer varchar under an expression index", schema: "CREATE INDEX orders_lower_idx ON orders (lower(code));", sql: "ALTER TABLE orders ALTER COLUMN code TYPE varchar(80)"},
	{name: "longer varchar under a check", schema: "ALTER TABLE orders ADD CONSTRAINT orders_code_check CHECK (code <> '');", sql: "ALTER TABLE orders ALTER COLUMN code TYPE varchar(80)", lasts: true},
	{name: "integer to a domain with a check", schema: "CREATE DOMAIN pieces AS integer CHECK (VALUE >= 0);", sql: "ALTER TABLE orders ALTER COLUMN qty TYPE pieces", other: true, lasts: true},
	{name: "timestamp to timestamptz", sql: "ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz", lasts: true},
	{name: "timestamp to timestamptz with an index", schema: "CREATE INDEX orders_placed_idx ON orders (placed);", sql: "ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz(6) USING placed AT TIME ZONE 'UTC'", lasts: true},
	{name: "timestamp to timestamptz in a session in UTC", schema: "CREATE INDEX orders_placed_idx ON orders (placed);", sql: "SET timezone = 'UTC'; ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz", lasts: true},
	{name: "timestamp to timestamptz of fewer digits", sql: "ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz(3) USING placed AT TIME ZONE 'UTC'", other: true, lasts: true},
	{name: "add column with a volatile default", sql: "ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid()"},
	{name: "add identity", sql: "ALTER TABLE orders ADD COLUMN number bigint GENERATED BY DEFAULT AS IDENTITY"},
	{name: "add serial", sql: "ALTER TABLE orders ADD COLUMN number bigserial"},
	{name: "add generated column", sql: "ALTER TABLE orders ADD COLUMN lower_code text GENERATED ALWAYS AS (lower(code)) STORED", other: true},
	{name: "add column with check, unique and reference", sql: "ALTER TABLE orders ADD COLUMN parent_id integer CHECK (parent_id > 0) UNIQUE REFERENCES orders (id)", other: true},
	{name: "drop column", sql: "ALTER TABLE orders DROP COLUMN customer_id", after: "INSERT INTO orders (code, qty) SELECT 'w' || clock_timestamp(), 1"},
	{name: "drop column with its index and default", sql: "ALTER TABLE orders DROP COLUMN status"},
	{name: "drop table", sql: "DROP TABLE items"},
	{name: "rename column", sql: "ALTER TABLE orders RENAME COLUMN note TO remark", writer: "UPDATE orders SET note = 'x' WHERE id = 1 + (random() * 20000)::int; INSERT INTO orders (note, qty) VALUES ('n', 1)", after: "UPDATE orders SET remark = 'x' WHERE id = 1 + (random() * 20000)::int; INSERT INTO orders (remark, qty) VALUES ('n', 1)"},
	{name: "rename table", sql: "ALTER TABLE customers RENAME TO clients", reader: "SELECT count(*) FROM orders", writer: "UPDATE customers SET email = 'e' WHERE id = 7", after: "UPDATE clients SET email = 'e' WHERE id = 7"},
	{name: "attach partition", sql: "ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", reader: readEvents, writer: writeEvents, lasts: true},
	{name: "attach beside a default partition", schema: "CREATE TABLE events_rest PARTITION OF events DEFAULT; INSERT INTO events SELECT i, '2030-01-01' FROM generate_series(1, 1000) i;", sql: "ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", reader: readEvents, writer: writeEvents, lasts: true},
	{name: "create partition beside a default partition", schema: "CREATE TABLE events_rest PARTITION OF events DEFAULT;", sql: "CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')", reader: readEvents, writer: writeEvents},
	{name: "detach partition", sql: "ALTER TABLE events DETACH PARTITION events_2024", reader: readEvents, writer: writeEvents, other: true},
	{name: "replace check", sql: "ALTER TABLE orders DROP CONSTRAINT orders_qty_check; ALTER TABLE orders ADD CONSTRAINT orders_qty_check CHECK (qty >= 0 AND qty < 5000)"},
	{name: "replace check in one statement", sql: "ALTER TABLE orders DROP CONSTRAINT orders_qty_check, ADD CONSTRAINT orders_qty_range CHECK (qty BETWEEN 0 AND 5000), ADD CONSTRAINT orders_qty_check CHECK (qty >= -1) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT orders_qty_check"},
	{name: "replace foreign key", sql: "ALTER TABLE items DROP CONSTRAINT items_order_fkey; ALTER TABLE items ADD CONSTRAINT items_order_fkey FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE"},
	{name: "replace unique constraint", schema: "ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE (code);", sql: "ALTER TABLE orders DROP CONSTRAINT orders_code_key; ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE (code, id)"},
	{name: "replace index", sql: "DROP INDEX orders_status_idx; CREATE INDEX orders_status_idx ON orders (status, id)"},
	{name: "replace index under another name", sql: "DROP INDEX orders_status_idx; CREATE UNIQUE INDEX ON orders (status, id)"},
	{name: "drop a column and add it again", sql: "ALTER TABLE orders DROP COLUMN code; ALTER TABLE orders ADD COLUMN code varchar(80) NOT NULL DEFAULT ''", lasts: true},
	{name: "type of a partitioned table's column", schema: "CREATE INDEX events_kind_idx ON events (kind);", sql: "ALTER TABLE events ALTER COLUMN kind TYPE varchar(20) USING left(kind, 20)", reader: readEvents, writer: writeEvents},
	{name: "enum value", sql: "ALTER TYPE mood ADD VALUE 'great'", lasts: true},
	{name: "update all rows", sql: "UPDATE orders SET note = lower(code)", lasts: true},
	{name: "delete by a condition", sql: "DELETE FROM events WHERE kind = 'k'", reader: readEvents, writer: writeEvents, lasts: true},
	{name: "copy into a history table", schema: "CREATE TABLE history (order_id integer, at timestamp);", sql: "INSERT INTO history SELECT o.id, o.placed FROM orders o WHERE o.qty > 1", lasts: true},
}

// record is what the suite keeps of a sequence on one version.
type record struct {
	Version  int      `json:"version"`
	Name     string   `json:"name"`
	Safe     []string `json:"safe"`
	Back     []string `json:"back"`
	ReaderMS int      `json:"longest_read_ms"`
	WriterMS int      `json:"longest_write_ms"`
	Server   string   `json:"server"`
}

const recorded = "testdata/live.json"

// longestWait is how long a read or a write may take beside a sequence: the lock_timeout
// of its steps, with what a busy machine adds.
const longestWait = 2500

func readRecords(t *testing.T) []record {
	t.Helper()
	b, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	var list []record
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// steps returns the sequence and the rollback as scripts.
func steps(t *testing.T, c sequence, version int) (safe, back []string, deploys []Deploy) {
	p, list := play(t, shared+c.schema, c.sql, version, false)
	for _, one := range list {
		for _, s := range p.Steps(one) {
			safe = append(safe, s.SQL())
			deploys = append(deploys, s.Deploy)
		}
	}
	for _, one := range slices.Backward(list) {
		for _, u := range p.Back(one) {
			if len(u.Statements) > 0 {
				back = append(back, u.SQL())
			}
		}
	}
	return safe, back, deploys
}

// The sequences are the ones that servers ran beside a reader and a writer. If this
// fails, run the suite again: PG_BIN=... go test -run TestLive -update.
func TestRecorded(t *testing.T) {
	byName := map[string]sequence{}
	for _, c := range sequences {
		byName[c.name] = c
	}
	list := readRecords(t)
	seen := map[string]int{}
	for _, r := range list {
		c, ok := byName[r.Name]
		if !ok {
			t.Errorf("%s is recorded and no longer a sequence", r.Name)
			continue
		}
		seen[r.Name]++
		safe, back, _ := steps(t, c, r.Version)
		if !slices.Equal(safe, r.Safe) || !slices.Equal(back, r.Back) {
			t.Errorf("%s on %d is not what the server ran:\n%s\n-- back\n%s", r.Name, r.Version, strings.Join(safe, "\n"), strings.Join(back, "\n"))
		}
		if r.ReaderMS > longestWait || r.WriterMS > longestWait {
			t.Errorf("%s on %d blocked a read for %d ms, a write for %d ms", r.Name, r.Version, r.ReaderMS, r.WriterMS)
		}
	}
	for _, c := range sequences {
		if seen[c.name] < 3 {
			t.Errorf("%s was run on %d versions, want 3", c.name, seen[c.name])
		}
	}
}

// The sequences run on a server beside a reader, a writer and short transactions
// that hold their locks. Neither waits longer than the lock_timeout; the schema is
// that of the statement; after the rollback it is the one before.
func TestLive(t *testing.T) {
	s := pgtest.Start(t)
	version := 0
	_, _ = fmt.Sscan(s.PSQL("SHOW server_version_num"), &version)
	version /= 10000
	server := strings.Fields(s.PSQL("SHOW server_version"))[0]
	var done []record
	for i, c := range sequences {
		if c.from > version {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			safe, back, deploys := steps(t, c, version)
			l := &live{t: t, s: s, db: fmt.Sprintf("safe_%d", i)}
			l.create(c)
			before := l.schema()
			plain := &live{t: t, s: s, db: fmt.Sprintf("plain_%d", i)}
			plain.create(c)
			if !c.refused {
				plain.do(c.sql)
			}
			read, write := 0, 0
			// Code of the next deploy runs from the first step that is after it.
			next := len(safe)
			if c.after != "" {
				next = max(slices.Index(deploys, After), 0)
			}
			for i, part := range [][]string{safe[:next], safe[next:]} {
				writer := c.writer
				if i == 1 {
					writer = c.after
				}
				if len(part) == 0 {
					continue
				}
				r, w := l.beside(c.reader, writer, func() {
					for _, step := range part {
						l.retried(step)
					}
				})
				read, write = max(read, r), max(write, w)
			}
			if got, want := l.schema(), plain.schema(); got != want && !c.other && !c.refused {
				t.Errorf("the schema is not that of the statement:\n%s", difference(want, got))
			}
			for _, step := range back {
				l.do(step)
			}
			if got := l.schema(); got != before && !c.lasts {
				t.Errorf("the rollback of the sequence does not give the schema before:\n%s", difference(before, got))
			}
			for _, step := range back {
				plain.do(step)
			}
			if got := plain.schema(); got != before && !c.lasts {
				t.Errorf("the rollback does not give the schema before:\n%s", difference(before, got))
			}
			if read > longestWait || write > longestWait {
				t.Errorf("a read took %d ms, a write %d ms", read, write)
			}
			if !t.Failed() {
				done = append(done, record{version, c.name, safe, back, read, write, server})
			}
		})
	}
	if !*update || t.Failed() {
		return
	}
	var all []record
	if _, err := os.Stat(recorded); err == nil {
		all = readRecords(t)
	}
	all = append(slices.DeleteFunc(all, func(r record) bool {
		return r.Version == version && slices.ContainsFunc(done, func(d record) bool { return d.Name == r.Name })
	}), done...)
	slices.SortStableFunc(all, func(a, b record) int { return a.Version - b.Version })
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	_ = os.MkdirAll(filepath.Dir(recorded), 0o777)
	if err := os.WriteFile(recorded, append(b, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
}

// The backfills write every row, by each kind of key: as a procedure and as a psql
// loop, twice.
func TestBackfillLive(t *testing.T) {
	s := pgtest.Start(t)
	const schema = `
CREATE TABLE whole (id bigint PRIMARY KEY, v text, w text);
CREATE TABLE pairs (a uuid, "B" text, v text, w text, PRIMARY KEY (a, "B"));
CREATE TABLE bare (v text, w text);
CREATE TABLE copied (id bigint PRIMARY KEY, v text);
`
	version := 0
	_, _ = fmt.Sscan(s.PSQL("SHOW server_version_num"), &version)
	l := &live{t: t, s: s, db: "backfill"}
	s.PSQL("CREATE DATABASE backfill")
	l.do(schema)
	for _, test := range []struct{ sql, left string }{
		{"UPDATE whole SET w = lower(v) WHERE v LIKE '%A%'", "SELECT count(*) FROM whole WHERE w IS DISTINCT FROM lower(v)"},
		{"UPDATE pairs AS p SET w = 'x%' || p.v", "SELECT count(*) FROM pairs WHERE w IS DISTINCT FROM 'x%' || v"},
		{"UPDATE bare SET w = lower(v)", "SELECT count(*) FROM bare WHERE w IS DISTINCT FROM lower(v)"},
		{"INSERT INTO copied (id, v) SELECT x.id, x.v FROM whole x WHERE x.v <> '' ON CONFLICT DO NOTHING", "SELECT count(*) FROM whole LEFT JOIN copied USING (id) WHERE copied.id IS NULL"},
		{"DELETE FROM whole WHERE v LIKE 'A%'", "SELECT count(*) FROM whole"},
	} {
		p, list := play(t, schema, test.sql, version/10000, false)
		var fill *Backfill
		for _, step := range p.Safe(list[0]) {
			if step.Fill != nil {
				fill = step.Fill
			}
		}
		if fill == nil {
			t.Errorf("%s: no backfill", test.sql)
			continue
		}
		for _, form := range []string{"procedure", "loop"} {
			l.do("TRUNCATE whole, pairs, bare, copied; INSERT INTO whole SELECT i * 3, 'A' || i FROM generate_series(1, 12001) i; INSERT INTO pairs SELECT gen_random_uuid(), i::text, 'A' || i FROM generate_series(1, 12001) i; INSERT INTO bare SELECT 'A' || i FROM generate_series(1, 30000) i")
			for range 2 {
				if form == "procedure" {
					l.do(fill.Procedure())
					l.do("CALL " + fill.Name + "()")
					l.do("DROP PROCEDURE " + fill.Name)
					continue
				}
				cmd := s.Client("psql", l.db, "-X")
				cmd.Stdin = strings.NewReader(strings.ReplaceAll(fill.Loop(), `\set pause 0.5`, `\set pause 0.01`))
				if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "ERROR") {
					t.Fatalf("%s\n%s", fill.Loop(), out)
				}
			}
			if out, err := l.try(test.left); err != nil || strings.TrimSpace(out) != "0" {
				t.Errorf("%s by %s: left %s", test.sql, form, out)
			}
		}
	}
}

// live is a database of a sequence.
type live struct {
	t  *testing.T
	s  *pgtest.Server
	db string
}

func (l *live) create(c sequence) {
	l.s.PSQL("CREATE DATABASE " + l.db)
	for _, text := range []string{shared, rows, c.schema} {
		cmd := l.s.Client("psql", l.db, "-XqAt", "-v", "ON_ERROR_STOP=1")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			l.t.Fatalf("%s: %s", text, out)
		}
	}
}

// try sends a script as one string and returns what the server says.
func (l *live) try(script string) (string, error) {
	out, err := l.s.Client("psql", l.db, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", script).CombinedOutput()
	return string(out), err
}

func (l *live) do(script string) {
	l.t.Helper()
	if out, err := l.try(script); err != nil {
		l.t.Fatalf("%s\n%s", script, out)
	}
}

// retried runs a step as a runner does: again when it did not get its lock.
func (l *live) retried(script string) {
	l.t.Helper()
	for range 10 {
		out, err := l.try(script)
		if err == nil {
			return
		}
		if !strings.Contains(out, "lock timeout") {
			l.t.Fatalf("%s\n%s", script, out)
		}
		time.Sleep(200 * time.Millisecond)
	}
	l.t.Fatalf("no lock: %s", script)
}

// schema describes the schema, without the order of columns.
func (l *live) schema() string {
	out, err := l.s.Client("psql", l.db, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", describe).CombinedOutput()
	if err != nil {
		l.t.Fatalf("%s", out)
	}
	text := string(out)
	// pg_dump refuses a server that is newer than itself.
	if dump, err := l.s.Client("pg_dump", l.db, "-s").Output(); err == nil {
		lines := strings.Split(string(dump), "\n")
		for i, line := range lines {
			lines[i] = strings.TrimSuffix(strings.TrimRight(line, " "), ",")
		}
		lines = slices.DeleteFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, `\restrict`) || strings.HasPrefix(line, `\unrestrict`) || line == ""
		})
		slices.Sort(lines)
		text += strings.Join(lines, "\n")
	}
	return text
}

// describe lists relations, columns, constraints, indexes, triggers and functions.
const describe = `
SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
SELECT format('%s %s %s', relkind, relname, pg_get_expr(relpartbound, oid)) AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i' AND relkind <> 'I'
UNION ALL SELECT format('%s.%s %s %s %s %s %s', c.relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
 FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND relkind <> 'i' AND relkind <> 'I' AND relkind <> 'S'
UNION ALL SELECT format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT format('%s %s', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace
UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT format('%s %s', enumtypid::regtype, enumlabel) FROM pg_enum
UNION ALL SELECT format('%s %s %s', seqrelid::regclass, seqtypid::regtype, (SELECT string_agg(refobjid::regclass::text || refobjsubid, ',') FROM pg_depend WHERE objid = seqrelid AND refobjsubid > 0 AND false)) FROM pg_sequence
) AS lines`

// difference returns the lines that only one of two texts has.
func difference(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range w {
		if !slices.Contains(g, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	for _, line := range g {
		if !slices.Contains(w, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	return b.String()
}

// beside runs something beside a reader, a writer, and transactions of 300 ms that
// read the table. It returns the longest read and write in ms.
func (l *live) beside(reader, writer string, run func()) (read, write int) {
	if reader == "" {
		reader = readOrders
	}
	if writer == "" {
		writer = writeOrders
	}
	stop := make(chan struct{})
	var group sync.WaitGroup
	var trouble [3]string
	work := func(i int, script string, pause time.Duration, took *int) {
		defer group.Done()
		p := l.connect()
		defer p.close()
		for {
			select {
			case <-stop:
				return
			case <-time.After(pause):
			}
			began := time.Now()
			if said := p.run(script); strings.Contains(said, "ERROR") && trouble[i] == "" {
				trouble[i] = said
			}
			if took != nil {
				*took = max(*took, int(time.Since(began).Milliseconds()))
			}
		}
	}
	group.Add(3)
	go work(0, reader+";", 5*time.Millisecond, &read)
	go work(1, writer+";", 5*time.Millisecond, &write)
	go work(2, "BEGIN; "+reader+"; SELECT pg_sleep(0.3); COMMIT;", 100*time.Millisecond, nil)
	time.Sleep(50 * time.Millisecond)
	func() {
		defer func() { close(stop); group.Wait() }()
		run()
	}()
	for _, said := range trouble {
		if said != "" {
			l.t.Errorf("beside the sequence: %s", said)
		}
	}
	return read, write
}

// session is a connection that stays open.
type session struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func (l *live) connect() *session {
	cmd := l.s.Client("psql", l.db, "-XqAt")
	p := &session{cmd: cmd}
	var out io.ReadCloser
	var err error
	if p.in, err = cmd.StdinPipe(); err == nil {
		out, err = cmd.StdoutPipe()
	}
	cmd.Stderr = cmd.Stdout
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		l.t.Error(err)
	}
	p.lines = bufio.NewScanner(out)
	return p
}

// run runs a script and returns what the server says.
func (p *session) run(script string) string {
	if _, err := io.WriteString(p.in, script+"\n\\echo done-with-it\n"); err != nil {
		return "ERROR: " + err.Error()
	}
	var said strings.Builder
	for p.lines.Scan() {
		if p.lines.Text() == "done-with-it" {
			return said.String()
		}
		said.WriteString(p.lines.Text() + "\n")
	}
	return "ERROR: the connection ended: " + said.String()
}

func (p *session) close() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}
