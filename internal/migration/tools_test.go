package migration

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/pgverdict/pgverdict/internal/figures"
)

var update = flag.Bool("update", false, "write what was read as what is wanted")

// Each archive is a folder of one tool, and says how it was read: the files in their
// order, the transaction of each statement, the part that takes it back.
func TestTools(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			want := -1
			for i, f := range a.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				name := filepath.Join(dir, f.Name)
				if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, f.Data, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			sources := sourcesOf(t, dir)
			got := described(Read(sources, Options{}), sources, dir)
			if *update {
				if want < 0 {
					want = len(a.Files)
					a.Files = append(a.Files, txtar.File{Name: "want"})
				}
				a.Files[want].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 {
				t.Fatal("it does not say what is wanted")
			}
			if diff := cmp.Diff(string(a.Files[want].Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// sourcesOf returns the SQL of a folder.
func sourcesOf(t *testing.T, dir string) []*Source {
	t.Helper()
	var list []*Source
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".sql" && filepath.Ext(path) != ".log" {
			return err
		}
		b, err := os.ReadFile(path)
		list = append(list, &Source{Input: len(list), Path: path, Text: string(b)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// described says how files were read.
func described(s *Set, sources []*Source, dir string) string {
	var b strings.Builder
	short := func(path string) string { return strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(dir)+"/") }
	if s.Schema != NoSchema {
		fmt.Fprintf(&b, "schema: %s\n", s.Schema)
	}
	for _, note := range s.NotJudged {
		fmt.Fprintf(&b, "%s\n", note)
	}
	for _, f := range s.Files {
		fmt.Fprintf(&b, "%s: %s by %s, version %q, %s by %s\n", short(f.Path), f.Tool.Name, f.Basis, f.Version, f.Engine, f.EngineBy)
		for _, n := range f.Notes {
			fmt.Fprintf(&b, "  note: %s\n", n)
		}
		var tx *Transaction
		for _, st := range f.Statements {
			if st.Tx != tx && st.Tx != nil {
				fmt.Fprintf(&b, "  %s:", st.Tx.Kind)
				if st.Tx.Why != "" {
					fmt.Fprintf(&b, " %s;", st.Tx.Why)
				}
				fmt.Fprintf(&b, " %s, open %v, nested %v, ended %v\n", figures.Plural(st.Tx.Files, "file"), st.Tx.Open, st.Tx.Nested != nil, st.Tx.EndedBy != nil)
			}
			if tx = st.Tx; tx == nil {
				b.WriteString("  none:\n")
			}
			describeStatement(&b, st, "    ")
		}
		if f.HasDown {
			fmt.Fprintf(&b, "  down, in %s:\n", short(sources[f.DownInput].Path))
			for _, st := range f.Down {
				describeStatement(&b, st, "    ")
			}
		}
	}
	for _, sk := range s.Skipped {
		fmt.Fprintf(&b, "skipped %s: %s\n", short(sources[sk.Input].Path), sk.Why)
	}
	return b.String()
}

func describeStatement(b *strings.Builder, s *Statement, indent string) {
	fmt.Fprintf(b, "%s%d-%d %s", indent, s.Line, s.EndLine, strings.Join(strings.Fields(s.Text), " "))
	if s.Err != nil {
		fmt.Fprintf(b, " [%v]", s.Err)
	}
	if s.Loop != nil {
		fmt.Fprintf(b, " %+v", *s.Loop)
	}
	for _, rule := range slices.Sorted(maps.Keys(s.Ignored)) {
		fmt.Fprintf(b, " [ignores %s: %s]", rule, s.Ignored[rule])
	}
	b.WriteString("\n")
	for _, in := range s.Body {
		describeStatement(b, in, indent+"  ")
	}
}
