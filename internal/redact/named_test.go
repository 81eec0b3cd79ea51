package redact

import (
	"strings"
	"testing"
)

// credentials are what people paste: each text, with what of it nobody may see.
// § marks where the credential is.
var credentials = map[string]credential{
	"URL":                     {"postgres://app:§@db.example.org:5432/shop?sslmode=require", "s3cr3tpw"},
	"URL without a user":      {"redis://:§@cache:6379/0", "r3d1spw"},
	"URL, raw @ and /":        {"postgresql://app:§@db/shop", "p@ss/w0rd"},
	"DSN":                     {"host=db user=app password=§ dbname=shop", "hunter22"},
	"DSN with punctuation":    {"host=db password=§ user=app", "a.b=c(d);e,f$g"},
	"DSN in quotes":           {"user=app password='§' host=db", "two words"},
	"DSN, escaped blank":      {`host=db password=§ port=5433`, `two\ words\'x`},
	"variable":                {"PGPASSWORD=§ psql -h db", "my.se,cret"},
	"option of a command":     {"pg_dump --password=§", "dump.pw1"},
	".NET":                    {"Server=db;User Id=app;Password=§;", "hunt;er22"},
	"YAML":                    {"password: §", "correcthorse1"},
	"JSON":                    {`{"user": "app", "password": "§"}`, "hunter23"},
	"JSON in a string":        {`"{\"password\": \"§\"}"`, "esc4ped"},
	"jsonb_build_object":      {"jsonb_build_object('password', '§')", "built99"},
	"ALTER ROLE":              {"ALTER ROLE app PASSWORD '§'", "pa$$w.o=r)d"},
	"doubled quote":           {"CREATE USER app PASSWORD '§'", "it''s me"},
	"escape string":           {`ALTER ROLE app ENCRYPTED PASSWORD E'§'`, `it\'s me`},
	"dollar quote":            {"ALTER ROLE app PASSWORD $x$§$x$", "do'll$ar"},
	"EXECUTE":                 {"EXECUTE 'CREATE USER app PASSWORD ''§''';", "inner22"},
	"short":                   {"ALTER ROLE app PASSWORD '§'", "abc"},
	"cut":                     {"ALTER ROLE app PASSWORD '§", "cutoff1"},
	"dblink":                  {"dblink('host=db user=app password=§', 'SELECT 1')", "dbl1nk"},
	"DSN in quotes in SQL":    {"dblink_connect('c', 'host=db password=''§''')", "quoted in sql"},
	"subscription":            {"CREATE SUBSCRIPTION s CONNECTION 'host=db user=rep password=§' PUBLICATION p", "subscr1"},
	"user mapping":            {"CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'app', password '§')", "mapp1ng"},
	"user mapping, altered":   {"ALTER USER MAPPING FOR app SERVER s OPTIONS (SET password '§')", "mapp2ng"},
	"in a plan":               {"Filter: ((password)::text = '§'::text)", "filtered1"},
	"compared":                {"WHERE password <> '§'", "changeme"},
	"list":                    {"WHERE password IN ('letmein', '§')", "second1"},
	"pgcrypto":                {"WHERE password_login = 1 AND password = crypt('§', gen_salt('bf'))", "pl4in"},
	"pgp_sym_decrypt":         {"SELECT pgp_sym_decrypt(ssn, '§')", "symkey1"},
	"INSERT":                  {"INSERT INTO users (id, password) VALUES (1, 'a'), (2, '§')", "insert3d"},
	"default":                 {"CREATE TABLE u (id int, password text NOT NULL DEFAULT '§')", "d3fault1"},
	"default, with a length":  {"ALTER TABLE u ADD COLUMN \"api_key\" varchar(40) DEFAULT ('§'::text) NOT NULL", "d3fault2"},
	"default, set":            {"ALTER TABLE u ALTER COLUMN client_secret SET DEFAULT '§'", "d3fault3"},
	"default, of a document":  {"create table u (passwd\tvarchar(10) collate \"C\",\n db_password varchar(255)\n  not null default E'§')", "d3fault4"},
	"MySQL":                   {"CREATE USER 'app'@'%' IDENTIFIED BY '§'", "mysqlpw1"},
	"MySQL, with a plugin":    {"ALTER USER app IDENTIFIED WITH mysql_native_password BY \"§\"", "mysqlpw2"},
	"private key":             {"-----BEGIN RSA PRIVATE KEY-----\nX\n-----END RSA PRIVATE KEY-----", "MIIabcdef"},
	"private key, cut":        {"-----BEGIN OPENSSH PRIVATE KEY-----\\nX", "b3BlbnNza"},
	"AWS":                     {"§", "AKIAIOSFODNN7EXAMPLE"},
	"AWS, for a while":        {"§", "ASIAIOSFODNN7EXAMPLE"},
	"AWS, the secret one":     {"create_aws_credentials('AKIAIOSFODNN7EXAMPLE', '§', '')", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
	"AWS, named":              {"aws_secret_access_key=§", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
	"Google":                  {"key=§", "AIza" + strings.Repeat("Sy4", 11) + "ab"},
	"GitHub":                  {"§", "ghp_" + strings.Repeat("a1B2", 9)},
	"GitHub, fine-grained":    {"§", "github_pat_" + strings.Repeat("a1B2", 9)},
	"Slack":                   {"§", "xoxb-1234567890-abcdefghij"},
	"Slack's hook":            {"https://hooks.slack.com/services/§", "T00000000/B00000000/abcdefghijkl"},
	"Stripe":                  {"§", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"},
	"web token":               {"§", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk"},
	"header":                  {"Authorization: Bearer §", "abcdef1234567890"},
	"header, as a call":       {"http_header('Authorization', 'Basic §')", "YXBwOmh1bnRlcjIy"},
	"header in a document":    {`'{"Authorization": "Bearer §"}'::jsonb`, "abcdef1234567890"},
	"SCRAM":                   {"§", "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$c3RvcmVk:c2VydmVy"},
	"MD5":                     {"'§'", "md5a3556571e93b0d20722ba62be61e8c2d"},
	"bcrypt":                  {"'§'", "$2a$06$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"},
	"password file":           {"db.example.org:5432:shop:app:§", "pgp4ss"},
	"password file, any host": {"*:*:*:app:§", `pg\:p4ss`},
	"setting":                 {"ALTER DATABASE shop SET app.jwt_secret TO '§'", "jwts3cret"},
	"letters in other cases":  {"INSERT INTO u (id, pa\u017f\u017fword) VALUES (1, '§'), (2, '')", "long2027"}, // expressions take ſ for an s
	"set_config":              {"set_config('app.api_key', '§', false)", "k3yk3y"},
}

func whole(text, secret string) string { return strings.Replace(text, "§", secret, 1) }

// Two credentials in one text hide each other's place: whichever comes first,
// whatever is between them, and whether one is inside of the other.
func TestMaskEveryPair(t *testing.T) {
	for name, a := range credentials {
		alone := whole(a.text, a.secret)
		got := MaskSecrets(alone)
		if strings.Contains(got, a.secret) {
			t.Errorf("%s: %q is shown as %q", name, alone, got)
		}
		if again := MaskSecrets(got); again != got {
			t.Errorf("%s: %q, masked again, is shown as %q", name, got, again)
		}
		for other, b := range credentials {
			for _, between := range []string{" ", "\n", "; ", ", ", "', '", "','"} {
				text := alone + between + whole(b.text, b.secret)
				got := MaskSecrets(text)
				if strings.Contains(got, a.secret) || strings.Contains(got, b.secret) {
					t.Errorf("%s, then %s: %q is shown as %q", name, other, text, got)
				}
			}
		}
	}
}

func TestMaskNested(t *testing.T) {
	for _, wrap := range []string{
		"CREATE USER MAPPING FOR app SERVER s OPTIONS (password '§')",
		"EXECUTE 'CREATE USER MAPPING FOR app SERVER s OPTIONS (password ''§'')'",
		"SELECT dblink('host=db password=§', 'SELECT 1')",
		"DO $do$ BEGIN PERFORM dblink_connect('§'); END $do$",
		"Authorization: Bearer §",
		`{"note": "§"}`,
		"/* § */ SELECT 1",
	} {
		for _, inner := range []credential{credentials["URL"], credentials["AWS"], credentials["web token"], credentials["Stripe"], credentials["SCRAM"]} {
			text := whole(wrap, whole(inner.text, inner.secret))
			if got := MaskSecrets(text); strings.Contains(got, inner.secret) {
				t.Errorf("%q is shown as %q", text, got)
			}
		}
	}
}

type credential = struct{ text, secret string }

// What only looks like a credential stays readable.
func TestMaskNotSecrets(t *testing.T) {
	for _, text := range []string{
		"SELECT * FROM users WHERE password = $1 AND login = $2", "UPDATE users SET password = crypt($1, gen_salt($2))", "WHERE u.password = v.password", "SET password = new_password",
		"password_changed_at > now()", "(password = '?'::text)", "OPTIONS (user 'app', password '')", "ALTER ROLE app PASSWORD NULL", "postgres://app@db/shop", "https://example.org:8080/a@b",
		"psql:script.sql:12: ERROR:  relation does not exist", "plan.txt:1200: expected a plan node", "2026-01-05 12:00:00.123 UTC", "postgres://app:${DB_PASSWORD}@db/shop", "PASSWORD :'pw'",
		"primary key: orders_pkey", "api_key = $1", "SELECT password, 'x' FROM users", "CREATE INDEX ON users (password, lower('x'))", "password text NOT NULL, note text DEFAULT 'none'", `"password" text DEFAULT NULL, b text DEFAULT 'none'`, "password text DEFAULT ''",
		"MEMBERS IN (SELECT password FROM users) AND name IN ('a')",
	} {
		if got := MaskSecrets(text); got != text {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}
