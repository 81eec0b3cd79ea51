package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/mark"
)

// Relations in JSON whose rows are no objects: the names of the columns beside rows that
// are arrays, as drivers and web consoles return them, or a column each with its values.

var (
	jsonTable  = regexp.MustCompile(`^\s*\[\s*\[\s*"|^\s*\{[^\[]*\[\s*(?:"[^"]*"|-?[\d.]+|null|true|false)\s*[,\]]|^\s*\{\s*"\w+"\s*:\s*\{\s*"0"\s*:`)
	jsonNested = regexp.MustCompile(`"(?:rows|data|values|records)"\s*:\s*\[\s*\[`) // beneath another key
)

func isJSONTable(head []byte) bool {
	return isJSON(head) && (jsonTable.Match(head) || mark.Match(head, jsonNested, `"rows"`, `"data"`, `"values"`, `"records"`))
}

// object is an object with its members in their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) get(names ...string) any {
	for _, m := range o {
		if slices.Contains(names, strings.ToLower(m.name)) {
			return m.value
		}
	}
	return nil
}

func openJSONTable(name string, b *source) (*Reader, error) {
	text, err := io.ReadAll(b)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := ordered(d, 0)
	names, list := tableIn(v)
	if err != nil || len(names) == 0 {
		return openJSON(name, newSource(bytes.NewReader(text)))
	}
	r, columns := newReader(name, b, names)
	line := 1
	r.next = func() (Row, error) {
		if len(list) == 0 {
			return Row{}, io.EOF
		}
		cells, _ := list[0].([]any)
		if list = list[1:]; len(cells) != len(names) {
			return Row{}, r.wrongCount(line, len(cells), true)
		}
		row := Row{Line: line, at: columns, fields: make([]field, len(names))}
		for i, v := range cells {
			row.fields[i] = jsonField(v)
		}
		return row, nil
	}
	return r, nil
}

// ordered reads a value.
func ordered(d *json.Decoder, nested int) (any, error) {
	t, err := d.Token()
	if err == nil && nested > limits.ValueDepth {
		err = errors.New("nested too deep")
	}
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := ordered(d, nested+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		var o object
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := ordered(d, nested+1)
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			o = append(o, member{name, v})
		}
		_, err = d.Token()
		return o, err
	}
	return t, nil
}

// tableIn returns the first relation in a value.
func tableIn(v any) (names []string, rows []any) {
	switch v := v.(type) {
	case []any:
		if every[[]any](v) && len(v) > 1 { // the first row has the names
			return namesIn(v[0]), v[1:]
		}
		for _, e := range v {
			if names, rows = tableIn(e); names != nil {
				return names, rows
			}
		}
	case object:
		if list, ok := v.get("rows", "data", "values", "records").([]any); ok && every[[]any](list) {
			if names = namesIn(v.get("columns", "cols", "fields", "header", "headers", "names")); names != nil {
				return names, list
			}
		}
		if names, rows = transposed(v); names != nil {
			return names, rows
		}
		for _, m := range v {
			if names, rows = tableIn(m.value); names != nil {
				return names, rows
			}
		}
	}
	return nil, nil
}

// every reports whether all values of a list have a type.
func every[T any](list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool { _, is := v.(T); return !is })
}

// namesIn returns the names of columns: texts, or objects with a name.
func namesIn(v any) (names []string) {
	list, _ := v.([]any)
	for _, e := range list {
		if o, is := e.(object); is {
			e = o.get("name", "column_name", "display_name")
		}
		name, is := e.(string)
		if !is {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// transposed returns the rows of an object that has the values of each column.
func transposed(o object) (names []string, rows []any) {
	for i, m := range o {
		list, is := m.value.([]any)
		if frame, framed := m.value.(object); framed { // by the number of the row
			for _, cell := range frame {
				list = append(list, cell.value)
			}
			is = len(frame) > 0 && strings.Trim(frame[0].name, "0123456789") == ""
		}
		if !is || len(list) == 0 || i > 0 && len(list) != len(rows) || every[[]any](list) || every[object](list) {
			return nil, nil
		}
		names = append(names, m.name)
		for k, v := range list {
			if i == 0 {
				rows = append(rows, []any{v})
			} else {
				rows[k] = append(rows[k].([]any), v)
			}
		}
	}
	if len(names) < 2 {
		return nil, nil
	}
	return names, rows
}
