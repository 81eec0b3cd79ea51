package lex

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	tests := []struct {
		text string
		want string // kind letter and text, separated by |
	}{
		{"SELECT a.b", "w:SELECT|w:a|s:.|w:b"},
		{`"Odd ""name"""`, `q:"Odd ""name"""`},
		{"'it''s'", "l:'it''s'"},
		{`E'a\'b' 'c'`, `l:E'a\'b'|l:'c'`},
		{`'a\' b`, `l:'a\'|w:b`}, // standard_conforming_strings: a backslash is one
		{"$$a;b$$ $x$ $$ $x$", "l:$$a;b$$|l:$x$ $$ $x$"},
		{"$1 + $22", "p:$1|o:+|p:$22"},
		{"1.5e-3 .5 0x1F 1_000", "n:1.5e-3|n:.5|n:0x1F|n:1_000"},
		{"a<=b::int", "w:a|o:<=|w:b|o:::|w:int"},
		{"a -- b\nc", "w:a|c:-- b|w:c"},
		{"a /* x /* y */ z */ b", "w:a|c:/* x /* y */ z */|w:b"},
		{"a>--b", "w:a|o:>|c:--b"},
		{`\d t`, `b:\|w:d|w:t`},
		{"'open", "l:'open"},
		{"naïve", "w:naïve"},
	}
	letters := map[Kind]string{Word: "w", Quoted: "q", String: "l", Number: "n", Param: "p", Operator: "o", Symbol: "s", Comment: "c", Backslash: "b"}
	for _, test := range tests {
		var got []string
		for tok := range Tokens(test.text) {
			got = append(got, letters[tok.Kind]+":"+tok.Text)
			if test.text[tok.Start:tok.End] != tok.Text {
				t.Errorf("%q: %q is not at %d", test.text, tok.Text, tok.Start)
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "|")); diff != "" {
			t.Errorf("%q:\n%s", test.text, diff)
		}
	}
}

func TestScanner(t *testing.T) {
	s := Scan(`CREATE /* why */ unique Index "My Idx" ON App.Orders ((lower(a)), b) rest, of it`)
	if !s.Words("create", "unique") || s.Words("index", "on") || !s.Words("index") {
		t.Fatal("words")
	}
	if name, ok := s.Name(); !ok || name != "My Idx" {
		t.Errorf("name %q", name)
	}
	s.Words("on")
	if schema, name, ok := s.Qualified(); !ok || schema != "app" || name != "orders" {
		t.Errorf("qualified %q %q", schema, name)
	}
	inside, ok := s.Brackets()
	if !ok || inside != "(lower(a)), b" {
		t.Errorf("brackets %q", inside)
	}
	if diff := cmp.Diff([]string{"(lower(a))", "b"}, List(inside)); diff != "" {
		t.Error(diff)
	}
	if s.Rest() != "rest, of it" || s.End() {
		t.Errorf("rest %q", s.Rest())
	}
	if _, ok := Scan("(open").Brackets(); ok {
		t.Error("brackets that stay open")
	}
	if got := Unwrap("((a) OR (b))"); got != "(a) OR (b)" {
		t.Errorf("unwrapped %q", got)
	}
}

func TestSplit(t *testing.T) {
	text := `-- a comment
SELECT 1;
\d orders
SELECT ';' /* ; */ FROM "a;b";

COPY t (a) FROM stdin;
1;2
\.
CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; SELECT 2; $$ LANGUAGE sql;
CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;
SELECT 3 \gx
update t
set a = 1 \watch 5
select 4 -- the last
-- comment`
	var got []string
	for _, p := range Statements(text) {
		got = append(got, fmt.Sprintf("%d-%d %q copy=%v command=%q", p.Line, p.EndLine, text[p.Start:p.End], p.Copy, p.Command))
	}
	want := []string{
		`2-2 "SELECT 1" copy=false command=""`,
		`4-4 "SELECT ';' /* ; */ FROM \"a;b\"" copy=false command=""`,
		`6-6 "COPY t (a) FROM stdin" copy=true command=""`,
		`9-9 "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; SELECT 2; $$ LANGUAGE sql" copy=false command=""`,
		`10-10 "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END" copy=false command=""`,
		`11-11 "SELECT 3" copy=false command="\\gx"`,
		`12-13 "update t\nset a = 1" copy=false command="\\watch 5"`,
		`14-14 "select 4" copy=false command=""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(Split(text)); n != len(want)-1 {
		t.Errorf("%d statements without COPY", n)
	}
}

// Whatever the bytes: tokens lie one behind the other, and what splits apart
// was there.
func FuzzTokens(f *testing.F) {
	for _, seed := range []string{"SELECT 'a' || E'\\'' -- x", "$a$ $b$ $a$", "/* /* */", "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END;", "COPY t FROM stdin;\n1\n\\.\n", "1.2.3e+", "\"", "((a),b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for tok := range Tokens(text) {
			if tok.Start < at || tok.End <= tok.Start || tok.Text != text[tok.Start:tok.End] {
				t.Fatalf("token %+v after %d", tok, at)
			}
			at = tok.End
		}
		for _, p := range Split(text) {
			if !strings.Contains(text, p.Text) || p.Line < 1 || p.EndLine < p.Line || p.Start >= p.End {
				t.Fatalf("piece %+v", p)
			}
		}
		List(text)
		Normalize(text)
		Unwrap(text)
		s := Scan(text)
		for !s.End() {
			if _, ok := s.Brackets(); !ok {
				s.Take()
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	text := strings.Repeat("SELECT a, b FROM t WHERE c = 'x;y' AND d > 5; -- next\n", 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Split(text)
	}
}

// A prompt is psql's, with its blank; an operator of JSON, a named argument and
// a comparison begin a line of the statement.
func TestUnprompted(t *testing.T) {
	for s, want := range map[string]string{
		"sailor@harbour:5432=#SELECT 1;":   "SELECT 1;",
		"shop=# select 1":                  "select 1",
		"shop-> from t":                    "from t",
		"shop=>":                           "",
		"shop'# it''s'":                    "it''s'",
		"> > shop(#  b)":                   "b)",
		"data->>'kind' = $1":               "data->>'kind' = $1",
		"data->'a'->>'b'":                  "data->'a'->>'b'",
		"o.doc->0":                         "o.doc->0",
		"make_interval(days=>10)":          "make_interval(days=>10)",
		"days=>10)":                        "days=>10)",
		"a-#b":                             "a-#b", // in the style of a bitwise operator
		"jsonb_path_exists(d, '$.a') -> x": "jsonb_path_exists(d, '$.a') -> x",
	} {
		if got := Unprompted(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestPrompted(t *testing.T) {
	for s, want := range map[string]bool{
		"shop=# select 1": true, "shop=> ": true, "shop=*# select 1": true, "shop=!> rollback": true, "> shop=# select 1": true,
		"shop-# from t": false, "shop(# b)": false, "shop-*# from t": false, "select 1": false, "days => 10": false, "": false,
	} {
		if got := Prompted(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
