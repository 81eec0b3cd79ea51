package review_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/review"
)

// TestRepository: what the repository tells stands in for what nobody said: the
// server's version and the lock_timeout of the role. A flag wins.
func TestRepository(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"migrations/1_a.up.sql": "ALTER TABLE orders ADD COLUMN a int;",
		"infra/db.tf":           "resource \"aws_db_instance\" \"main\" {\n  engine = \"postgres\"\n  engine_version = \"14.7\"\n}\n",
		"infra/roles.sql":       "ALTER ROLE migrator SET lock_timeout = '2s';\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(repository string, version opt.Value[int]) (major int, lock float64, items string) {
		r, errs := review.Run(input.OpenWhole([]string{filepath.Join(dir, "migrations")}, nil), review.Options{Migration: &review.Migration{Repository: repository}, PGVersion: version})
		if len(errs) > 0 || len(r.Migrations) != 1 {
			t.Fatalf("%v, %d migrations", errs, len(r.Migrations))
		}
		for _, i := range r.Recon {
			items += i.Item + ": " + i.Value + " [" + i.Basis + "]\n"
		}
		return r.Migrations[0].PGVersion.Or(0), r.Migrations[0].Timeouts.Lock.Or(0), items
	}
	major, lock, items := run(dir, opt.Value[int]{})
	if major != 14 || lock != 2000 || !strings.Contains(items, "engine: PostgreSQL 14.7 [infra/db.tf:2]") || !strings.Contains(items, "timeouts: lock_timeout 2 s (role migrator) [infra/roles.sql:1]") {
		t.Errorf("version %d, lock_timeout %v\n%s", major, lock, items)
	}
	if major, _, _ := run(dir, opt.Some(17)); major != 17 {
		t.Errorf("with a flag: %d", major)
	}
	if major, lock, items := run("", opt.Value[int]{}); major != 0 || lock != 0 || items != "" {
		t.Errorf("without a repository: %d, %v, %s", major, lock, items)
	}
}
