package emit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
)

// FuzzWrite writes a change with any title and statement into a folder with any file: it
// writes inside of the folder only, and what was there is the same afterwards. A tool that
// splits a file at its marks finds those of the file, and no others.
func FuzzWrite(f *testing.F) {
	for name, text := range map[string]string{
		"": "", "00007_users.sql": "-- +goose Up\nSELECT 1;", "1-a.sql": "-- +migrate Up", "1_a.sql": "-- migrate:up", "20250101000000_users.rb": "class Users < ActiveRecord::Migration[7.1]", "0041_users.py": "migrations.Migration",
		"a1.py": "revision = 'a1'\ndown_revision = None\n", "V9__users.sql": "", "2026-01-02-120000_a": "", "99999999999999999999_a.up.sql": "", "1_b.sql": "---- create above / drop below ----", "2_b.sql": "--liquibase formatted sql",
	} {
		f.Add(name, text, "index on orders (customer_id)", "CREATE INDEX CONCURRENTLY i ON orders (customer_id);")
		f.Add(name, text, "../../x\n-- +goose Down", "CREATE INDEX CONCURRENTLY i ON \"a/../b\" (c) WHERE d = 'x\n-- +goose Down\n';")
	}
	f.Fuzz(func(t *testing.T, name, text, title, statement string) {
		root := t.TempDir()
		dir := filepath.Join(root, "migrations")
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		there := filepath.Join(dir, filepath.Base(name))
		if os.WriteFile(there, []byte(text), 0o666) != nil {
			there = ""
		}
		rec := report.Recommendation{ID: "R1", Action: "create_index", Title: title, Runnable: true, Statement: statement, Rollback: "DROP INDEX CONCURRENTLY i;", Gain: title, Cost: title, Verify: title}
		paths, _, err := Write(dir, &report.Report{Recommendations: []report.Recommendation{rec}}, noon)
		for _, path := range paths {
			rel, err := filepath.Rel(dir, path)
			b, unread := os.ReadFile(path)
			if err != nil || unread != nil || !filepath.IsLocal(rel) || path == there {
				t.Errorf("wrote %q for %q", path, title)
			}
			for _, mark := range []string{"\n-- +goose Down", "\n-- +migrate Down", "\n-- migrate:down", "\n-- Down Migration", "\n---- create above / drop below ----"} {
				if filepath.Ext(path) == ".sql" && !strings.Contains(statement, mark) && strings.Count(string(b), mark) > 1 {
					t.Errorf("the mark %q is there twice:\n%s", mark, b)
				}
			}
		}
		if entries, _ := os.ReadDir(root); len(entries) != 1 {
			t.Errorf("wrote beside the folder: %v", entries)
		}
		if b, _ := os.ReadFile(there); there != "" && string(b) != text {
			t.Errorf("%s is now %q", there, b)
		}
		if len(paths) > 0 && err == nil {
			if again, _, err := Write(dir, &report.Report{}, noon); err == nil || len(again) > 0 {
				t.Errorf("a second run wrote %q", again)
			}
		}
	})
}
