package lex

import "testing"

func TestNormalize(t *testing.T) {
	same := [][]string{
		{"SELECT * FROM t WHERE id = 5", "select  *\nfrom T where id = $1 -- a comment", "SELECT * FROM t WHERE id = 'x';"},
		{"SELECT 1 FROM t WHERE id IN (1, 2, 3)", "SELECT $1 FROM t WHERE id IN ($2)", "SELECT $1 FROM t WHERE id IN ($2, $3 /* , ... */)"},
		{"SELECT 1 FROM t WHERE a = -5", "SELECT $1 FROM t WHERE a = $2"},
		{"SELECT 1 FROM t WHERE a > -5 AND b BETWEEN -1 AND +2", "SELECT $1 FROM t WHERE a > $2 AND b BETWEEN $3 AND $4"},
		{"SELECT 1 FROM t WHERE on_ = true AND b != 3", "SELECT $1 FROM t WHERE on_ = $2 AND b <> $3"},
		{`SELECT "id" FROM "t" WHERE t."id" = 5`, "select id from t where t.id = $1"},
		{"UPDATE t SET a = NULL", "UPDATE t SET a = $1"},
	}
	for _, texts := range same {
		for _, text := range texts[1:] {
			if a, b := Normalize(texts[0]), Normalize(text); a != b {
				t.Errorf("%q and %q differ:\n%s\n%s", texts[0], text, a, b)
			}
		}
	}
	for _, texts := range [][2]string{
		{`SELECT "A" FROM t`, "SELECT a FROM t"},
		{"SELECT a - 5 FROM t", "SELECT a 5 FROM t"},
		{"SELECT 1 FROM t WHERE x = -a", "SELECT 1 FROM t WHERE x = a"},
		{"SELECT 1 FROM t WHERE a IS TRUE", "SELECT 1 FROM t WHERE a IS FALSE"},
		{"SELECT 1 FROM t WHERE a IS NOT NULL", "SELECT 1 FROM t WHERE a IS NOT TRUE"},
	} {
		if Normalize(texts[0]) == Normalize(texts[1]) {
			t.Errorf("%q and %q are not one statement", texts[0], texts[1])
		}
	}
}
