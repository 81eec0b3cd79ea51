package recon

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the trees tell into testdata")

// TestLook: each archive is a repository; its file want is what it tells. A line
// "review PATH" of its comment names a file under review.
func TestLook(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			if at < 0 {
				at = len(a.Files)
				a.Files = append(a.Files, txtar.File{Name: "want"})
			}
			root := unpack(t, a.Files[:at])
			var review []string
			for line := range strings.Lines(string(a.Comment)) {
				if path, is := strings.CutPrefix(strings.TrimSpace(line), "review "); is {
					review = append(review, filepath.Join(root, path))
				}
			}
			r, err := Look(root, review...)
			if err != nil {
				t.Fatal(err)
			}
			got := written(r)
			if *update {
				a.Files[at].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(a.Files[at].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func unpack(t *testing.T, files []txtar.File) string {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		path := filepath.Join(root, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// written writes a report, a line a fact.
func written(r *Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s; transaction pooling: %v\n", r.Engine, r.Version, r.Transaction)
	for _, i := range r.Items {
		fmt.Fprintf(&b, "%s: %s [%s] %s\n", i.Item, i.Value, i.Basis, i.Confidence)
	}
	for _, c := range r.Conflicts {
		fmt.Fprintf(&b, "conflict: %s\n", c.Says)
	}
	for _, d := range r.Departures {
		fmt.Fprintf(&b, "%s %s:%d %s\n", d.Rule, d.Path, d.Line, d.Says)
	}
	for _, i := range r.Accepted {
		fmt.Fprintf(&b, "accepted: %s [%s]\n", i.Value, i.Basis)
	}
	for _, h := range r.Hints {
		fmt.Fprintf(&b, "hint: %s, %s [%s]\n", h.Table, h.Why, h.Basis)
	}
	for _, p := range r.Behind {
		fmt.Fprintf(&b, "behind: %s\n", p)
	}
	return b.String()
}

// TestLimits: a large file is not read, a deep one is not looked at, and the report
// says so.
func TestLimits(t *testing.T) {
	root := unpack(t, []txtar.File{
		{Name: "compose.yaml", Data: []byte("image: postgres:16\n" + strings.Repeat("# x\n", largest/4))},
		{Name: "a/b/c/d/e/f/compose.yaml", Data: []byte("image: postgres:15\n")},
		{Name: "a/b/c/d/e/f/g/compose.yaml", Data: []byte("image: postgres:14\n")},
	})
	r, err := Look(root)
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != "15" || !strings.Contains(r.Partial, "depth 6") {
		t.Errorf("version %q, partial %q", r.Version, r.Partial)
	}
}

// TestManyMigrations: the last migrations are read, however many there are.
func TestManyMigrations(t *testing.T) {
	var files []txtar.File
	for i := range mostCode + 10 {
		up := "CREATE TABLE a (id int);\n"
		if i > mostCode {
			up = "SET lock_timeout = '2s';\nALTER TABLE a ADD COLUMN b int;\n"
		}
		files = append(files, txtar.File{Name: fmt.Sprintf("migrations/%05d_m.up.sql", i), Data: []byte(up)})
	}
	r, err := Look(unpack(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Conventions) != 1 || r.Conventions[0].Of != 9 || !strings.Contains(r.Partial, "too many") {
		t.Errorf("%+v, partial %q", r.Conventions, r.Partial)
	}
}

func TestByVersion(t *testing.T) {
	list := []string{"m/V2__b.sql", "m/V1_10__a.sql", "m/V1_9__a.sql", "m/2017-08-20-180453_x/up.sql", "m/20161115111900_y/up.sql", "m/2016-12-01-000000-0000_z/up.sql", "m/0003_c.py", "m/0020_b.py"}
	slices.SortFunc(list, byVersion)
	if got, want := strings.Join(list, " "), "m/V1_9__a.sql m/V1_10__a.sql m/V2__b.sql m/0003_c.py m/0020_b.py m/20161115111900_y/up.sql m/2016-12-01-000000-0000_z/up.sql m/2017-08-20-180453_x/up.sql"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestTagged(t *testing.T) {
	for tag, want := range map[string]string{
		"16.3-alpine": "16.3", "latest-pg16": "16", "pg17": "17", "15-3.4": "15", "15.1.0.117": "15.1", "latest": "", "": "", "POSTGRES_15": "", "15_4": "15.4",
		"8.0.32": "8.0.32", "13, 14, 15": "13 14 15", "20240101": "", "2.13.0-pg15-oss": "15", "16-bookworm": "16",
	} {
		if got := strings.Join(tagged(tag), " "); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

func TestMilliseconds(t *testing.T) {
	for _, c := range []struct {
		text, by string
		want     float64
	}{{"2s", "role ", 2000}, {"2000", "role ", 2000}, {"500ms", "", 500}, {"10.seconds", "strong_migrations", 10_000}, {"1.minute", "strong_migrations", 60_000}, {"0.5.seconds", "online_migrations", 500}, {"5", "strong_migrations", 5000}, {"10min", "role ", 600_000}} {
		if got, known := milliseconds(c.text, c.by).Get(); !known || got != c.want {
			t.Errorf("%s by %s: %v, want %v", c.text, c.by, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	m := Migration{}
	m.statements(`CREATE INDEX a_idx ON "Account" ("userId" DESC, made text_ops, lower(b))`)
	if got := m.names[0]; got.Table != "Account" || !slices.Equal(got.Columns, []string{"userId", "made", ""}) {
		t.Errorf("%+v", got)
	}
}
