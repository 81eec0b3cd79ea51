package dialect

import (
	"fmt"
	"strings"
	"testing"
)

// run plays statements before the migration, and then one, and returns its effect.
func run(t *testing.T, e Engine, version, before, text string) *Effect {
	t.Helper()
	s := NewSchema(e, ParseVersion(version))
	if version == "" {
		s.Version = Version{}
	}
	for _, p := range Split(e, before) {
		st, err := Parse(e, before[p.Start:p.End])
		if err != nil {
			t.Fatalf("%s: %v", before[p.Start:p.End], err)
		}
		s.Run(st, 1)
	}
	s.Now = 1
	st, err := Parse(e, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s.Run(st, 1)
}

const shop = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(50), s VARCHAR(300), e ENUM('x','y'), n INT NOT NULL, v INT AS (n+1) VIRTUAL, st INT AS (n+1) STORED, b TEXT, KEY i (a)) CHARSET=utf8mb4;" +
	"CREATE TABLE ft (id INT PRIMARY KEY, a TEXT, FULLTEXT KEY f (a)); CREATE TABLE z (id INT PRIMARY KEY, a INT) ROW_FORMAT=COMPRESSED; CREATE TABLE my (id INT PRIMARY KEY) ENGINE=MyISAM;"

// TestOnline compares with the manual's tables of online DDL.
func TestOnline(t *testing.T) {
	for _, c := range []struct{ version, text, want string }{
		{"8.0", "ALTER TABLE t ADD COLUMN c INT", "INSTANT"},
		{"8.0.28", "ALTER TABLE t ADD COLUMN c INT", "INSTANT"},
		{"8.0.28", "ALTER TABLE t ADD COLUMN c INT FIRST", "INPLACE rebuilds"},
		{"8.0.29", "ALTER TABLE t ADD COLUMN c INT FIRST", "INSTANT"},
		{"5.7", "ALTER TABLE t ADD COLUMN c INT", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE ft ADD COLUMN c INT", "INPLACE rebuilds blocks"},
		{"8.0", "ALTER TABLE z ADD COLUMN c INT", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE t ADD COLUMN c INT, ADD INDEX j (n)", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE t ADD COLUMN c CHAR(36) DEFAULT (uuid())", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t ADD COLUMN c TIMESTAMP DEFAULT CURRENT_TIMESTAMP", "INSTANT"},
		{"8.0", "ALTER TABLE t ADD COLUMN c INT AS (n) STORED", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t ADD COLUMN c INT AS (n) VIRTUAL", "INSTANT"},
		{"8.0", "ALTER TABLE t DROP COLUMN a", "INSTANT"},
		{"8.0.28", "ALTER TABLE t DROP COLUMN a", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE t DROP COLUMN v", "INSTANT"},
		{"8.0", "ALTER TABLE t RENAME COLUMN a TO b2", "INSTANT"},
		{"8.0.27", "ALTER TABLE t RENAME COLUMN a TO b2", "INPLACE"},
		{"8.0", "ALTER TABLE t CHANGE a b2 VARCHAR(50)", "INSTANT"},
		{"8.0", "ALTER TABLE t ALTER COLUMN n SET DEFAULT 3", "INSTANT"},
		{"8.0", "ALTER TABLE t ALTER COLUMN n DROP DEFAULT", "INSTANT"},
		{"8.0", "ALTER TABLE t MODIFY n BIGINT NOT NULL", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t MODIFY n INT UNSIGNED NOT NULL", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t MODIFY n INT", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE t MODIFY n INT NOT NULL DEFAULT 5", "INSTANT"},
		{"8.0", "ALTER TABLE t MODIFY n INT NOT NULL AFTER id", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE t MODIFY a VARCHAR(60)", "INPLACE"},
		{"8.0", "ALTER TABLE t MODIFY a VARCHAR(63)", "INPLACE"},
		{"8.0", "ALTER TABLE t MODIFY a VARCHAR(64)", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t MODIFY s VARCHAR(400)", "INPLACE"},
		{"8.0", "ALTER TABLE t MODIFY a VARCHAR(40)", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t MODIFY a VARCHAR(50) CHARACTER SET latin1", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t MODIFY e ENUM('x','y','z')", "INSTANT"},
		{"5.7", "ALTER TABLE t MODIFY e ENUM('x','y','z')", "INPLACE"},
		{"8.0", "ALTER TABLE t MODIFY e ENUM('x','z','y')", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t MODIFY b MEDIUMTEXT", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t MODIFY b TEXT", "INSTANT"},
		{"8.0", "ALTER TABLE unknown MODIFY b TEXT", "COPY rebuilds blocks"},
		{"8.0", "CREATE INDEX j ON t (n)", "INPLACE reads"},
		{"8.0", "ALTER TABLE t ADD UNIQUE KEY j (n)", "INPLACE reads"},
		{"8.0", "CREATE FULLTEXT INDEX j ON t (b)", "INPLACE rebuilds blocks"},
		{"8.0", "CREATE FULLTEXT INDEX j ON ft (a)", "INPLACE reads blocks"},
		{"8.0", "DROP INDEX i ON t", "INPLACE"},
		{"8.0", "ALTER TABLE t RENAME INDEX i TO j", "INPLACE"},
		{"8.0", "ALTER TABLE t ALTER INDEX i INVISIBLE", "INPLACE"},
		{"8.0", "ALTER TABLE t DROP PRIMARY KEY", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (n)", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES ft (id)", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t DEFAULT CHARACTER SET utf8mb4", "INPLACE"},
		{"8.0", "ALTER TABLE t ENGINE=InnoDB", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE ft FORCE", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE my ADD COLUMN a INT", "COPY rebuilds blocks"},
		{"8.0", "RENAME TABLE t TO t2", "INSTANT"},
		{"8.0", "ALTER TABLE t ADD COLUMN c INT, ALGORITHM=INPLACE", "INPLACE rebuilds"},
		{"8.0", "ALTER TABLE t ADD COLUMN c INT, ALGORITHM=COPY", "COPY rebuilds blocks"},
		{"8.0", "ALTER TABLE t ADD COLUMN c INT, ALGORITHM=INSTANT", "INSTANT"},
		{"8.0", "ALTER TABLE t ADD COLUMN c INT, ALGORITHM=INSTANT, LOCK=NONE", "INSTANT refused"},
		{"5.7", "ALTER TABLE t ADD COLUMN c INT, ALGORITHM=INSTANT", "INPLACE rebuilds refused"},
		{"8.0", "ALTER TABLE t MODIFY n BIGINT NOT NULL, ALGORITHM=INPLACE", "COPY rebuilds blocks refused"},
		{"8.0", "CREATE INDEX j ON t (n) LOCK=SHARED", "INPLACE reads blocks"},
		{"8.0", "CREATE FULLTEXT INDEX j ON ft (a) LOCK=NONE", "INPLACE reads blocks refused"},
		{"8.0", "ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4", "COPY rebuilds blocks"},
	} {
		e := run(t, MySQL, c.version, shop, c.text)
		got := []string{e.Algorithm.String()}
		for _, w := range []struct {
			is   bool
			word string
		}{{e.Rebuilds, "rebuilds"}, {e.Reads && !e.Rebuilds, "reads"}, {!e.DML, "blocks"}, {e.Refused != "", "refused"}} {
			if w.is {
				got = append(got, w.word)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s %s: %s, not %s (%s)", c.version, c.text, s, c.want, e.Refused)
		}
	}
}

// TestEnumSizes has the member that needs a second byte.
func TestEnumSizes(t *testing.T) {
	members := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("'m%d'", i)
		}
		return strings.Join(list, ",")
	}
	for _, c := range []struct {
		kind     string
		from, to int
		want     Algorithm
	}{
		{"ENUM", 254, 255, Instant}, {"ENUM", 255, 256, Copy}, {"ENUM", 256, 300, Instant},
		{"SET", 7, 8, Instant}, {"SET", 8, 9, Copy}, {"SET", 33, 64, Instant},
	} {
		e := run(t, MySQL, "8.0", "CREATE TABLE t (a "+c.kind+"("+members(c.from)+"))", "ALTER TABLE t MODIFY a "+c.kind+"("+members(c.to)+")")
		if e.Algorithm != c.want {
			t.Errorf("%s of %d to %d members: %s, not %s", c.kind, c.from, c.to, e.Algorithm, c.want)
		}
	}
}

const library = "CREATE TABLE p(id INTEGER PRIMARY KEY, a int, b int unique, c int check(c>0), d int, e int, f int, g int as (f + 1), h int, k int, CONSTRAINT x CHECK (h > 0), CONSTRAINT y UNIQUE (k));" +
	"CREATE INDEX i ON p(a); CREATE INDEX j ON p(e) WHERE d > 0; CREATE TABLE one (a int); CREATE TABLE c (a int, p int REFERENCES p, q int, FOREIGN KEY (q) REFERENCES p);" +
	"CREATE TABLE w (v int, n int, o int, s int); CREATE VIEW vw AS SELECT v FROM w; CREATE TRIGGER t AFTER INSERT ON w BEGIN INSERT INTO one VALUES (new.n); END; CREATE TRIGGER u AFTER INSERT ON one BEGIN UPDATE w SET s = 1; END;"

// TestLimits has what SQLite 3.40 answered to the statements.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ version, text, refused string }{
		{"3.40", "ALTER TABLE p ADD x int", ""},
		{"3.40", "ALTER TABLE p ADD x int PRIMARY KEY", "PRIMARY KEY"},
		{"3.40", "ALTER TABLE p ADD x int UNIQUE", "UNIQUE"},
		{"3.40", "ALTER TABLE p ADD x int NOT NULL", "NOT NULL"},
		{"3.40", "ALTER TABLE p ADD x int NOT NULL DEFAULT 0", ""},
		{"3.40", "ALTER TABLE p ADD x int NOT NULL DEFAULT (-1)", ""},
		{"3.40", "ALTER TABLE p ADD x text DEFAULT CURRENT_TIMESTAMP", "constant"},
		{"3.40", "ALTER TABLE p ADD x text DEFAULT (1 + 1)", "constant"},
		{"3.40", "ALTER TABLE p ADD x int REFERENCES one", ""},
		{"3.40", "ALTER TABLE p ADD x int DEFAULT 1 REFERENCES one", "REFERENCES"},
		{"3.40", "ALTER TABLE p ADD x int AS (f + 1) STORED", "STORED"},
		{"3.40", "ALTER TABLE p ADD x int NOT NULL AS (f + 1)", ""},
		{"3.40", "ALTER TABLE p DROP COLUMN a", "index i"},
		{"3.40", "ALTER TABLE p DROP COLUMN b", "UNIQUE"},
		{"3.40", "ALTER TABLE p DROP COLUMN c", ""},
		{"3.40", "ALTER TABLE p DROP COLUMN d", "index j"},
		{"3.40", "ALTER TABLE p DROP COLUMN f", "generated column g"},
		{"3.40", "ALTER TABLE p DROP COLUMN h", "CHECK"},
		{"3.40", "ALTER TABLE p DROP COLUMN k", "UNIQUE"},
		{"3.40", "ALTER TABLE p DROP COLUMN id", "PRIMARY KEY"},
		{"3.40", "ALTER TABLE one DROP COLUMN a", "only column"},
		{"3.40", "ALTER TABLE c DROP COLUMN p", ""},
		{"3.40", "ALTER TABLE c DROP COLUMN q", "FOREIGN KEY"},
		{"3.40", "ALTER TABLE w DROP COLUMN v", "view vw"},
		{"3.40", "ALTER TABLE w DROP COLUMN n", "trigger t"},
		{"3.40", "ALTER TABLE w DROP COLUMN o", ""},
		{"3.40", "ALTER TABLE w DROP COLUMN s", ""},
		{"3.34", "ALTER TABLE w DROP COLUMN o", "3.35"},
		{"3.24", "ALTER TABLE w RENAME COLUMN o TO oo", "3.25"},
		{"", "ALTER TABLE w RENAME COLUMN o TO oo", ""},
		{"", "ALTER TABLE w ALTER COLUMN o TYPE text", "ALTER COLUMN"},
		{"", "ALTER TABLE w ALTER COLUMN o SET NOT NULL", "3.53"},
		{"", "ALTER TABLE w MODIFY o text", "MODIFY"},
		{"", "ALTER TABLE w ADD CONSTRAINT k FOREIGN KEY (o) REFERENCES p (id)", "ADD CONSTRAINT"},
		{"", "ALTER TABLE [w] ADD UNIQUE (o)", "ADD UNIQUE"},
		{"", "ALTER TABLE main.w ADD x int, ADD y int", "one command"},
		{"", "ALTER TABLE w ADD COLUMN IF NOT EXISTS x int", "IF NOT EXISTS"},
	} {
		e := run(t, SQLite, c.version, library, c.text)
		if (c.refused == "") != (e.Refused == "") || !strings.Contains(e.Refused, c.refused) {
			t.Errorf("%s %s: %q, not %q", c.version, c.text, e.Refused, c.refused)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		engine Engine
		text   string
		want   []string
	}{
		{MySQL, "# one\nSELECT 1; -- two\nSELECT 'a;\\';b'; /* x; */ SELECT `a;b`", []string{"SELECT 1", `SELECT 'a;\';b'`, "SELECT `a;b`"}},
		{MySQL, "SELECT 1--1; SELECT 2", []string{"SELECT 1--1", "SELECT 2"}},
		{MySQL, "/*!40101 SET NAMES utf8 */; SELECT 1", []string{"/*!40101 SET NAMES utf8 */", "SELECT 1"}},
		{MySQL, "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\ndelimiter ;\nSELECT 2;", []string{"CREATE PROCEDURE p() BEGIN SELECT 1; END", "SELECT 2"}},
		{MySQL, "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN IF NEW.a IS NULL THEN SET NEW.a = IF(1, 2, 3); END IF; CASE NEW.b WHEN 1 THEN SET NEW.c = 1; END CASE; END; SELECT 2", []string{
			"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN IF NEW.a IS NULL THEN SET NEW.a = IF(1, 2, 3); END IF; CASE NEW.b WHEN 1 THEN SET NEW.c = 1; END CASE; END", "SELECT 2"}},
		{MySQL, "CREATE TABLE event (`end` int, begin_at int); SELECT 1", []string{"CREATE TABLE event (`end` int, begin_at int)", "SELECT 1"}},
		{SQLite, "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END; SELECT [a;b]", []string{
			"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END", "SELECT [a;b]"}},
		{SQLite, "BEGIN; SELECT 'it''s; \\'; COMMIT", []string{"BEGIN", `SELECT 'it''s; \'`, "COMMIT"}},
		{SQLite, "SELECT 'open", []string{"SELECT 'open"}},
		{MySQL, "  ;; ", nil},
	} {
		var got []string
		for _, p := range Split(c.engine, c.text) {
			got = append(got, c.text[p.Start:p.End])
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: %q, not %q", c.text, got, c.want)
		}
	}
}

// TestNotRead has what no parser reads: an error, and no panic.
func TestNotRead(t *testing.T) {
	for _, e := range []Engine{MySQL, SQLite} {
		for _, text := range []string{"", "nonsense", "CREATE TABLE (", "ALTER TABLE", "\x00\xff", strings.Repeat("(", 100_000), "SELECT " + strings.Repeat("NOT ", 60_000), "SELECT " + strings.Repeat("-", longest-8) + "x("} {
			if _, err := Parse(e, text); err == nil && text != "" {
				t.Errorf("%s: %.20q is read", e, text)
			}
		}
	}
}

func TestCopies(t *testing.T) {
	const before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE INDEX t_a ON t (a); CREATE INDEX t_b ON t (b); CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM u; END; CREATE TABLE u (x int);"
	for _, c := range []struct{ name, text, want string }{
		{"right", "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE INDEX t_a ON t (a); CREATE INDEX t_b ON t (b); CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM u; END;", "t"},
		{"forgotten", "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL); INSERT INTO n (id, a) SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;", "t, index t_a, trigger tr, dropped b, unfilled a false"},
		{"column not copied", "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT NOT NULL); INSERT INTO n (id, a) SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE INDEX x ON t (a); CREATE INDEX y ON t(b); CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM u; END;", "t, not copied b, unfilled c true"},
		{"other order", "CREATE TABLE n (id INTEGER PRIMARY KEY, b TEXT, a TEXT); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE INDEX x ON t (a); CREATE INDEX y ON t(b); CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM u; END;", "t, misplaced"},
		{"renamed first", "ALTER TABLE t RENAME TO o; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO t SELECT * FROM o; DROP TABLE o;", "t first, index t_a, index t_b, trigger tr"},
		{"created again", "CREATE TEMP TABLE k AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO t SELECT * FROM k; CREATE INDEX t_a ON t (a); CREATE INDEX t_b ON t (b);", "t, trigger tr"},
		{"plain drop", "DROP TABLE t; CREATE TABLE z (a int);", ""},
	} {
		s := NewSchema(SQLite, Version{})
		var list []*Effect
		for i, part := range []string{before, c.text} {
			for _, p := range Split(SQLite, part) {
				st, err := Parse(SQLite, part[p.Start:p.End])
				if err != nil {
					t.Fatal(c.name, err)
				}
				s.Now = i
				if e := s.Run(st, 1); i == 1 {
					list = append(list, e)
				}
			}
		}
		var got []string
		for _, k := range Copies(list) {
			name := k.Table
			if k.RenamedFirst {
				name += " first"
			}
			got = append(got, name)
			got = append(got, k.Forgotten(list)...)
			for _, n := range k.NotCopied() {
				got = append(got, "not copied "+n)
			}
			for _, n := range k.Dropped() {
				got = append(got, "dropped "+n)
			}
			if names, certain := k.Unfilled(); len(names) > 0 {
				got = append(got, fmt.Sprint("unfilled ", strings.Join(names, " "), " ", certain))
			}
			if k.Misplaced() != "" {
				got = append(got, "misplaced")
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %q, not %q", c.name, s, c.want)
		}
	}
}

func TestStandard(t *testing.T) {
	for text, want := range map[string]string{
		`INSERT INTO x VALUES ("a'b", 'c\'d', 1)`: `INSERT INTO x VALUES ('ab', 'cd', 1)`,
		"UPDATE `a\"b` SET x = \"y\" # \"z":       "UPDATE `a\"b` SET x = 'y'  ",
	} {
		if got := Standard(MySQL, text); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

// TestRoutine reads what creates a routine whose body the parser does not know.
func TestRoutine(t *testing.T) {
	st, err := Parse(MySQL, "CREATE PROCEDURE IF NOT EXISTS p() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; ALTER TABLE t ADD COLUMN a INT; END")
	if err != nil || st.Kind != OtherDDL {
		t.Error(st, err)
	}
}
