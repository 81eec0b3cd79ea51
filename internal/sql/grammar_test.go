package sql

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// sameByBoth fails if a text is read otherwise by the grammars of this build than
// by 17's alone, which is what the build without cgo has.
func sameByBoth(t *testing.T, text string) {
	t.Helper()
	here, err := parseQueryBy(grammars, text)
	pure, pureErr := parseQueryBy([]grammar{parse17}, text)
	if !reflect.DeepEqual(here, pure) || fmt.Sprint(err) != fmt.Sprint(pureErr) {
		t.Errorf("%s: read as\n%+v, %v\nhere, and by 17's grammar alone as\n%+v, %v", text, here, err, pure, pureErr)
	}
}

// Both builds read what PostgreSQL 16 and 17 accept, and say of 18's syntax that it
// is 18's.
func TestGrammars(t *testing.T) {
	const syntax = "syntax error (grammar of PostgreSQL 17)"
	needs18 := func(what string) string { return what + " needs PostgreSQL 18, and SQL is read up to PostgreSQL 17" }
	for text, want := range map[string]string{
		// 16
		"SELECT a FROM t WHERE d IS JSON":    "SELECT t",
		"SELECT json_object('a': a, 'b': b)": "SELECT",
		"SELECT any_value(a) FROM t":         "SELECT t",
		"SELECT 1 FROM (SELECT 2)":           "SELECT",
		"SELECT source, target, path, plan, string, empty, error, nested, keep, json FROM t AS omit": "SELECT t",
		// 17
		"MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING merge_action(), t.*":              "MERGE t, s",
		"MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE":                              "MERGE t, s without WHEN NOT MATCHED BY SOURCE",
		"MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (1)":                   "MERGE t, s",
		"WITH m AS (MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING t.id) SELECT 1 FROM m": "SELECT",
		"SELECT j.id FROM t, JSON_TABLE(t.doc, '$[*]' COLUMNS (id int PATH '$.id')) AS j":                         "SELECT t without a table function in FROM",
		"SELECT a FROM t WHERE json_value(doc, '$.a') = 'x'":                                                      "SELECT t",
		"SELECT a FROM t WHERE json_value(doc, '$.a' RETURNING int) = 1":                                          "SELECT t",
		"SELECT a FROM t WHERE json_exists(doc, '$.a ? (@ > $x)' PASSING b AS x)":                                 "SELECT t",
		"SELECT json_query(doc, '$.a' WITH WRAPPER) FROM t":                                                       "SELECT t",
		"SELECT json_scalar(a), json(b), json_serialize(c), json_query(d, '$.a') FROM t":                          "SELECT t",
		"SELECT json(doc WITH UNIQUE KEYS), json_serialize(doc RETURNING bytea) FROM t":                           "SELECT t",
		"SELECT a AT LOCAL FROM t":                                                          "SELECT t",
		"ALTER TABLE t ALTER COLUMN a SET EXPRESSION AS (b + 1)":                            "other",
		"ALTER TABLE t ALTER COLUMN a SET STATISTICS DEFAULT":                               "other",
		"ALTER TABLE t SET ACCESS METHOD DEFAULT":                                           "other",
		"ALTER DOMAIN d ADD CONSTRAINT c NOT NULL":                                          "other",
		"ALTER OPERATOR === (bool, bool) SET (merges, hashes)":                              "other",
		"ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s UNLOGGED)": "other",
		"COPY t FROM STDIN CSV FORCE NOT NULL *":                                            "other",
		"COPY t FROM STDIN CSV FORCE NULL *":                                                "other",
		"COPY t FROM STDIN (ON_ERROR default)":                                              "other",
		"CLUSTER (VERBOSE)":                                                                 "other",
		"EXPLAIN (ANALYZE, SERIALIZE, MEMORY) SELECT 1":                                     "SELECT",
		// 18
		"UPDATE t SET a = 1 RETURNING old.a, new.a":                                                  "UPDATE t",
		"UPDATE t SET a = 1 RETURNING WITH (OLD AS o) o.a":                                           needs18("RETURNING WITH (OLD AS ..., NEW AS ...)"),
		"MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING WITH (OLD AS o) o.a": needs18("RETURNING WITH (OLD AS ..., NEW AS ...)"),
		"CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL)":                          needs18("a virtual generated column"),
		"CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2), c int)":                           needs18("a generated column without STORED"),
		"CREATE TABLE t (a int, v daterange, PRIMARY KEY (a, v WITHOUT OVERLAPS))":                   needs18("WITHOUT OVERLAPS"),
		"ALTER TABLE t ADD FOREIGN KEY (a, PERIOD v) REFERENCES p (a, PERIOD v)":                     needs18("a foreign key with PERIOD"),
		"ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED":                                  needs18("NOT ENFORCED"),
		"ALTER TABLE t ALTER CONSTRAINT c NOT ENFORCED":                                              needs18("NOT ENFORCED"),
		"ALTER TABLE t ALTER CONSTRAINT c NO INHERIT":                                                needs18("ALTER CONSTRAINT ... INHERIT"),
		"ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID":                                        needs18("NOT NULL as a table constraint"),
		"CREATE TABLE t (a int, NOT NULL a)":                                                         needs18("NOT NULL as a table constraint"),
		"VACUUM (ANALYZE) ONLY t":                                                                    needs18("VACUUM or ANALYZE with ONLY"),
		"ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO r":                                needs18("ON LARGE OBJECTS"),
		// none
		"SELECT 'ä', a FROM t WHERE a = = 1":               syntax,
		"SELECT a FROM t WHERE virtual = = 1":              syntax,
		"MERGE INTO t USING s ON t.id = s.id WHEN a = = 1": syntax,
		"CREATE TABLE t (a int NOT NULL, b int int)":       syntax,
		"SELECT a FROM t WHERE b LIKE 'x":                  "unterminated quoted string (grammar of PostgreSQL 17)",
		"<insufficient privilege>":                         syntax,
		"":                                                 "no statement",
	} {
		q, err := Parse(text)
		if got := summary(q, err); got != want {
			t.Errorf("%s\n%s, want %s", text, got, want)
		}
		sameByBoth(t, text)
	}
}

// The second grammar is asked only about text that can need it: starting its
// engine takes a second.
func TestSecondGrammar(t *testing.T) {
	for text, want := range map[string]bool{
		"<insufficient privilege>":                                false,
		"SELECT a FROM t WHERE doc::json = ":                      false,
		"SELECT a, local, source FROM t WHERE b = = 1":            false,
		"merge into t using s on t.id = s.id when not matched by": true,
		"SELECT json_value(doc, '$.a' RETURNING int) FROM t":      true,
	} {
		asked := false
		refuse := func(string) (string, *refusal) { return "", &refusal{msg: "syntax error"} }
		second := func(string) (string, *refusal) { asked = true; return refuse("") }
		if _, err := parseBy([]grammar{refuse, second}, text); err == nil || asked != want {
			t.Errorf("%s: asked %v, want %v, %v", text, asked, want, err)
		}
	}
}

// summary returns what a test compares of a statement, or the error.
func summary(q *Query, err error) string {
	if err != nil {
		return err.Error()
	}
	s := [...]string{"other", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"}[q.Kind]
	var names []string
	for _, t := range q.Tables {
		names = append(names, t.Name)
	}
	if s += " " + strings.Join(names, ", "); q.Unsupported != "" {
		s += " without " + q.Unsupported
	}
	return strings.TrimSpace(s)
}
