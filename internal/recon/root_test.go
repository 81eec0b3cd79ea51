package recon

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRoot: the repository is the nearest folder with .git, or the folder itself. A
// link does not lead into another repository.
func TestRoot(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"app/.git", "app/db/migrations", "plain"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "app/db"), filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]string{"app/db/migrations": "app", "app": "app", "plain": "plain", "link": "link"} {
		if got := Root(filepath.Join(dir, path)); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := Root(filepath.Join(dir, "none.sql")); got != "" {
		t.Errorf("a file outside of a repository: %s", got)
	}
}
