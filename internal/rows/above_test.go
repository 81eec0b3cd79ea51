package rows

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// Empty lines above rows, in any format, only move them down.
func TestEmptyLinesAbove(t *testing.T) {
	const above = 70_000 // more than is looked at for the format
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	lines := func(text []byte) (list []int, columns int) {
		r, err := Open("", bytes.NewReader(text))
		if err != nil {
			return nil, 0
		}
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return list, len(r.Columns())
			}
			if bad, ok := diag.As(err); ok {
				list = append(list, bad.Line)
			} else {
				list = append(list, row.Line)
			}
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// A row left out, and one that is not whole.
		for _, text := range [][]byte{text, append(bytes.Clone(text), "...\nx | y | z | 1 | 2 | 3\n"...)} {
			want, columns := lines(text)
			got, same := lines(append(bytes.Repeat([]byte("\n"), above), text...))
			if len(got) != len(want) || same != columns {
				t.Fatalf("%s: %d rows of %d columns, want %d of %d", file, len(got), same, len(want), columns)
			}
			for i, line := range got {
				if line != want[i]+above {
					t.Errorf("%s: row %d on line %d, want %d", file, i, line, want[i]+above)
				}
			}
		}
	}
}
