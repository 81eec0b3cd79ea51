package rollout

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/migration"
)

// readSet reads a file as its tool runs it, behind a schema.
func readSet(t *testing.T, text string) (*Plan, *migration.File) {
	t.Helper()
	set := migration.Read([]*migration.Source{
		{Input: 0, Path: "schema.sql", Text: "--\n-- PostgreSQL database dump\n--\n" + shop},
		{Input: 1, Path: "migrations/001_x.sql", Text: text},
	}, migration.Options{})
	if len(set.Files) != 1 {
		t.Fatalf("%d files", len(set.Files))
	}
	return For(set), set.Files[0]
}

// The statements of a DO block are shipped outside of it; a loop in one commits its
// batches as a procedure.
func TestBlocks(t *testing.T) {
	for text, wants := range map[string][]string{
		"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'k') THEN ALTER TABLE orders ADD CONSTRAINT k CHECK (total >= 0); END IF; END $$;": {
			"ADD CONSTRAINT k CHECK (total >= 0) NOT VALID", "VALIDATE CONSTRAINT k", "back ALTER TABLE orders DROP CONSTRAINT k"},
		"DO $$ BEGIN LOOP UPDATE orders SET code = 'x' WHERE id IN (SELECT id FROM orders WHERE code IS NULL LIMIT 100); EXIT WHEN NOT FOUND; END LOOP; END $$;": {
			"CREATE PROCEDURE batches_of_line_1() LANGUAGE plpgsql AS $$", "COMMIT;\n  END LOOP", "CALL batches_of_line_1();"},
	} {
		p, f := readSet(t, text)
		all := ""
		for _, s := range f.Statements {
			for _, step := range p.Safe(s) {
				all += step.SQL() + "\n"
			}
			for _, u := range p.Back(s) {
				all += "back " + strings.Join(u.Statements, ";") + "\n"
			}
		}
		for _, want := range wants {
			if !strings.Contains(all, want) {
				t.Errorf("%s\nno %q in\n%s", text, want, all)
			}
		}
	}
}

// Statements of another engine have no steps of PostgreSQL.
func TestOtherEngine(t *testing.T) {
	set := migration.Read([]*migration.Source{{Path: "001_x.sql", Text: "ALTER TABLE `orders` ADD COLUMN note text, ENGINE=InnoDB;"}}, migration.Options{Engine: "mysql"})
	p := For(set)
	for _, f := range set.Files {
		for _, s := range f.Statements {
			if p.Safe(s) != nil || p.Back(s) != nil || len(p.Answer(f).Acts) > 0 {
				t.Errorf("%s has steps", s.Text)
			}
		}
	}
}
