// Command release builds what a release consists of, into dist:
//
//	go run ./internal/release
//
// For each target: an archive with the binary, the manual pages and the completions,
// and an SBOM. For Linux a Debian package, too. For all of them SHA256SUMS and a Homebrew
// formula. The version is that of the tag of the commit, or a pseudo-version, as Go
// stamps it into the binary.
//
// The same commit, Go and C compiler give the same bytes: no path and no date of the
// machine is in them. Binaries for Linux have PostgreSQL's parser in C, linked statically.
// The others have it as WebAssembly, because they would need a C compiler and libraries
// of their systems: a run takes about 1.4 s of CPU time and 250 MB more.
package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// target is a system that binaries are built for.
type target struct {
	os, arch string
	cc       string // its C compiler; empty: without C
}

var targets = []target{
	{"linux", "amd64", "x86_64-linux-gnu-gcc"},
	{"linux", "arm64", "aarch64-linux-gnu-gcc"},
	{"darwin", "amd64", ""},
	{"darwin", "arm64", ""},
	{"windows", "amd64", ""},
}

// release is one version, of which the artefacts are made.
type release struct {
	dist    string // the folder of the artefacts
	version string // without the v: 0.1.0
	time    time.Time
	docs    []file            // manual pages, completions, license: by their place in an archive
	sums    map[string]string // SHA-256 by artefact
}

// file is a file of an archive.
type file struct {
	path    string
	content []byte
	mode    int64
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	dist := flag.String("o", "dist", "write the artefacts to `DIR`, which must not exist")
	flag.Parse()
	if err := run(*dist, targets); err != nil {
		log.Fatal(err)
	}
}

func run(dist string, targets []target) error {
	if out, err := exec.Command("git", "status", "--porcelain").Output(); err != nil || len(out) > 0 {
		return errors.New("expected a git checkout without changes: a release is that of a commit")
	}
	// The manual pages and the completions come from the binary that runs here.
	here := slices.IndexFunc(targets, func(t target) bool { return t.os == runtime.GOOS && t.arch == runtime.GOARCH })
	if here < 0 {
		return fmt.Errorf("no target is for %s/%s: run this on one of the targets", runtime.GOOS, runtime.GOARCH)
	}
	if err := os.Mkdir(dist, 0o777); err != nil {
		return err
	}
	bin, err := os.MkdirTemp("", "pgverdict-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	path := func(t target) string { return filepath.Join(bin, t.os+"-"+t.arch, t.binary()) }
	r := release{dist: dist, sums: map[string]string{}}
	for _, t := range append([]target{targets[here]}, slices.Delete(slices.Clone(targets), here, here+1)...) {
		log.Printf("build for %s/%s", t.os, t.arch)
		if err := t.build(path(t)); err != nil {
			return err
		}
		info, err := buildinfo.ReadFile(path(t))
		if err != nil {
			return err
		}
		if r.version == "" {
			if err := r.begin(info, path(t)); err != nil {
				return err
			}
		}
		if err := r.pack(t, path(t), info); err != nil {
			return err
		}
	}
	if err := r.write("pgverdict.rb", r.formula(targets)); err != nil {
		return err
	}
	var sums strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.sums)) {
		fmt.Fprintf(&sums, "%s  %s\n", r.sums[name], name)
	}
	return r.write("SHA256SUMS", []byte(sums.String()))
}

func (t target) binary() string {
	if t.os == "windows" {
		return "pgverdict.exe"
	}
	return "pgverdict"
}

// build builds a static binary.
func (t target) build(path string) error {
	args, ldflags := []string{"build", "-trimpath", "-buildvcs=true", "-o", path}, "-s -w"
	env := []string{"GOOS=" + t.os, "GOARCH=" + t.arch, "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0"}
	if t.cc != "" {
		if _, err := exec.LookPath(t.cc); err != nil {
			return fmt.Errorf("%s/%s needs the C compiler %s", t.os, t.arch, t.cc)
		}
		args = append(args, "-tags=netgo,osusergo")
		ldflags += " -linkmode=external -extldflags=-static"
		env = append(env, "CGO_ENABLED=1", "CC="+t.cc)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	c := exec.Command("go", append(args, "-ldflags="+ldflags, "./cmd/pgverdict")...)
	c.Env, c.Stderr = append(os.Environ(), env...), os.Stderr
	return c.Run()
}

// begin takes from a binary that runs here the version, the time of the commit and what
// goes into every archive.
func (r *release) begin(info *debug.BuildInfo, binary string) error {
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			at, err := time.Parse(time.RFC3339, s.Value)
			if err != nil {
				return err
			}
			r.time = at.UTC()
		}
	}
	if r.version = strings.TrimPrefix(info.Main.Version, "v"); r.time.IsZero() || r.version == "" || r.version[0] == '(' {
		return errors.New("the binary has no version: expected a git checkout")
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		r.docs = append(r.docs, file{name, content, 0o644})
	}
	for _, shell := range []struct{ name, path string }{
		{"bash", "pgverdict.bash"}, {"zsh", "_pgverdict"}, {"fish", "pgverdict.fish"}, {"powershell", "pgverdict.ps1"},
	} {
		script, err := exec.Command(binary, "completion", shell.name).Output()
		if err != nil {
			return err
		}
		r.docs = append(r.docs, file{"completions/" + shell.path, script, 0o644})
	}
	dir := filepath.Join(filepath.Dir(binary), "man")
	if err := exec.Command(binary, "man", dir).Run(); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) == 0 {
		return fmt.Errorf("no manual pages in %s", dir)
	}
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		r.docs = append(r.docs, file{"man/man1/" + filepath.Base(page), content, 0o644})
	}
	return nil
}

// name is that of an archive without its ending.
func (r *release) name(t target) string {
	return fmt.Sprintf("pgverdict_%s_%s_%s", r.version, t.os, t.arch)
}

// pack writes the artefacts of a target.
func (r *release) pack(t target, binary string, info *debug.BuildInfo) error {
	content, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	files := append([]file{{t.binary(), content, 0o755}}, r.docs...)
	var b bytes.Buffer
	name := r.name(t)
	if t.os == "windows" {
		err, name = zipped(&b, r.name(t), files, r.time), name+".zip"
	} else {
		err, name = tarred(&b, r.name(t)+"/", files, r.time), name+".tar.gz"
	}
	if err == nil {
		err = r.write(name, b.Bytes())
	}
	if err == nil {
		b.Reset()
		if err = writeSBOM(&b, info, r.time); err == nil {
			err = r.write(r.name(t)+".cdx.json", b.Bytes())
		}
	}
	if err == nil && t.os == "linux" {
		b.Reset()
		p := debian{version: debianVersion(r.version), arch: t.arch, time: r.time}
		if err = p.write(&b, debianFiles(files)); err == nil {
			err = r.write(fmt.Sprintf("pgverdict_%s_%s.deb", p.version, p.arch), b.Bytes())
		}
	}
	return err
}

// write writes an artefact and notes its checksum.
func (r *release) write(name string, content []byte) error {
	r.sums[name] = fmt.Sprintf("%x", sha256.Sum256(content))
	return os.WriteFile(filepath.Join(r.dist, name), content, 0o666)
}
