package redact

import (
	"strings"
	"testing"
)

func TestSecrets(t *testing.T) {
	// Each pair: the text, and what of it must never be shown.
	leaks := map[string]string{
		"SELECT dblink('postgres://app:s3cr3tpw@db.example.org/x')":                       "s3cr3tpw",
		"ALTER ROLE app PASSWORD 'hunter22'":                                              "hunter22",
		"host=db user=app password=hunter22 dbname=x":                                     "hunter22",
		"SELECT '-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----'": "MIIabc",
		"key AKIAIOSFODNN7EXAMPLE":                                                        "AKIAIOSFODNN7EXAMPLE",
		"'ghp_" + strings.Repeat("a1B2", 9) + "'":                                         "ghp_" + strings.Repeat("a1B2", 9),
		"Authorization: Bearer abcdef1234567890":                                          "abcdef1234567890",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk":                            "eyJzdWIiOiIxMjM0In0",
	}
	for text, secret := range leaks {
		if len(FindSecrets(text)) == 0 {
			t.Errorf("%q: nothing found", text)
		}
		if strings.Contains(MaskSecrets(text), secret) {
			t.Errorf("%q: shown as %q", text, MaskSecrets(text))
		}
	}
	for _, text := range []string{
		"SELECT * FROM users WHERE password = $1", "UPDATE users SET password = crypt($1, gen_salt($2))", "password IS NOT NULL", "ALTER ROLE app PASSWORD NULL",
		"CREATE TABLE u (password text NOT NULL)", "SELECT u.password FROM users u", "https://example.org/a:b", "(password = '?'::text)", "password_hash = 'abc'",
	} {
		if kinds := FindSecrets(text); len(kinds) > 0 {
			t.Errorf("%q: %v", text, kinds)
		}
	}
}

func TestPersonal(t *testing.T) {
	for text, kind := range map[string]string{
		"WHERE email = 'jane.doe@gmx.net'": "e-mail addresses", "'4111 1111 1111 1111'": "card numbers", "DE89370400440532013000": "account numbers",
	} {
		if FindPersonal(text)[kind] != 1 {
			t.Errorf("%q: %v", text, FindPersonal(text))
		}
	}
	for _, text := range []string{"a@b", "x@example.org", "4111 1111 1111 1112", "1234567890123", "2026-01-05 10:00:00.000000", "DE00370400440532013000", "n @> '{1}'",
		"LIKE '%77@gmx.net'", "LIKE '%@gmx.net'", "~~ '%.doe@gmx.net%'", "0.4111111111111111", "9411111111111111115", "7992739871300004"} {
		if got := FindPersonal(text); len(got) > 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzSecrets(f *testing.F) {
	f.Add("password=abcd postgres://a:b@c eyJ")
	f.Fuzz(func(t *testing.T, s string) {
		MaskSecrets(s)
		FindPersonal(s)
	})
}
