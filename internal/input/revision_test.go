package input

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The SQL files of a folder, or one file, as a revision has them.
func TestAtRevision(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %s", args, out)
		}
	}
	run("init", "-q", "-b", "main")
	write("db/1.sql", "one")
	write("db/deep/2.sql", "two")
	write("db/x.rb", "no SQL")
	write("other/3.sql", "three")
	run("add", ".")
	run("commit", "-qm", "first")
	write("db/1.sql", "changed")
	write("db/4.sql", "new")

	for path, want := range map[string]map[string]string{
		"db":            {"db/1.sql": "one", "db/deep/2.sql": "two"},
		"db/deep/2.sql": {"db/deep/2.sql": "two"},
		"db/4.sql":      {},
	} {
		got, err := AtRevision("HEAD", []string{filepath.Join(dir, path)})
		if err != nil {
			t.Fatal(path, err)
		}
		below := map[string]string{}
		for name, text := range got {
			below[strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(dir)+"/")] = text
		}
		if diff := cmp.Diff(want, below); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if _, err := AtRevision("nowhere", []string{dir}); err == nil || !strings.Contains(err.Error(), "git knows no revision nowhere") {
		t.Error(err)
	}
	if _, err := AtRevision("HEAD", []string{t.TempDir()}); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Error(err)
	}
}
