package ddl

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// Whatever statements follow on a schema, their effects are told without a panic, and
// each lock is of a relation that is known.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{
		"ALTER TABLE orders ALTER COLUMN code TYPE text, ADD COLUMN x int DEFAULT 1 REFERENCES customers NOT VALID", "DROP TABLE customers CASCADE; CREATE TABLE customers (id int)",
		"ALTER TABLE events ATTACH PARTITION loose FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", "CREATE INDEX CONCURRENTLY ON orders (lower(code)) WHERE total > 0",
		"ALTER TABLE customers RENAME TO people; ALTER TABLE people RENAME COLUMN id TO key", "CREATE OR REPLACE VIEW named AS SELECT 1 AS id", "SET search_path = x; TRUNCATE orders",
		"CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'", "ALTER TABLE orders DROP CONSTRAINT orders_pkey, SET TABLESPACE t, ENABLE ROW LEVEL SECURITY", "DO $$ BEGIN DROP TABLE orders; END $$",
		"ALTER DOMAIN positive DROP NOT NULL; DROP SCHEMA public CASCADE", "ALTER INDEX orders_code RENAME TO c; REINDEX TABLE orders; CLUSTER orders USING c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := catalog.New()
		for _, p := range append(lex.Split(shop), lex.Split(text)...) {
			s, err := Parse(p.Text)
			if err != nil {
				continue
			}
			s.Version, s.First = 17, 1
			e := Run(c, s)
			for _, l := range e.Locks {
				if l.Mode.String() == "" {
					t.Errorf("%s: a lock without a mode", p.Text)
				}
			}
			c.Now++
		}
	})
}
