package plan

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonReader reads JSON text and passes it to a builder. It reads each byte
// once and does not recurse. It accepts extra commas and line breaks inside
// strings, and what programs print of the same value: Python's single quotes, tuples,
// True and None, Ruby's => and nil, JavaScript's keys without quotes.
type jsonReader struct {
	s    string
	pos  int
	line int // line breaks read so far
	at   func(line int) int
	b    builder
	maps []bool // open maps (true) and lists
}

// readJSON reads one JSON value at the start of s and returns where it ended.
// at maps a line of s, counted from 0, to its line in the input.
func readJSON(s string, at func(int) int) (b *builder, end int, err *SyntaxError) {
	return readJSONAfter(&builder{}, s, at)
}

// readJSONAfter is readJSON for a value after another one, whose memory it shares.
func readJSONAfter(before *builder, s string, at func(int) int) (b *builder, end int, err *SyntaxError) {
	r := &jsonReader{s: s, at: at, b: builder{format: "json", room: before.room, stack: before.stack[:0]}}
	if want := r.value(); want != "" {
		err = &SyntaxError{Line: r.at(r.line), Want: want, Got: excerpt(r.rest())}
		switch {
		case want == lessNested: // what follows is within it
			err.Got, r.pos = "", len(s)
			r.b.drop(err)
			return &r.b, r.pos, err
		case r.pos >= len(s):
			err.Want, err.Got = want+" before the end of the input", ""
		}
		r.b.closeTruncated(err)
	}
	return &r.b, r.pos, err
}

// rest returns the text at the current position for an error message.
func (r *jsonReader) rest() string {
	rest := r.s[r.pos:]
	if len(rest) > 80 {
		rest = rest[:80]
	}
	rest, _, _ = strings.Cut(rest, "\n")
	return rest
}

// value reads a value to its end. If it cannot, it returns what was expected.
func (r *jsonReader) value() string {
	for {
		key, line := "", 0
		r.blanks(true)
		if r.pos >= len(r.s) {
			return "the rest of the JSON"
		}
		if n := len(r.maps); n > 0 && r.maps[n-1] && r.s[r.pos] != '}' {
			var ok bool
			switch c := r.s[r.pos]; {
			case c == '"' || c == '\'':
				if key, ok = r.text(); !ok {
					return "the rest of a string"
				}
			case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
				key = r.word()
			default:
				return "a key in quotes"
			}
			r.blanks(false)
			switch rest := r.s[r.pos:]; {
			case strings.HasPrefix(rest, "=>"):
				r.pos++
			case !strings.HasPrefix(rest, ":"):
				return "a colon"
			}
			r.pos++
			r.blanks(false)
			if r.pos >= len(r.s) {
				return "a value"
			}
		}
		line = r.at(r.line)
		switch c := r.s[r.pos]; {
		case c == '{' || c == '[' || c == '(':
			if !r.b.open(key, c != '{', line) {
				return lessNested
			}
			r.maps = append(r.maps, c == '{')
			r.pos++
		case c == '}' || c == ']' || c == ')':
			n := len(r.maps)
			if n == 0 || r.maps[n-1] != (c == '}') {
				return "the matching closing bracket"
			}
			r.maps = r.maps[:n-1]
			r.b.close()
			r.pos++
		case c == '"' || c == '\'':
			s, ok := r.text()
			if !ok {
				return "the rest of a string"
			}
			r.b.scalar(key, s, stringScalar, line)
		default:
			s := r.word()
			if plain := spelledJSON[s]; plain != "" {
				s = plain
			}
			switch {
			case s == "true" || s == "false" || s == "null":
				r.b.scalar(key, s, keywordScalar, line)
			case s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9'):
				r.b.scalar(key, s, numberScalar, line)
			default:
				return "a JSON value"
			}
		}
		if len(r.maps) == 0 {
			return ""
		}
	}
}

// blanks skips white space and remarks up to the end of a line, and commas if allowed.
func (r *jsonReader) blanks(commas bool) {
	for r.pos < len(r.s) {
		switch r.s[r.pos] {
		case '\n':
			r.line++
			r.pos += indent(r.s[r.pos+1:])
		case ' ', '\t', '\r':
		case ',':
			if !commas || len(r.maps) == 0 {
				return
			}
		case '+': // psql's mark of a line break, moved by a page
			if rest := strings.TrimLeft(r.s[r.pos+1:], " "); !strings.HasPrefix(rest, "\n") {
				return
			}
		case '-', '/', '#': // what somebody noted on a line
			end := strings.IndexByte(r.s[r.pos:], '\n')
			rest := r.s[r.pos:]
			if end < 0 || !strings.HasPrefix(rest, "--") && !strings.HasPrefix(rest, "//") && rest[0] != '#' {
				return
			}
			r.pos += end
			continue
		default:
			return
		}
		r.pos++
	}
}

func (r *jsonReader) word() string {
	start := r.pos
	for r.pos < len(r.s) && (isWordByte(r.s[r.pos]) || strings.IndexByte("+-.", r.s[r.pos]) >= 0) {
		r.pos++
	}
	return r.s[start:r.pos]
}

// spelledJSON is how programs spell the words of JSON.
var spelledJSON = map[string]string{"True": "true", "False": "false", "None": "null", "nil": "null", "undefined": "null"}

// text reads a quoted string.
func (r *jsonReader) text() (string, bool) {
	start, quote := r.pos+1, byte('"')
	if strings.HasPrefix(r.s[r.pos:], "'") {
		quote = '\''
	}
	escaped := false
	for i := start; i < len(r.s); i++ {
		switch r.s[i] {
		case quote:
			r.pos = i + 1
			if escaped {
				return unescape(r.s[start:i]), true
			}
			return r.s[start:i], true
		case '\\':
			escaped = true
			i++
		case '\n':
			r.line++
		}
	}
	r.pos = len(r.s)
	return "", false
}

// escapes are JSON's one-letter escapes.
var escapes = [256]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\'': '\'', '\\': '\\', '/': '/'}

// unescape decodes JSON's escapes, which YAML's double quotes share. Unknown
// escapes are kept.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			b.WriteByte(c)
			continue
		}
		i++
		if plain := escapes[s[i]]; plain != 0 {
			b.WriteByte(plain)
			continue
		}
		unit, ok := hex4(s[i:])
		if !ok {
			b.WriteByte('\\')
			b.WriteByte(s[i])
			continue
		}
		i += 4
		char := rune(unit)
		if utf16.IsSurrogate(char) {
			char = utf8.RuneError
			if i+2 < len(s) && s[i+1] == '\\' {
				if low, ok := hex4(s[i+2:]); ok {
					if pair := utf16.DecodeRune(rune(unit), rune(low)); pair != utf8.RuneError {
						char = pair
						i += 6
					}
				}
			}
		}
		b.WriteRune(char)
	}
	return b.String()
}

// hex4 reads the u0041 of \u0041.
func hex4(s string) (v uint16, ok bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	for i := 1; i < 5; i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | uint16(c)
	}
	return v, true
}
