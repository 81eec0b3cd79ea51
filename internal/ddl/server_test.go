package ddl

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/pgtest"
)

var update = flag.Bool("update", false, "record what the server of PG_BIN does for the statements")

// measured is what a server did for a statement, in a transaction that was rolled
// back.
type measured struct {
	Error    string         `json:"error,omitempty"`
	Locks    map[string]int `json:"locks,omitempty"` // relations by the number of the mode
	Scanned  bool           `json:"scanned,omitempty"`
	Rewrites bool           `json:"rewrites,omitempty"`
}

const recorded = "testdata/measured.json"

// rows fill the tables, so that a scan is seen.
const rows = `
INSERT INTO clients (email, name, note, age, status) SELECT 'e' || i, 'n', 'x', i, 'new' FROM generate_series(1, 500) i;
INSERT INTO orders (id, client_id, amount, status, qty, placed, code) SELECT i, i, 1, 's' || i, 5, now(), 'c' FROM generate_series(1, 500) i;
INSERT INTO items SELECT i, 1, 'x', 1 FROM generate_series(1, 500) i;
INSERT INTO jobs (id, title, owner, state, weight) SELECT i, 't', i, 's', 1 FROM generate_series(1, 500) i;
INSERT INTO visits SELECT i, '2024-05-01', 'b' FROM generate_series(1, 300) i;
INSERT INTO visits SELECT i, '2025-05-01', 'b' FROM generate_series(1, 300) i;
INSERT INTO gauges SELECT i, 1, 'v' FROM generate_series(1, 300) i;
INSERT INTO gauges SELECT i, 7, 'v' FROM generate_series(1, 300) i;
INSERT INTO base_log SELECT i, 'm' FROM generate_series(1, 300) i;
INSERT INTO more_log SELECT i, 'm' FROM generate_series(1, 300) i;
INSERT INTO spots SELECT i, 'y' FROM generate_series(1, 300) i;
INSERT INTO depots SELECT i, 'n' FROM generate_series(1, 300) i;
INSERT INTO stock SELECT i, 1, i, 'l' FROM generate_series(1, 300) i;
INSERT INTO stock SELECT i, 2, i, 'l' FROM generate_series(1, 300) i;
INSERT INTO stock_3 SELECT i, 3, i, 'l' FROM generate_series(1, 300) i;
INSERT INTO uses SELECT i, 1 FROM generate_series(1, 300) i;
INSERT INTO goods SELECT i, 't' FROM generate_series(1, 300) i;
INSERT INTO toys SELECT i, 't', 1 FROM generate_series(1, 300) i;
INSERT INTO dolls SELECT i, 't', 1 FROM generate_series(1, 300) i;
INSERT INTO sums (a, c, up) SELECT i, i, i FROM generate_series(1, 300) i;
REFRESH MATERIALIZED VIEW totals; ANALYZE;`

func statementsOf(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/statements.sql")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func schemaOf(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMeasured compares Run with what servers did.
func TestMeasured(t *testing.T) {
	text, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]measured // by version and statement
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("nothing is recorded")
	}
	for version, of := range all {
		compare(t, version, of)
	}
}

// notCompared are statements of which the server's answer depends on more than the
// schema, with the reason.
var notCompared = map[string]string{
	"ALTER TABLE jobs ADD COLUMN c int NOT NULL;":                 "fails on rows, which the schema does not show",
	"UPDATE clients SET email = email || 'x' WHERE note = 'x';":   "the planner reads all of a column of few values",
	"UPDATE orders SET id = id WHERE id = 3;":                     "the value is assigned to itself",
	"INSERT INTO gauges SELECT * FROM gauges_2;":                  "the rows tell which partitions they go to",
	"ALTER INDEX clients_note ALTER COLUMN 1 SET STATISTICS 100;": "only expressions have statistics",
	"CLUSTER clients;": "which index a table was clustered on is not kept",
	"CREATE UNIQUE INDEX zz ON jobs (owner); ALTER TABLE jobs ADD CONSTRAINT zz UNIQUE USING INDEX zz;": "the index is built by the statement before",
	"ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz;":                                          "the server's TimeZone is UTC, which the file does not say",
	"ANALYZE visits;":          "a sample is read",
	"ANALYZE orders (status);": "a sample is read",
}

func compare(t *testing.T, version string, of map[string]measured) {
	major, err := strconv.Atoi(version)
	if err != nil {
		t.Fatal(err)
	}
	differ := map[string]bool{}
	for _, text := range statementsOf(t) {
		want, known := of[text]
		if !known {
			t.Errorf("%s on %s is not recorded", text, version)
		}
		c := catalog.New()
		playAll(t, c, schemaOf(t), major)
		c.Complete, c.Now = true, 1
		e := playAll(t, c, text, major)
		got := difference(e, want, text)
		if notCompared[text] != "" {
			differ[text] = got != ""
		} else if got != "" {
			t.Errorf("%s on %s: %s", text, version, got)
		}
	}
	for text := range notCompared {
		if !differ[text] {
			t.Errorf("%s on %s: nothing differs, so it need not be left out", text, version)
		}
	}
}

// difference says what an effect and a server's answer differ in; empty if nothing.
func difference(e *Effect, want measured, text string) string {
	switch {
	case strings.Contains(want.Error, "transaction block"), strings.Contains(want.Error, "cannot run inside"):
		if !e.NoBlock {
			return "accepted in a transaction block"
		}
		return ""
	case want.Error != "":
		if e.Refused == "" {
			return "not refused: " + want.Error
		}
		return ""
	case e.Refused != "":
		return "refused: " + e.Refused
	}
	var list []string
	got := map[string]Mode{}
	for _, l := range e.Locks {
		named := strings.Contains(text, l.Relation.Name.Name)
		if !l.New && (named || l.Relation.Kind != catalog.IndexKind && l.Relation.Kind != catalog.Sequence) {
			got[l.Relation.Name.Name] = l.Mode
		}
	}
	for name, mode := range want.Locks {
		if Mode(mode) > AccessShare && got[name] != Mode(mode) {
			list = append(list, fmt.Sprintf("%s: %s, the server took %s", name, got[name], Mode(mode)))
		}
	}
	for name, mode := range got {
		if _, there := want.Locks[name]; mode > AccessShare && !there {
			list = append(list, fmt.Sprintf("%s: %s, the server took none", name, mode))
		}
	}
	truncates := strings.HasPrefix(text, "TRUNCATE") // new files, and foreign keys are checked
	if !truncates && want.Rewrites != (len(e.Rewrites) > 0) {
		list = append(list, fmt.Sprintf("rewrites %v", len(e.Rewrites) > 0))
	}
	if !truncates && want.Scanned != (len(e.Reads) > 0) {
		list = append(list, fmt.Sprintf("reads %v", len(e.Reads) > 0))
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// TestServer measures the statements on a server, compares, and records with -update.
func TestServer(t *testing.T) {
	s := pgtest.Start(t)
	version := strings.TrimSpace(s.PSQL("SELECT current_setting('server_version_num')::int / 10000"))
	s.PSQL(schemaOf(t) + rows)
	of := map[string]measured{}
	names := map[string]string{} // by OID
	kinds := map[string]string{}
	files := map[string]string{}
	for line := range strings.Lines(s.PSQL("SELECT oid, relname, relkind, coalesce(pg_relation_filenode(oid), 0) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'c'")) {
		f := strings.Split(strings.TrimSpace(line), "|")
		names[f[0]], kinds[f[0]], files[f[0]] = f[1], f[2], f[3]
	}
	list := statementsOf(t)
	cmd := s.Client("psql", "postgres", "-XqAt") // one for all, which connects again for each: the counters are those of the session
	cmd.Stdin = strings.NewReader(script(list))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var text string
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		m := of[text]
		switch {
		case f[0] == "statement":
			at, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			text, m = list[at], measured{Locks: map[string]int{}}
		case f[0] == "error" && m.Error == "":
			m = measured{Error: strings.Join(f[1:], "|")}
		case m.Error != "", len(f) < 2, names[f[1]] == "":
		case f[0] == "lock":
			name := names[f[1]]
			if kind := kinds[f[1]]; !strings.ContainsAny(kind, "iIS") || strings.Contains(text, name) { // indexes and sequences are told where they are named
				m.Locks[name] = max(m.Locks[name], modeNumbers[f[2]])
			}
		case f[0] == "scan":
			m.Scanned = true
		case f[0] == "file":
			m.Rewrites = m.Rewrites || files[f[1]] != f[2]
		}
		of[text] = m
	}
	delete(of, "")
	if *update {
		all := map[string]map[string]measured{}
		if text, err := os.ReadFile(recorded); err == nil {
			if err := json.Unmarshal(text, &all); err != nil {
				t.Fatal(err)
			}
		}
		all[version] = of
		text, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(recorded, append(text, '\n'), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, version, of)
}

// script runs each statement in a transaction that is rolled back, and prints what it did.
func script(list []string) string {
	var b strings.Builder
	for i, text := range list {
		fmt.Fprintf(&b, "\\echo statement|%d\n\\c\nBEGIN;\n", i)
		for _, p := range lex.Split(text) {
			fmt.Fprintf(&b, "%s;\n\\if :ERROR\n\\echo error|:LAST_ERROR_MESSAGE\n\\endif\n", strings.TrimRight(p.Text, "; "))
		}
		b.WriteString(`SELECT 'lock', relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted;
SELECT 'scan', relid FROM pg_stat_xact_user_tables WHERE seq_scan > 0;
SELECT 'file', oid, coalesce(pg_relation_filenode(oid), 0) FROM pg_class WHERE relkind IN ('r', 'm');
ROLLBACK;
`)
	}
	return b.String()
}

var modeNumbers = map[string]int{
	"AccessShareLock": 1, "RowShareLock": 2, "RowExclusiveLock": 3, "ShareUpdateExclusiveLock": 4, "ShareLock": 5, "ShareRowExclusiveLock": 6, "ExclusiveLock": 7, "AccessExclusiveLock": 8,
}
