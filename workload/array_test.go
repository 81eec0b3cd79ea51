package workload

import (
	"slices"
	"strings"
	"testing"
)

// TestParseValues: what array_out prints, and what is none of it.
func TestParseValues(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`:                            {},
		`{1}`:                           {"1"},
		`{1,,3}`:                        {"1", "", "3"},
		`{a,"b, c",""}`:                 {"a", "b, c", ""},
		`{"q\"x","back\\slash",NULL}`:   {`q"x`, `back\slash`, "NULL"},
		`{"{1,2}","{\"a\": \"b, c\"}"}`: {"{1,2}", `{"a": "b, c"}`},
		`{"ends in \\"}`:                {`ends in \`},
	} {
		v, ok := ParseValues(text)
		got := []string{}
		for i, e := range v.All() {
			if e.Raw() != v.At(i).Raw() || strings.Contains(e.String(), e.Raw()) && e.Raw() != "" {
				t.Errorf("%s: value %d is %q, shown as %q", text, i, e.Raw(), e)
			}
			got = append(got, e.Raw())
		}
		if !ok || !slices.Equal(got, want) || v.Len() != len(want) {
			t.Errorf("%s: %q, %v, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "{", "}", "1,2", `{"a}`, `{"a\"}`, `{"a"b}`, `{1,2`} {
		if v, ok := ParseValues(text); ok || v.Len() != 0 {
			t.Errorf("%q passes for an array of %d", text, v.Len())
		}
	}
}
