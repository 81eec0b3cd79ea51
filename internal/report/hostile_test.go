package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report/outside"
)

// evil is what a name, a query or a file's name may hold, for every kind of
// reader: a terminal (escape sequences in seven and eight bits, a title, a
// carriage return), an eye (writing turned round, no width), Markdown (tables,
// links, mentions, fences, lists) and HTML.
const evil = "a|b \\| \x1b[31mred\x1b]0;title\x07\u009b2J\r\x00 \u202ekcab\u2066\u200b \ufeff" +
	"`c` ``` [link](http://evil.example) www.evil.example ![i](x) @someone #4 !5 **bold** __b__ ~~no~~ $x$ &lt;b&gt; " +
	"<script>alert(1)</script> <img src=x onerror=alert(1)> \"' onmouseover=alert(1) x=\" --> ]]> </style></title></details>\n# Heading\nR9  DROP TABLE t;\n| x | y |\n- item"

// fill puts the same text into every string of a value, and something into
// everything else, so that a field that comes tomorrow is tried as well.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		v.SetInt(0)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Interface:
		v.Set(reflect.ValueOf(text))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case reflect.Struct:
		switch known := v.Addr().Interface().(type) {
		case *opt.Float:
			*known = opt.Of(1.0)
		case *opt.Value[int]:
			*known = opt.Some(0)
		case *opt.Value[bool]:
			*known = opt.Some(true)
		default:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					fill(v.Field(i), text)
				}
			}
		}
	}
}

// filled is a report of nothing but one text, in sections that pages show.
func filled(text string) *Report {
	r := new(Report)
	fill(reflect.ValueOf(r).Elem(), text)
	one := 0
	for i, section := range []string{"A", "B"} {
		r.Findings[i].Section, r.Findings[i].Severity = section, finding.High
		r.Recommendations[i].ID = fmt.Sprintf("R%d", i+1)
		for p := range r.Plans {
			r.Plans[p].Nodes[i].ID, r.Plans[p].Nodes[i].Parent = i, nil
		}
	}
	for p := range r.Plans {
		r.Plans[p].Nodes[1].Parent = &one
	}
	r.Findings[0].Ignored = "" // formats for CI leave out what is ignored
	r.Summary.Top = []string{"R1"}
	r.SchemaVersion = SchemaVersion
	return r
}

func everyWay(t *testing.T, r *Report, check func(name, format, out string)) {
	t.Helper()
	for _, format := range FormatNames() {
		for _, o := range []Options{{}, {Full: true}, {Lists: true}, {Lists: true, Full: true, Width: 200}} {
			var out bytes.Buffer
			if err := Write(&out, r, format, o); err != nil {
				t.Fatal(format, err)
			}
			check(fmt.Sprintf("%s %+v", format, o), format, out.String())
		}
	}
}

// No format lets through what a terminal or an eye would obey.
func TestNothingIsObeyed(t *testing.T) {
	everyWay(t, filled(evil), func(name, format, out string) {
		for i, c := range out {
			if c != '\n' && isControl(c) {
				t.Errorf("%s: %U comes through: %q", name, c, out[max(0, i-40):i])
				return
			}
		}
		if !strings.Contains(out, "alert(1)") {
			t.Errorf("%s: the text is not there at all", name)
		}
	})
}

// JSON says the text as it is.
func TestJSONKeepsTheText(t *testing.T) {
	everyWay(t, filled(evil), func(name, format, out string) {
		if !strings.HasPrefix(format, "json") {
			return
		}
		d, found := json.NewDecoder(strings.NewReader(out)), false
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(name, err)
			}
			found = found || token == evil
		}
		if !found {
			t.Errorf("%s: the text is not the same", name)
		}
	})
}

// A name with newlines begins no line of a page.
func TestNoLineIsForged(t *testing.T) {
	everyWay(t, filled(evil), func(name, format, out string) {
		if format != "text" && format != "markdown" {
			return
		}
		if format == "markdown" {
			var open bool
			if out, open = outside.Markdown(out); open {
				t.Errorf("%s: a fence is not closed", name)
			}
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "# Heading") || strings.HasPrefix(line, "R9 ") || strings.HasPrefix(line, "- item") || strings.HasPrefix(line, "| x | y |") {
				t.Errorf("%s: a line of the text stands as one of the page: %s", name, line)
			}
		}
	})
}

// Markdown's tables hold, and outside of code nothing of the text is a tag, a
// link, a mention or a reference.
func TestMarkdownIsNotBroken(t *testing.T) {
	everyWay(t, filled(evil), func(name, format, out string) {
		if format != "markdown" {
			return
		}
		cells := 0
		prose, _ := outside.Markdown(out)
		for raw := range strings.Lines(prose) {
			bars := strings.Count(raw, "|")
			switch {
			case !strings.HasPrefix(raw, "|"):
				cells = 0
			case cells == 0:
				cells = bars
			case bars != cells:
				t.Errorf("%s: %d bars in a table of %d: %s", name, bars, cells, raw)
			}
			shown := html.UnescapeString(raw)
			if strings.Contains(raw, "<script") || strings.Contains(raw, "<img") || strings.Contains(raw, "](") || strings.Contains(raw, "://") ||
				strings.Contains(raw, "www.") || strings.Contains(shown, " @someone") || strings.Contains(shown, " #4") || strings.Contains(raw, "**bold") {
				t.Errorf("%s: the text means something: %s", name, raw)
			}
		}
	})
}

// Text of any length or shape makes no line that a terminal would break in a
// table, and no format fails on it.
func TestAnyText(t *testing.T) {
	for _, text := range []string{"", " ", "\n", "|", "`", "\\", strings.Repeat("x", 5000), strings.Repeat("🙂漢字 ", 300), "\xff\xfe", "#", "-", "1."} {
		everyWay(t, filled(text), func(name, format, out string) {
			if out == "" {
				t.Errorf("%s: nothing is written for %q", name, text)
			}
		})
	}
}
