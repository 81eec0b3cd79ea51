package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// writeJSON writes the report like an encoder with indentation, but one list entry
// at a time: there can be a hundred thousand statements.
func writeJSON(w io.Writer, r *Report, _ Options) error {
	out := bufio.NewWriter(w)
	j := &jsonWriter{w: out}
	j.fields(reflect.ValueOf(*r), "\n")
	if j.err != nil {
		return j.err
	}
	out.WriteByte('\n')
	return out.Flush()
}

type jsonWriter struct {
	w        *bufio.Writer
	err      error
	text     jsonText     // of one entry
	indented bytes.Buffer // the same
}

// fields writes a struct, its lists one entry at a time. margin is a newline and
// the indentation of the brackets.
func (j *jsonWriter) fields(v reflect.Value, margin string) {
	sep := "{"
	for i := range v.NumField() {
		name := jsonName(v.Type().Field(i))
		if name == "-" {
			continue
		}
		fmt.Fprintf(j.w, "%s%s  %q: ", sep, margin, name)
		j.value(v.Field(i), margin+"  ")
		sep = ","
	}
	j.w.WriteString(margin + "}")
}

func (j *jsonWriter) value(v reflect.Value, margin string) {
	switch t := v.Type(); {
	case t == reflect.TypeFor[*Workload]() && !v.IsNil(), t == reflect.TypeFor[*Comparison]() && !v.IsNil():
		j.fields(v.Elem(), margin)
	case t == reflect.TypeFor[Plan]():
		j.fields(v, margin)
	case t.Kind() == reflect.Slice && isNested(t.Elem()) && v.Len() > 0:
		sep := "["
		for i := range v.Len() {
			j.w.WriteString(sep + margin + "  ")
			j.value(toWrite(v.Index(i)), margin+"  ")
			sep = ","
		}
		j.w.WriteString(margin + "]")
	default:
		j.whole(v, margin)
	}
}

func (j *jsonWriter) whole(v reflect.Value, margin string) {
	if v.CanAddr() { // without a copy
		v = v.Addr()
	}
	j.text.Reset()
	if err := j.text.encode(v.Interface()); err != nil {
		j.err = cmp.Or(j.err, err)
		return
	}
	j.indented.Reset()
	j.err = cmp.Or(j.err, json.Indent(&j.indented, j.text.Bytes(), margin[1:], "  "))
	j.w.Write(j.indented.Bytes())
}

// marshal returns a value as JSON, with control characters escaped.
func marshal(v any) ([]byte, error) {
	var t jsonText
	err := t.encode(v)
	return t.Bytes(), err
}

// jsonText is JSON with control characters escaped.
type jsonText struct {
	bytes.Buffer
	encoder *json.Encoder // that writes to it
}

// encode adds a value.
func (t *jsonText) encode(v any) error {
	if t.encoder == nil {
		t.encoder = json.NewEncoder(&t.Buffer)
		t.encoder.SetEscapeHTML(false)
	}
	from := t.Len()
	if err := t.encoder.Encode(v); err != nil {
		return err
	}
	t.Truncate(t.Len() - len("\n"))
	if !hasControl(t.Bytes()[from:]) {
		return nil
	}
	text := string(t.Bytes()[from:])
	t.Truncate(from)
	for _, c := range text {
		switch {
		case !isControl(c):
			t.WriteRune(c)
		case c > 0xffff:
			c -= 0x10000
			fmt.Fprintf(t, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		default:
			fmt.Fprintf(t, `\u%04x`, c)
		}
	}
	return nil
}

// hasControl reports whether a text has control characters. Most have only ASCII.
func hasControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			return bytes.ContainsFunc(b, isControl)
		}
	}
	return false
}
