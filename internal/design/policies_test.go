package design

import (
	"fmt"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// What a policy compares and calls is read from its expression, as written by a person
// and as pg_dump prints it.
func TestPolicies(t *testing.T) {
	for _, one := range []struct{ using, want string }{
		{"(tenant_id = (current_setting('app.tenant'::text))::uuid)", "[{tenant_id false}] [{current_setting false false false}] false"},
		{"tenant_id = (SELECT current_setting('app.tenant')::uuid) AND kind IN ('a', 'b')", "[{tenant_id false}] [] false"},
		{"((notes.tenant_id)::text = ( SELECT current_setting('app.tenant'::text) AS current_setting))", "[{tenant_id true}] [] false"},
		{"(EXISTS ( SELECT 1 FROM members m WHERE ((m.org = notes.tenant_id) AND (m.person = auth.uid()))))", "[] [{auth.uid false false true}] false"},
		{"tenant_id IN (SELECT m.org FROM members m WHERE m.person = auth.uid())", "[{tenant_id false}] [] false"},
		{"(auth.uid() = tenant_id) OR kind = 'public'", "[] [{auth.uid false false true}] false"},
		{"fixed() = kind AND tenant_id = kind::uuid", "[{kind false}] [] false"},
		{"((true))", "[] [] true"},
	} {
		c := catalog.New()
		for _, p := range lex.Split("CREATE FUNCTION fixed() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE TABLE notes (tenant_id uuid, kind text); CREATE POLICY p ON notes USING (" + one.using + ")") {
			s, err := ddl.Parse(p.Text)
			if err != nil {
				t.Fatal(err)
			}
			ddl.Run(c, s)
		}
		notes := New(c, false).Tables[0]
		p := notes.Policies[0]
		if got := fmt.Sprint(notes.Comparisons(p.Using), notes.CallsPerRow(p.Using), IsAlways(p.Using)); got != one.want {
			t.Errorf("%s: %s, want %s", one.using, got, one.want)
		}
	}
}
