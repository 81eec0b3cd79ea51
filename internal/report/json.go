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
	w   *bufio.Writer
	err error
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
	b, err := marshal(v.Interface())
	var out bytes.Buffer
	if err == nil {
		err = json.Indent(&out, b, margin[1:], "  ")
	}
	j.err = cmp.Or(j.err, err)
	j.w.Write(out.Bytes())
}

// marshal writes a value as JSON, with control characters escaped.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if !bytes.ContainsFunc(text, isControl) {
		return text, nil
	}
	var out bytes.Buffer
	for _, c := range string(text) {
		switch {
		case !isControl(c):
			out.WriteRune(c)
		case c > 0xffff:
			c -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, c)
		}
	}
	return out.Bytes(), nil
}
