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
// allocated.
func TestDamagedTextIsReadOnce(t *testing.T) {
	const lines = 20_000
	for name, text := range map[string]string{
		"unaligned, no bar":         "a|b|c|d\n" + strings.Repeat("select something of it\n", lines),
		"unaligned, one bar a row":  "a|b|c|d|e|f|g|h|i\n" + strings.Repeat("1|select x\nfrom y\nwhere z\n", lines/3),
		"aligned, a cell goes on":   " a  |  query\n----+----------\n" + strings.Repeat("  1 | where x +\n", lines),
		"aligned, without a frame":  "a  query     \n-- ----------\n" + strings.Repeat("   where x  +\n", lines),
		"expanded, a value goes on": "-[ RECORD 1 ]\na     | 1\nquery | select +\n" + strings.Repeat("      | where x +\n", lines),
		"quote that never ends":     "a,b,c\n1,\"2,3\n" + strings.Repeat("4,5,6\n", lines),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := Open("x", strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for !errors.Is(err, io.EOF) {
			_, err = r.Next()
		}
		runtime.ReadMemStats(&after)
		if times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(text)); times > 100 {
			t.Errorf("%s: %.0f times its size was allocated", name, times)
		}
	}
}
