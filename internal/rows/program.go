package rows

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Rows as programs print them: Python's dicts and database rows, Ruby's hashes, also by
// awesome_print, JavaScript's objects. They are rewritten to JSON, token by token.

// printed matches where such rows begin: at the start of a line, or behind the name that
// a console shows.
var printed = regexp.MustCompile(`(?m)^[ \t]*(?:=>\s*|[\w.\[\]]+\s*[:=]\s*)?(\[?\s*(?:\[0\]\s*)?(?:\{\s*(?:'\w+'\s*:|"\w+"\s*=>|:\w+\s*=>|[a-z_]\w*:\s)|(?:RealDictRow|OrderedDict|Row)\(|<Record\s))`)

func openProgram(name string, b *source) (*Reader, error) {
	head, _ := b.Peek(sniffed)
	from := printed.FindSubmatchIndex(head)[2]
	p := &program{in: b.Reader}
	p.out = []byte(strings.Repeat("\n", strings.Count(string(head[:from]), "\n")))
	_, _ = b.Discard(from)
	return openJSON(name, &source{bufio.NewReaderSize(p, sniffed), b.end})
}

// program is the text of such rows as JSON.
type program struct {
	in    *bufio.Reader
	out   []byte
	open  []byte // what is open: brackets, and of a row in pairs 'R', its pairs 'P', and '<'
	value bool   // a value was written, so that another needs a comma
	done  bool
}

func (p *program) Read(to []byte) (int, error) {
	for len(p.out) == 0 {
		if p.done {
			return 0, io.EOF
		}
		p.token()
	}
	n := copy(to, p.out)
	p.out = p.out[n:]
	return n, nil
}

func (p *program) inside() byte {
	if len(p.open) == 0 {
		return 0
	}
	return p.open[len(p.open)-1]
}

func (p *program) pop() {
	if p.open = p.open[:max(0, len(p.open)-1)]; len(p.open) == 0 {
		p.done = true // what follows is the console's
	}
}

func (p *program) write(s string) { p.out = append(p.out, s...) }

// follows reads a text if it is next.
func (p *program) follows(s string) bool {
	next, _ := p.in.Peek(len(s))
	if string(next) != s {
		return false
	}
	_, _ = p.in.Discard(len(s))
	return true
}

// maxWord limits how far a token is looked at.
const maxWord = 200

func (p *program) token() {
	c, err := p.in.ReadByte()
	if err != nil {
		p.done = true
		return
	}
	switch c {
	case ' ', '\t', '\r', '\n':
		p.write(string(c))
	case '\'', '"':
		p.text(c)
	case '[':
		if next, _ := p.in.Peek(maxWord); itemNumber.Match(next) { // awesome_print numbers the items
			_, _ = p.in.Discard(len(itemNumber.Find(next)))
			return
		}
		p.open = append(p.open, c)
		p.write("[")
	case '{':
		p.open = append(p.open, c)
		p.write("{")
	case '(':
		if p.inside() == 'R' {
			p.open = append(p.open, 'P')
			return
		}
		p.open = append(p.open, c)
		p.write("[")
	case ')':
		switch p.inside() {
		case 'P': // the end of a pair
		case 'W': // of what stands around a dict
		default:
			p.write("]")
		}
		p.pop()
	case ']', '}':
		if p.inside() == 'R' {
			p.write("}")
			p.follows(")")
		} else {
			p.write(string(c))
		}
		p.pop()
	case ',':
		if p.inside() == 'P' {
			p.write(":")
			p.open[len(p.open)-1] = 'P'
			return
		}
		p.write(",")
	case '=':
		p.follows(">")
		p.write(":")
	case ':':
		if next, _ := p.in.Peek(1); len(next) > 0 && isWordByte(next[0]) { // Ruby's symbol
			p.write(quoted(p.word()))
			return
		}
		p.write(":")
	case '<':
		if p.follows("Record ") {
			p.open = append(p.open, '<')
			p.write("{")
			p.value = false
			return
		}
		p.unknown(c)
	case '>':
		if p.inside() == '<' {
			p.write("}")
			p.pop()
			return
		}
		p.unknown(c)
	default:
		_ = p.in.UnreadByte()
		p.bare()
	}
}

// itemNumber matches the number of an item behind its opening bracket.
var itemNumber = regexp.MustCompile(`^\d+\]\s*`)

// unknown writes what is no JSON, so that the row is reported.
func (p *program) unknown(c byte) { p.write(string(c)) }

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func (p *program) word() string {
	next, _ := p.in.Peek(maxWord)
	n := 0
	for n < len(next) && (isWordByte(next[n]) || next[n] == '.') {
		n++
	}
	_, _ = p.in.Discard(n)
	return string(next[:n])
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

var (
	// moment matches a time without quotes, and figure a number.
	moment = regexp.MustCompile(`^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?UTC| ?[+-]\d\d:?\d\d)?`)
	figure = regexp.MustCompile(`^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`)
	// called matches a value that is made by a call.
	called = regexp.MustCompile(`^[\w.]*(?:datetime|timestamp|Timestamp)\((\d+), (\d+), (\d+)(?:, (\d+))?(?:, (\d+))?(?:, (\d+))?(?:, (\d+))?[^()]*(?:\([^()]*\))?\)`)
	wraps  = regexp.MustCompile(`^[\w.]+\((?:'([^'\\]*)'|"([^"\\]*)"|(-?[\d.]+))(?:, [^()]*)?\)`)
	keyed  = regexp.MustCompile(`^([A-Za-z_]\w*)\s*:`)
	words  = map[string]string{"None": "null", "nil": "null", "null": "null", "undefined": "null", "NaN": "null", "nan": "null", "NaT": "null", "True": "true", "False": "false", "true": "true", "false": "false"}
)

// bare writes a token without quotes.
func (p *program) bare() {
	next, _ := p.in.Peek(maxWord)
	take := func(n int) string {
		_, _ = p.in.Discard(n)
		return string(next[:n])
	}
	if p.inside() == '<' { // a key of a Record
		if at := recordKey.FindSubmatch(next); at != nil {
			if p.value {
				p.write(",")
			}
			p.value = true
			p.write(quoted(string(at[1])) + ":")
			take(len(at[0]))
			return
		}
	}
	switch {
	case moment.Match(next):
		p.write(quoted(strings.Replace(take(len(moment.Find(next))), " UTC", "+00", 1)))
	case figure.Match(next):
		p.write(take(len(figure.Find(next))))
	case called.Match(next):
		m := called.FindStringSubmatch(string(next))
		take(len(m[0]))
		for i := range m {
			if m[i] == "" {
				m[i] = "0"
			}
		}
		zone := ""
		if strings.Contains(m[0], "utc") || strings.Contains(m[0], "UTC") || strings.Contains(m[0], "offset=0") {
			zone = "+00"
		}
		p.write(quoted(fmt.Sprintf("%04s-%02s-%02s %02s:%02s:%02s.%06s%s", m[1], m[2], m[3], m[4], m[5], m[6], m[7], zone)))
	case keyed.Match(next) && p.inside() == '{':
		m := keyed.FindSubmatch(next)
		take(len(m[0]))
		p.write(quoted(string(m[1])) + ":")
	case wraps.Match(next):
		m := wraps.FindSubmatch(next)
		take(len(m[0]))
		p.write(quoted(string(m[1]) + string(m[2]) + string(m[3])))
	default:
		w := p.word()
		switch {
		case w == "":
			_, size := utf8.DecodeRune(next)
			p.write(take(size))
		case words[w] != "":
			p.write(words[w])
		case p.follows("(["): // RealDictRow([('relname', 'orders'), ...])
			p.open = append(p.open, 'R')
			p.write("{")
		case p.follows("("): // RealDictRow({...})
			p.open = append(p.open, 'W')
		default:
			p.write(w)
		}
	}
}

var recordKey = regexp.MustCompile(`^([A-Za-z_]\w*)=`)

// text writes a string. JavaScript breaks long ones at their newlines, with a plus.
func (p *program) text(quote byte) {
	var b strings.Builder
	for {
		c, err := p.in.ReadByte()
		switch {
		case err != nil:
			p.done = true // the text ends within the string
			return
		case c == '\\':
			b.WriteString(p.escape())
			continue
		case c != quote:
			b.WriteByte(c)
			continue
		}
		next, _ := p.in.Peek(maxWord)
		plus := joins.FindSubmatch(next)
		if plus == nil {
			break
		}
		_, _ = p.in.Discard(len(plus[0]))
		quote = plus[1][0]
	}
	p.write(quoted(b.String()))
}

var joins = regexp.MustCompile(`^\s*\+\s*(['"])`)

// escape returns the character behind a backslash.
func (p *program) escape() string {
	c, _ := p.in.ReadByte()
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case 'u', 'x':
		digits := map[byte]int{'u': 4, 'x': 2}[c]
		next, _ := p.in.Peek(digits)
		var code rune
		if _, err := fmt.Sscanf(string(next), "%x", &code); err == nil && len(next) == digits {
			_, _ = p.in.Discard(digits)
			return string(code)
		}
	}
	return string(rune(c))
}
