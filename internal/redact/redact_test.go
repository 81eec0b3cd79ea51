package redact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/lex"
)

func TestLiterals(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`SELECT 1`, `SELECT ?`},
		{`a = 'x''y' AND b = 2`, `a = '?' AND b = ?`},
		{`col1 = 42 AND t2.c3 > 1.5e-10`, `col1 = ? AND t2.c3 > ?`},
		{`x = $1 AND y = $22`, `x = $1 AND y = $22`},
		{`"quoted 42 'name'" = 42`, `"quoted 42 'name'" = ?`},
		{`a = E'it\'s secret' OR b`, `a = '?' OR b`},
		{`a = $tag$secret $$ 42$tag$ OR b = $$x$$`, `a = '?' OR b = '?'`},
		{`(tags @> '{3,17}'::integer[])`, `(tags @> '?'::integer[])`},
		{`(id = ANY ('{1,2}'::int[]))`, `(id = ANY ('?'::int[]))`},
		{`a = 'never closed 42`, `a = '?'`},
		{`a -- secret` + "\nb", `a ` + "\nb"},
		{`a /* secret /* nested */ 42 */ b`, `a   b`},
		{`a /* never closed 42`, `a  `},
		{`B'0101' x'ff' N'name' U&'d\0061t'`, `'?' '?' '?' U&'?'`},
		{`.5 + 0x1F + 1_000`, `? + ? + ?`},
		{`interval '1 day' + date '2024-01-01'`, `interval '?' + date '?'`},
		{`é1 = 'ü'`, `é1 = '?'`},
		{`numeric(10,2)`, `numeric(?,?)`},
		{`SELECT a, 3 FROM t GROUP BY 1, b, 2 ORDER BY 2 DESC, 1 LIMIT 5`, `SELECT a, ? FROM t GROUP BY 1, b, 2 ORDER BY 2 DESC, 1 LIMIT ?`},
		{`(SELECT x ORDER BY 1), 7`, `(SELECT x ORDER BY 1), ?`},
		{`ORDER BY 7 + a, f(b, 8), 123, c = 4, (5)`, `ORDER BY ? + a, f(b, ?), ?, c = ?, (?)`},
		{`PARTITION BY a, 5 ORDER BY 1`, `PARTITION BY a, ? ORDER BY 1`},
		{`(n > (InitPlan 2).col1) AND NOT (hashed SubPlan 1) OR SubPlan 5`, `(n > (InitPlan 2).col1) AND NOT (hashed SubPlan 1) OR SubPlan ?`},
		{`divided by 5`, `divided by ?`},
		{``, ``},
	} {
		if got := Literals(c.in); got != c.want {
			t.Errorf("Literals(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

// Whatever prints a Text, in whatever way, must print the redacted reading.
func TestTextCannotPrintItself(t *testing.T) {
	secret := SQL("email = 'a@b.example'")
	holder := struct{ T Text }{secret}
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		secret.String(), fmt.Sprint(secret), fmt.Sprintf("%v|%s|%q|%+v|%#v", secret, secret, secret, secret, secret),
		fmt.Sprintf("%v %+v %#v", holder, holder, holder), fmt.Sprint([]Text{secret}), string(j),
		fmt.Errorf("at %s: %w", secret, fmt.Errorf("%v", holder)).Error(),
		Sprintf("%s", secret).String(), Join([]Text{secret, secret}, ", ").String(),
	} {
		if strings.Contains(s, "b.example") {
			t.Errorf("printed with its literal: %s", s)
		}
	}
	if !strings.Contains(secret.Raw(), "a@b.example") {
		t.Error("Raw lost the literal")
	}
}

func TestSprintfKeepsBothReadings(t *testing.T) {
	got := Sprintf("%s drops %d of %s", Plain("#1"), 42, SQL("x = 7"))
	if got.String() != "#1 drops 42 of x = ?" || got.Raw() != "#1 drops 42 of x = 7" {
		t.Errorf("got %q, raw %q", got.String(), got.Raw())
	}
}

// A literal planted anywhere in a statement never survives.
func FuzzLiterals(f *testing.F) {
	for _, s := range []string{"a = ", "f(x, E'", "/* c */ \"q", "$t$ ", "-- x\n", "x'", "'", "$1$"} {
		f.Add(s, " AND b")
	}
	const marker, number = "zqmarkerzq", "73173173"
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + " '" + marker + "' = " + number + " " + after
		out := Literals(text)
		// A quote that before leaves open turns the marker into plain text or
		// an identifier: only what is a literal has to go.
		if strings.Count(before, "'")%2 == 0 && !strings.ContainsAny(before, "\"$\\/-") && (strings.Contains(out, marker) || strings.Contains(out, number)) && !strings.Contains(before+after, number) {
			t.Errorf("%q: a literal survived in %q", before, out)
		}
		if again := Literals(out); len(again) > len(out)+8 {
			t.Errorf("redacting twice grew %q to %q", out, again)
		}
		for _, s := range []string{before, text} {
			kinds := map[lex.Kind]bool{}
			for token := range lex.Tokens(s) {
				kinds[token.Kind] = true
			}
			if (kinds[lex.String] || kinds[lex.Number] || kinds[lex.Comment]) && !mayHide(s) {
				t.Errorf("%q: its literals are not looked for", s)
			}
		}
	})
}
