package rows

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// A text in which no row ends is read in time and memory that grow with its
// size and no faster: what is copied for each line anew shows in what is
// allocated. (The race detector allocates far more, and in proportion.)
func TestDamagedTextIsReadOnce(t *testing.T) {
	const lines, more = 2_500, 8
	for name, text := range map[string]struct{ head, line string }{
		"unaligned, no bar":           {"a|b|c|d\n", "select something of it\n"},
		"unaligned, one bar a row":    {"a|b|c|d|e|f|g|h|i\n", "1|select x\nfrom y\nwhere z\n"},
		"aligned, a cell goes on":     {" a  |  query\n----+----------\n", "  1 | where x +\n"},
		"aligned, without a frame":    {"a  query     \n-- ----------\n", "   where x  +\n"},
		"expanded, a value is broken": {"-[ RECORD 1 ]\na     | 1\nquery | select.\n", "      |.where x.\n"},
		"expanded, a value goes on":   {"-[ RECORD 1 ]\na     | 1\nquery | select +\n", "      | where x +\n"},
		"quote that never ends":       {"a,b,c\n1,\"2,3\n", "4,5,6\n"},
	} {
		few := allocated(t, text.head+strings.Repeat(text.line, lines))
		if many := allocated(t, text.head+strings.Repeat(text.line, more*lines)); many > 2*more*few {
			t.Errorf("%s: %d times the lines allocate %.0f times as much", name, more, many/few)
		}
	}
}

func allocated(t *testing.T, text string) float64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Open("x", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for !errors.Is(err, io.EOF) {
		_, err = r.Next()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}
