package sql

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// sameJSON compares a value with what gjson reads.
func sameJSON(t *testing.T, got Result, want gjson.Result) {
	t.Helper()
	if got.Raw() != want.Raw || want.Type == gjson.String && got.String() != want.String() || got.IsObject() != want.IsObject() || got.IsArray() != want.IsArray() {
		t.Fatalf("%q as %q, want %q", got.Raw(), got.String(), want.String())
	}
	var names []string
	var values []Result
	got.ForEach(func(name string, v Result) bool {
		names, values = append(names, name), append(values, v)
		return true
	})
	at := 0
	if want.IsObject() || want.IsArray() {
		want.ForEach(func(k, v gjson.Result) bool {
			if at >= len(values) || want.IsObject() && k.Raw != `"`+names[at]+`"` {
				t.Fatalf("field %d of %s: %q", at, want.Raw, names)
			}
			sameJSON(t, values[at], v)
			at++
			return true
		})
	}
	if at != len(values) || at != got.len() {
		t.Fatalf("%d values in %s, want %d", len(values), want.Raw, at)
	}
}

func TestResultOfTrees(t *testing.T) {
	for _, text := range []string{
		"SELECT a, 'x\n\"y\\' FROM \"T\" t WHERE b IN (1, -2, 3.5) AND EXISTS (SELECT FROM u WHERE u.a = t.a) ORDER BY 1",
		"UPDATE t SET a = a + 1, b = NULL WHERE c = ANY ($1) RETURNING *", "CREATE TABLE t (a int PRIMARY KEY DEFAULT 1, b text[])",
		"SELECT 'ä€😀', E'\\u0001'", "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
	} {
		tree, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, ParseResult(tree), gjson.Parse(tree))
		n := ParseResult(tree).Get("stmts.0.stmt")
		if got, want := n.Raw(), gjson.Get(tree, "stmts.0.stmt").Raw; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Text that is no JSON is a value that is not there.
func TestResultOfOther(t *testing.T) {
	for _, text := range []string{"", " ", "{", `{"a`, `{"a":`, `{"a":1`, `{"a" 1}`, `["`, `[1,`, `"\`, `{"a":"\`, "[}", "{1:2}"} {
		if r := ParseResult(text); r.Exists() || r.Get("a").Exists() || r.Raw() != "" || r.len() != 0 {
			t.Errorf("%q: %q", text, r.Raw())
		}
	}
}

func FuzzResult(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1,"x\n",true,null,{}]},"c":-1.5e3}`, `[]`, `"\""`, ` { "a" : [ ] } `} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := ParseResult(text)
		r.ForEach(func(name string, v Result) bool {
			_, _, _, _, _ = r.Get(name), v.String(), v.Int(), v.Array(), v.holds("a")
			return true
		})
		if gjson.Valid(text) && !strings.Contains(text, `\`) {
			sameJSON(t, r, gjson.Parse(strings.Trim(text, " \t\r\n")))
		}
	})
}
