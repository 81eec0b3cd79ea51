package ddl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// What a dump says of privileges, comments, policies and functions is in the catalog.
func TestDumpedRights(t *testing.T) {
	c := catalog.New()
	playAll(t, c, `
SET client_encoding = 'SQL_ASCII';
CREATE TABLE public.notes (id bigint, body text);
CREATE TABLE audit.log (id bigint);
CREATE VIEW seen WITH (security_invoker='true') AS SELECT id FROM notes;
GRANT ALL ON SCHEMA public TO PUBLIC;
GRANT SELECT, INSERT, UPDATE(body) ON TABLE notes TO PUBLIC, writer;
REVOKE INSERT ON notes FROM PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA audit TO reader;
GRANT ALL ON seen TO reader;
REVOKE ALL ON seen FROM reader;
ALTER DEFAULT PRIVILEGES FOR ROLE admin IN SCHEMA audit GRANT SELECT ON TABLES TO PUBLIC;
COMMENT ON TABLE notes IS 'what people write';
COMMENT ON COLUMN public.notes.body IS 'Markdown';
COMMENT ON COLUMN notes.id IS NULL;
CREATE POLICY own ON notes USING (id = 1);
ALTER POLICY own ON notes TO writer WITH CHECK (id = 2);
CREATE FUNCTION f() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION g() RETURNS int LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT 1; END;
CREATE FUNCTION h() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
ALTER FUNCTION f() SET search_path TO public;
ALTER FUNCTION h() SECURITY INVOKER RESET search_path;
CREATE FUNCTION k(a int) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION k(a int, VARIADIC b text[], OUT c int) LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
ALTER FUNCTION k(integer) SET search_path = '';
`, 15)
	grants := func(list []catalog.Grant) string {
		var out []string
		for _, g := range list {
			out = append(out, g.Role+":"+g.Privilege)
		}
		return strings.Join(out, " ")
	}
	notes := c.Find(catalog.Name{Name: "notes"})
	var functions []string
	for _, f := range c.Functions() {
		functions = append(functions, fmt.Sprint(f.Name.Name, f.Definer, f.Path, f.Atomic))
		for _, o := range f.Overloads {
			functions = append(functions, fmt.Sprint("also "+o.Args, o.Definer, o.Path))
		}
	}
	for _, one := range []struct{ what, got, want string }{
		{"encoding", c.Encoding, "SQL_ASCII"},
		{"notes", grants(notes.Grants), "public:SELECT writer:SELECT writer:INSERT"},
		{"audit.log", grants(c.Find(catalog.Name{Schema: "audit", Name: "log"}).Grants), "reader:SELECT"},
		{"seen", grants(c.Find(catalog.Name{Name: "seen"}).Grants), ""},
		{"invoker", c.Find(catalog.Name{Name: "seen"}).Options["security_invoker"], "true"},
		{"schema", grants(c.Grants(catalog.Other{Kind: "schema", Name: "public"})), "public:ALL"},
		{"defaults", grants(c.Grants(catalog.Other{Kind: "default privileges", Name: "audit"})), "public:SELECT"},
		{"comments", notes.Comment + ", " + notes.Column("body").Comment + ", " + notes.Column("id").Comment, "what people write, Markdown, "},
		{"policy", fmt.Sprint(notes.Policies[0].Roles, notes.Policies[0].Using.Text, notes.Policies[0].Check.Text), "[writer]id = 1id = 2"},
		{"functions", strings.Join(functions, " "), "ftrue true false gtrue false true hfalse false false ktrue true false also integer, text[]true false"},
	} {
		if one.got != one.want {
			t.Errorf("%s: %q, want %q", one.what, one.got, one.want)
		}
	}
}
