package report

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/report/outside"
)

// Whatever a text of a report holds, no format lets it do what the page, the terminal
// or the program that reads the format would obey.
func FuzzWrite(f *testing.F) {
	for _, text := range []string{evil, "", "x", "\n::error::x", "%0A::error::x", "{code}\n{html}<b>", "=cmd|' /C calc'!A0", "](javascript:alert(1))", "<a href=//x>", "[~user] !x.png! ||h||", "\x9b2J", "a\u2028b"} {
		for i := range formats {
			f.Add(text, uint8(i))
		}
	}
	tags := map[string]bool{}
	for _, text := range []string{"x", "", "a\nb", "a b c " + strings.Repeat("word ", 100)} {
		for _, tag := range outside.Tags(inFormat(f, filled(text), "html")) {
			tags[tag] = true
		}
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		if len(text) > 500 {
			return // a report has thousands of texts
		}
		format := FormatNames()[int(which)%len(formats)]
		out := inFormat(t, filled(text), format)
		for i, c := range out {
			if c != '\n' && isControl(c) {
				t.Fatalf("%s: %U comes through: %q", format, c, out[max(0, i-40):i])
			}
		}
		switch format {
		case "html":
			for _, tag := range outside.Tags(out) {
				if !tags[tag] {
					t.Fatalf("html: a tag of the text: %s", tag)
				}
			}
		case "json", "sarif":
			var back struct{ Summary struct{ Verdict string } }
			if err := json.Unmarshal([]byte(out), &back); err != nil || format == "json" && utf8.ValidString(text) && back.Summary.Verdict != text {
				t.Fatalf("%s: the text is not the same: %q, %v", format, back.Summary.Verdict, err)
			}
		case "jsonl":
			for line := range strings.Lines(out) {
				if !json.Valid([]byte(line)) {
					t.Fatalf("jsonl: not valid: %s", line)
				}
			}
		case "github":
			for line := range strings.Lines(out) {
				if !command.MatchString(line) {
					t.Fatalf("github: no command of this report: %q", line)
				}
			}
		}
	})
}

// command is a line of the GitHub format: the properties of a command end at the first
// "::", so that none is in a property.
var command = regexp.MustCompile(`^::(?:notice|error|warning) (?:file=[^:,]*,(?:line=\d+,)?)?title=[^:,]*::[^\r\n]*\n$`)

func inFormat(t testing.TB, r *Report, format string) string {
	var out bytes.Buffer
	if err := Write(&out, r, format, Options{Full: true}); err != nil {
		t.Fatal(format, err)
	}
	return out.String()
}
