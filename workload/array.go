package workload

import (
	"iter"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// Values are a column's values in the statistics. They are user data, so each
// one is hidden. They are kept in one text, because a column has up to some
// hundred and few are ever read.
type Values struct {
	text string   // the text between the braces
	ends []uint32 // the end of each value in text
}

// ParseValues splits an array literal of one dimension as the server prints it:
// {1,2}, {"a b",NULL}. ok is false if it is not one.
func ParseValues(array string) (v Values, ok bool) {
	if len(array) < 2 || array[0] != '{' || array[len(array)-1] != '}' || len(array) > maxArray {
		return v, false
	}
	v.text = array[1 : len(array)-1]
	if v.text == "" {
		return v, true
	}
	v.ends = make([]uint32, 0, strings.Count(v.text, ",")+1)
	for i := 0; ; i++ {
		if i < len(v.text) && v.text[i] == '"' {
			for i++; i < len(v.text) && v.text[i] != '"'; i++ {
				if v.text[i] == '\\' {
					i++
				}
			}
			if i++; i > len(v.text) {
				return Values{}, false
			}
		} else if end := strings.IndexByte(v.text[i:], ','); end >= 0 {
			i += end
		} else {
			i = len(v.text)
		}
		v.ends = append(v.ends, uint32(i))
		if i == len(v.text) {
			return v, true
		}
		if v.text[i] != ',' {
			return Values{}, false
		}
	}
}

// maxArray keeps offsets in an array within 32 bits.
const maxArray = 1 << 30

// Len returns the number of values.
func (v Values) Len() int { return len(v.ends) }

// At returns the value at a position.
func (v Values) At(i int) Text { return redact.Hidden(v.at(i)) }

// All yields the values with their positions.
func (v Values) All() iter.Seq2[int, Text] {
	return func(yield func(int, Text) bool) {
		for i := range v.ends {
			if !yield(i, v.At(i)) {
				return
			}
		}
	}
}

// Whole returns all values in one text, for searches in all of them.
func (v Values) Whole() Text { return redact.Hidden(v.text) }

func (v Values) at(i int) string {
	from := 0
	if i > 0 {
		from = int(v.ends[i-1]) + 1
	}
	s := v.text[from:v.ends[i]]
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// array returns the elements of an array literal.
func array(s string) (list []string, ok bool) {
	v, ok := ParseValues(s)
	for i := range v.ends {
		list = append(list, v.at(i))
	}
	return list, ok
}

// array2 splits an array literal of two dimensions: {{1,2},{3,4}}.
func array2(s string) (rows [][]string, ok bool) {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, false
	}
	quoted, from := false, -1
	for i := 1; i < len(s)-1; i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			from = i
		case c == '}' && from > 0:
			row, ok := array(s[from : i+1])
			if !ok {
				return nil, false
			}
			rows, from = append(rows, row), -1
		}
	}
	return rows, from < 0
}
