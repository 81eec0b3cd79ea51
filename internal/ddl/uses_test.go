package ddl

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// What the drop of a function, a type or an extension takes with it, and that it is refused
// without CASCADE: as PostgreSQL 15 does.
func TestDropWithUses(t *testing.T) {
	const used = `
CREATE EXTENSION citext; CREATE FUNCTION norm(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT lower($1) $$; CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE TABLE a (id int, email citext, name text, m mood, n pos); CREATE TABLE b (id int, name text DEFAULT norm('X'), CHECK (norm(name) <> '')); CREATE INDEX a_norm ON a (norm(name)); CREATE TABLE c (id int);
`
	for drop, want := range map[string]string{
		"FUNCTION norm(text)": "a b",
		"TYPE mood":           "a",
		"DOMAIN pos":          "a",
		"EXTENSION citext":    "a",
	} {
		c := catalog.New()
		playAll(t, c, used, 15)
		if e := playAll(t, c, "DROP "+drop, 15); e.Refused == "" {
			t.Errorf("DROP %s is not refused", drop)
		}
		e := playAll(t, c, "DROP "+drop+" CASCADE", 15)
		var locked []string
		for _, l := range e.Locks {
			if l.Mode == AccessExclusive && l.Relation.IsTable() {
				locked = append(locked, l.Relation.Name.Short())
			}
		}
		slices.Sort(locked)
		if got := strings.Join(locked, " "); e.Refused != "" || got != want {
			t.Errorf("DROP %s CASCADE locks %s, want %s (%s)", drop, got, want, e.Refused)
		}
	}
}
