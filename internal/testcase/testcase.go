// Package testcase reads the cases under testdata. A case is one txtar archive:
// its comment says how the case was made, its files are what a user would give
// to the command. A case is named by its path without Ext.
//
// A file that several cases share is written in one of them. The line
//
//	-- pg_index.csv = ../txid-age/fires --
//
// stands for the pg_index.csv of the archive ../txid-age/fires.txtar.
package testcase

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Ext is the extension of a case's archive.
const Ext = ".txtar"

// Files returns the files of a case by name.
func Files(name string) (map[string]string, error) {
	a, err := txtar.ParseFile(name + Ext)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, f := range a.Files {
		file, from, shared := strings.Cut(f.Name, " = ")
		if shared {
			if f, err = held(filepath.Join(filepath.Dir(name), from), file); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		files[file] = string(f.Data)
	}
	return files, nil
}

// held returns a file that is written in a case's own archive.
func held(name, file string) (txtar.File, error) {
	a, err := txtar.ParseFile(name + Ext)
	if err != nil {
		return txtar.File{}, err
	}
	for _, f := range a.Files {
		if f.Name == file {
			return f, nil
		}
	}
	return txtar.File{}, fmt.Errorf("%s does not hold %s", name, file)
}

// Write writes the files of a case below a directory and returns the path that
// a user would give to the command: of a file if the case is a plan alone,
// otherwise of a folder.
func Write(dir, name string) (string, error) {
	files, err := Files(name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, filepath.Base(name))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	if len(files) == 1 {
		for file, text := range files {
			if ext, plan := strings.CutPrefix(file, "plan"); plan {
				return path + ext, os.WriteFile(path+ext, []byte(text), 0o666)
			}
		}
	}
	if err := os.Mkdir(path, 0o777); err != nil {
		return "", err
	}
	for file, text := range files {
		name := filepath.Join(path, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return "", err
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			return "", err
		}
	}
	return path, nil
}

// Unpack is Write into a directory that is removed when the test ends.
func Unpack(tb testing.TB, name string) string {
	tb.Helper()
	path, err := Write(tb.TempDir(), name)
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// Glob returns the names of the cases that match a pattern. No match is an
// error.
func Glob(tb testing.TB, pattern string) []string {
	tb.Helper()
	names, err := filepath.Glob(pattern + Ext)
	if err != nil || len(names) == 0 {
		tb.Fatalf("no case matches %s: %v", pattern, err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, Ext)
	}
	return names
}
