package rows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One relation, as psql 15 printed it in every format (testdata/relation.sql),
// and as drivers hand it on: the same rows.
func TestDresses(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatal(len(files), err)
	}
	want := []string{
		"id,query,options,n,flag,note",
		"1|plain|fillfactor=90|1.5|t|NULL",
		"2|two/lines|a \"b\";c,d|6.00845e+06|f|last",
		"3|ü漢字 | x || 'y'|NULL|-1|t|NULL",
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, line := range all(t, string(text)) {
				if i > 0 {
					_, line, _ = strings.Cut(line, ": ")
				}
				got = append(got, canonical(line))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// canonical evens out what formats print differently: a newline,
// an array's quotes, a number's zeros, a flag's word.
func canonical(line string) string {
	for _, r := range [][2]string{
		{"\n", "/"}, {`{"a \"b\"","c,d"}`, `a "b";c,d`}, {`{"fillfactor=90"}`, "fillfactor=90"}, {"{fillfactor=90}", "fillfactor=90"},
		{"|true|", "|t|"}, {"|false|", "|f|"}, {"6008450", "6.00845e+06"}, {"6.00845e+06.0", "6.00845e+06"},
	} {
		line = strings.ReplaceAll(line, r[0], r[1])
	}
	return line
}

// Columns beside their values are one row. A row without a value is none of them.
func TestTransposed(t *testing.T) {
	for text, want := range map[string]string{
		`[{"field": "n_dead_tup", "value": 4}, {"field": "n_live_tup", "value": 5}]`: "n_dead_tup n_live_tup",
		`[{"rule": "dead-tuples", "relation": "carts"}, {"rule": "bloat"}]`:          "",
		`[{"rule": "dead-tuples", "relation": "carts"}, {}]`:                         "",
		"field,value\nn_dead_tup,4\nn_live_tup,5\n":                                  "n_dead_tup n_live_tup",
		"field,value\nn_dead_tup,4\nn_live_tup\n":                                    "",
	} {
		k, ok := Transposed([]byte(text), Section{To: len(text)})
		if got := strings.Join(k.Columns, " "); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v; want %q", text, got, ok, want)
		}
	}
}
