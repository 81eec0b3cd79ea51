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
