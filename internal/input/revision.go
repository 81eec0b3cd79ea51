package input

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// AtRevision returns the SQL files below the paths as they were at a git revision,
// by their absolute paths.
func AtRevision(revision string, paths []string) (map[string]string, error) {
	files := map[string]string{}
	for _, path := range paths {
		real, err := realPath(path)
		if err != nil {
			return nil, plainError(path, err)
		}
		dir, of := real, "."
		if info, err := os.Stat(real); err == nil && !info.IsDir() {
			dir, of = filepath.Split(real)
		}
		if _, err := git(dir, "rev-parse", "--verify", "--quiet", revision+"^{commit}"); err != nil {
			if _, err := git(dir, "rev-parse", "--git-dir"); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%s: git knows no revision %s", path, revision)
		}
		names, err := git(dir, "ls-tree", "-r", "--name-only", revision, "--", of)
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(names)) == 0 {
			continue // it was not there yet
		}
		// An archive has the files below the folder in which git runs.
		out, err := git(dir, "archive", "--format=tar", revision, "--", of)
		if err != nil {
			return nil, err
		}
		if err := untar(out, dir, files); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func untar(archive []byte, dir string, into map[string]string) error {
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeReg && strings.HasSuffix(h.Name, ".sql") {
			text, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			into[filepath.Join(dir, filepath.FromSlash(h.Name))] = string(text)
		}
	}
}

func git(dir string, args ...string) ([]byte, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return nil, errors.New("git was not found: a revision is read with it. Give the older migrations as a folder with --base")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("git %s in %s: %s", args[0], dir, strings.TrimPrefix(line, "fatal: "))
	}
	return out, nil
}

// Absolute returns a path as AtRevision names it; the path itself if it cannot be
// resolved.
func Absolute(path string) string {
	if real, err := realPath(path); err == nil {
		return real
	}
	return path
}
