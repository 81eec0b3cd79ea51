package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/limits"
)

func isJSON(head []byte) bool {
	text := bytes.TrimSpace(head)
	return len(text) > 1 && (text[0] == '[' || text[0] == '{') && bytes.ContainsRune(text[:min(len(text), 4096)], '"')
}

// openJSON reads rows that are objects: in an array, one per line, or in an
// array inside of a wrapper of a driver or tool. Objects can have different
// keys.
func openJSON(name string, b *source) (*Reader, error) {
	counted := &lineCounter{r: b}
	d := json.NewDecoder(counted)
	d.UseNumber()
	j := &jsonRows{name: name, d: d, counted: counted}
	first, err := j.next()
	if err != nil {
		var bad *diag.SyntaxError
		if errors.As(err, &bad) {
			return nil, err
		}
		return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "rows as JSON objects"}
	}
	r := &Reader{name: name, source: b, columns: first.names}
	pending := &first
	r.next = func() (Row, error) {
		row := pending
		for row == nil {
			next, err := j.next()
			if err != nil {
				return Row{}, err
			}
			if next.shares(first.at) {
				row = &next
			}
		}
		pending = nil
		return Row{Line: row.line, at: row.at, fields: row.fields}, nil
	}
	return r, nil
}

// jsonRows reads one object after the other.
type jsonRows struct {
	name    string
	d       *json.Decoder
	counted *lineCounter
	depth   int  // brackets and braces that are open around the rows
	inside  bool // of a row whose opening brace was read
	// outermost: only wrappers so far, so the rows can be deeper.
	outermost, given bool
	broken           bool
}

type jsonRow struct {
	line   int
	names  []string
	at     map[string]int
	fields []field
}

// shares reports whether a row has one of the columns. A driver's list of column
// types after the rows has none.
func (r jsonRow) shares(columns map[string]int) bool {
	for name := range r.at {
		if _, ok := columns[name]; ok {
			return true
		}
	}
	return len(r.at) == 0
}

// next returns the next object that is a row: one that holds no array of
// objects.
func (j *jsonRows) next() (jsonRow, error) {
	for !j.broken {
		if !j.inside {
			t, err := j.d.Token()
			switch {
			case errors.Is(err, io.EOF) && j.depth == 0:
				return jsonRow{}, io.EOF
			case err != nil:
				j.broken = true
				return jsonRow{}, j.bad(err)
			}
			switch t {
			case json.Delim('['):
				j.depth++
				continue
			case json.Delim(']'), json.Delim('}'):
				j.depth--
				continue
			case json.Delim('{'):
			default:
				continue // of a wrapper, after its rows
			}
		}
		j.inside = false
		row, err := j.object()
		if err != nil {
			j.broken = true
			return jsonRow{}, j.bad(err)
		}
		if !j.inside {
			j.given = true
			return row, nil
		}
	}
	return jsonRow{}, io.EOF
}

func (j *jsonRows) bad(err error) error {
	want := "JSON"
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		want = "the rest of the JSON before the end of the input"
	}
	return &diag.SyntaxError{Name: j.name, Line: j.counted.at(j.d.InputOffset()), Want: want}
}

// object reads the object that was just opened. If one of its values is an array
// of objects, the object is a wrapper, and reading stops inside of the first
// object of that array, which is the first row.
func (j *jsonRows) object() (jsonRow, error) {
	row := jsonRow{line: j.counted.at(j.d.InputOffset()), at: map[string]int{}}
	var groups []map[string]any // of columns: {"table": "a", "stats": {"seq_scan": 1}}
	for j.d.More() {
		key, err := j.d.Token()
		if err != nil {
			return row, err
		}
		j.outermost = !j.given && len(row.names) == 0
		v, err := j.value(0, false)
		if err != nil || j.inside {
			j.depth++
			return row, err
		}
		name := strings.ToLower(fmt.Sprint(key))
		row.add(name, v)
		switch v := v.(type) {
		case map[string]any:
			groups = append(groups, v)
		case []any:
			groups = append(groups, nil)
		}
	}
	if len(groups) == len(row.names) {
		groups = nil // a wrapper
	}
	for _, of := range groups {
		for _, key := range slices.Sorted(maps.Keys(of)) {
			if name := strings.ToLower(key); !row.has(name) {
				row.add(name, of[key])
			}
		}
	}
	_, err := j.d.Token() // the closing brace
	return row, err
}

func (r *jsonRow) has(name string) bool {
	_, has := r.at[name]
	return has
}

func (r *jsonRow) add(name string, v any) {
	if !r.has(name) {
		r.at[name] = len(r.names)
	}
	r.names = append(r.names, name)
	r.fields = append(r.fields, jsonField(v))
}

// value reads a value of a row.
func (j *jsonRows) value(nested int, inArray bool) (any, error) {
	if nested > limits.ValueDepth {
		return nil, errors.New("nested too deep")
	}
	t, err := j.d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for j.d.More() {
			v, err := j.value(nested+1, true)
			if err != nil || j.inside {
				j.depth++
				return nil, err
			}
			list = append(list, v)
		}
		_, err := j.d.Token()
		return list, err
	case json.Delim('{'):
		if inArray && (nested == 1 || j.outermost || !j.given) {
			j.inside = true
			return nil, nil
		}
		object := map[string]any{}
		for j.d.More() {
			key, err := j.d.Token()
			if err != nil {
				return nil, err
			}
			v, err := j.value(nested+1, false)
			if err != nil || j.inside {
				j.depth++
				return nil, err
			}
			object[fmt.Sprint(key)] = v
		}
		_, err := j.d.Token()
		return object, err
	}
	return t, nil
}

// jsonField returns a value as SQL's text output prints it.
func jsonField(v any) field {
	switch v := v.(type) {
	case nil:
		return field{null: true}
	case string:
		return field{value: v, null: v == "" || v == "NULL"}
	case []any:
		return field{value: arrayLiteral(v)}
	case map[string]any:
		b, _ := json.Marshal(v)
		return field{value: string(b)}
	}
	return field{value: fmt.Sprint(v)}
}

// arrayLiteral prints an array as the server does: {1,"a, b",NULL}.
func arrayLiteral(list []any) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		f := jsonField(v)
		switch _, number := v.(json.Number); {
		case v == nil:
			b.WriteString("NULL")
		case number:
			b.WriteString(f.value)
		default:
			b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.value) + `"`)
		}
	}
	b.WriteByte('}')
	return b.String()
}

// jsonInCells reads the rows of json_agg or row_to_json, which psql shows in one
// column. Any other relation of one column is returned as it is.
func jsonInCells(name string, r *Reader) (*Reader, error) {
	next := r.next
	first, err := next()
	if err != nil {
		told := false
		r.next = func() (Row, error) {
			if !told {
				told = true
				return Row{}, err
			}
			return next()
		}
		return r, nil
	}
	if v := first.fields[0].value; !strings.HasPrefix(v, "[{") && !strings.HasPrefix(v, "{\"") {
		kept, pending := Row{Line: first.Line, at: first.at, fields: []field{first.fields[0]}}, true
		r.next = func() (Row, error) {
			if pending {
				pending = false
				return kept, nil
			}
			return next()
		}
		return r, nil
	}
	var text strings.Builder
	for err == nil {
		text.WriteString(first.fields[0].value + "\n")
		first, err = next()
	}
	return openJSON(name, newSource(strings.NewReader(text.String())))
}

// lineCounter counts the lines that are read through it.
type lineCounter struct {
	r    io.Reader
	read int64
	ends []int64 // offsets of the newlines after the last offset asked for
	line int
}

func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			c.ends = append(c.ends, c.read+int64(i))
		}
	}
	c.read += int64(n)
	return n, err
}

// at returns the line of an offset. Offsets must not decrease.
func (c *lineCounter) at(offset int64) int {
	i := 0
	for i < len(c.ends) && c.ends[i] < offset {
		i++
	}
	c.line += i
	c.ends = c.ends[i:]
	return c.line + 1
}
