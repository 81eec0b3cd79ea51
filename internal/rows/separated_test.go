package rows

import (
	"encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestSeparated compares the records with those of encoding/csv, on texts of the
// characters that matter.
func TestSeparated(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := []string{`"`, `""`, ",", ",", "\n", "\r\n", "\r", " ", "a", "bc", "é", "\u00a0", "\t", ";", `","`, "\"\n", ",\n", "\xff"}
	for range 20_000 {
		var b strings.Builder
		for range rnd.IntN(14) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		compareRecords(t, b.String(), ',')
		compareRecords(t, b.String(), '\t')
	}
	long := `a,"` + strings.Repeat("x\n\"\"", 50_000) + `",` + strings.Repeat("y", 200_000) + "\nb,c,d\n" // more than the buffer holds
	compareRecords(t, long, ',')
}

func compareRecords(t *testing.T, text string, comma byte) {
	t.Helper()
	want := csv.NewReader(strings.NewReader(text))
	want.Comma, want.LazyQuotes, want.TrimLeadingSpace, want.FieldsPerRecord = rune(comma), comma == '\t', comma != '\t', -1
	got := &separated{b: newSource(strings.NewReader(text)), comma: comma, lazy: comma == '\t'}
	got.lend = len(text)%2 == 0 // the fields are the same until the next call
	for {
		record, err := want.Read()
		fields, line, errGot := got.next()
		var pe *csv.ParseError
		wantLine := line
		if errors.As(err, &pe) {
			err, wantLine = pe.Err, pe.StartLine
		} else if err == nil {
			wantLine, _ = want.FieldPos(0)
		}
		if err != errGot || line != wantLine || err == nil && !slices.Equal(record, fields) {
			t.Fatalf("%.200q: line %d, %q, %v; want line %d, %q, %v", text, line, fields, errGot, wantLine, record, err)
		}
		if err == io.EOF {
			return
		}
	}
}
