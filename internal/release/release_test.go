package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/zip"
)

var at = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// pack packs a program that is none, of two targets, into a new folder.
func pack(t *testing.T) *release {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pgverdict")
	if err := os.WriteFile(binary, []byte("the program\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test has no build information")
	}
	r := &release{dist: t.TempDir(), version: "1.2.0-rc.1", time: at, sums: map[string]string{}}
	for _, path := range []string{"LICENSE", "README.md", "CHANGELOG.md", "completions/pgverdict.bash", "completions/_pgverdict", "completions/pgverdict.fish", "completions/pgverdict.ps1", "man/man1/pgverdict.1"} {
		r.docs = append(r.docs, file{path, []byte(path + "\n"), 0o644})
	}
	for _, of := range targets {
		if err := r.pack(of, binary, info); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// The same input gives the same artefacts.
func TestReproducible(t *testing.T) {
	one, two := pack(t), pack(t)
	if len(one.sums) != 12 {
		t.Errorf("%d artefacts: %v", len(one.sums), one.sums)
	}
	for name, sum := range one.sums {
		if two.sums[name] != sum {
			t.Errorf("%s differs", name)
		}
	}
	if string(one.formula(targets)) != string(two.formula(targets)) {
		t.Error("the formula differs")
	}
}

// tool is a program of the system that reads what was written.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(err)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// dpkg reads the package, and puts each file where Debian has it.
func TestDebian(t *testing.T) {
	r := pack(t)
	deb := filepath.Join(r.dist, "pgverdict_1.2.0~rc.1_arm64.deb")
	about := tool(t, "dpkg-deb", "--info", deb)
	for _, want := range []string{"Version: 1.2.0~rc.1\n", "Architecture: arm64\n", "Installed-Size: 1\n"} {
		if !strings.Contains(about, want) {
			t.Errorf("no %q in\n%s", want, about)
		}
	}
	root := t.TempDir()
	tool(t, "dpkg-deb", "--extract", deb, root)
	for path, content := range map[string]string{
		"usr/bin/pgverdict": "the program\n", "usr/share/bash-completion/completions/pgverdict": "completions/pgverdict.bash\n",
		"usr/share/zsh/vendor-completions/_pgverdict": "completions/_pgverdict\n", "usr/share/fish/vendor_completions.d/pgverdict.fish": "completions/pgverdict.fish\n",
		"usr/share/doc/pgverdict/copyright": "LICENSE\n", "usr/share/doc/pgverdict/README.md": "README.md\n",
	} {
		if got, err := os.ReadFile(filepath.Join(root, path)); err != nil || string(got) != content {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
	if got := tool(t, "gzip", "-dc", filepath.Join(root, "usr/share/man/man1/pgverdict.1.gz")); got != "man/man1/pgverdict.1\n" {
		t.Errorf("the manual page: %q", got)
	}
	if info, err := os.Stat(filepath.Join(root, "usr/bin/pgverdict")); err != nil || info.Mode() != 0o755 || !info.ModTime().Equal(at) {
		t.Error(info, err)
	}
	for _, v := range []struct{ version, debian string }{{"0.1.0", "0.1.0"}, {"0.1.0-rc.1", "0.1.0~rc.1"}, {"0.0.0-20260131120000-abcdef123456", "0.0.0~20260131120000.abcdef123456"}} {
		if got := debianVersion(v.version); got != v.debian {
			t.Errorf("%s: %s, want %s", v.version, got, v.debian)
		}
	}
}

func TestArchives(t *testing.T) {
	r := pack(t)
	list := tool(t, "tar", "-tzf", filepath.Join(r.dist, "pgverdict_1.2.0-rc.1_linux_amd64.tar.gz"))
	if !strings.HasPrefix(list, "pgverdict_1.2.0-rc.1_linux_amd64/\npgverdict_1.2.0-rc.1_linux_amd64/pgverdict\n") || !strings.Contains(list, "/man/man1/pgverdict.1\n") {
		t.Error(list)
	}
	formula := string(r.formula(targets))
	for name, sum := range r.sums {
		if strings.HasSuffix(name, ".tar.gz") && !strings.Contains(formula, "/v1.2.0-rc.1/"+name+"\"\n      sha256 \""+sum+"\"") {
			t.Errorf("%s is not in\n%s", name, formula)
		}
	}
}

// The SBOM lists the modules that Go recorded.
func TestSBOM(t *testing.T) {
	var b bytes.Buffer
	err := writeSBOM(&b, &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "github.com/pgverdict/pgverdict", Version: "v1.2.0+dirty"},
		Deps: []*debug.Module{
			{Path: "golang.org/x/term", Version: "v0.47.0", Sum: "h1:sum="},
			{Path: "a.example/old", Version: "v1.0.0", Replace: &debug.Module{Path: "a.example/new", Version: "v1.0.1", Sum: "h1:other="}},
		},
		Settings: []debug.BuildSetting{{Key: "-trimpath", Value: "true"}},
	}, at)
	if err != nil {
		t.Fatal(err)
	}
	var s sbom
	if err := json.Unmarshal(b.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	var purls []string
	for _, c := range append([]component{s.Metadata.Component}, s.Components...) {
		purls = append(purls, c.PURL)
	}
	const want = "pkg:golang/github.com/pgverdict/pgverdict@v1.2.0%2Bdirty pkg:golang/std@1.26.8 pkg:golang/golang.org/x/term@v0.47.0 pkg:golang/a.example/new@v1.0.1"
	if got := strings.Join(purls, " "); got != want || s.Metadata.Timestamp != "2026-01-31T12:00:00Z" || s.Components[1].Properties[0] != (property{"go:sum", "h1:sum="}) {
		t.Errorf("%s", &b)
	}
}

// The files of the repository can be a module: no name in it is one that the module
// proxy refuses.
func TestModule(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := zip.CheckDir(root)
	if err == nil && files.Err() != nil {
		err = files.Err()
	}
	if err != nil {
		t.Error(err)
	}
}
