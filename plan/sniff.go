package plan

import (
	"bytes"
	"strings"
)

// Sniff reports whether a text seems to contain a plan. It only searches for
// typical texts and does not parse.
func Sniff(b []byte) bool {
	for _, m := range signatures {
		for rest := b; ; {
			i := bytes.Index(rest, []byte(m.text))
			if i < 0 {
				break
			}
			if m.check == nil || m.check(rest, i, i+len(m.text)) {
				return true
			}
			rest = rest[i+len(m.text):]
		}
	}
	return false
}

// signatures are texts that only plans contain, most frequent first. check, if
// set, is called with the start and end of the match.
var signatures = []struct {
	text  string
	check func(b []byte, start, end int) bool
}{
	{"(cost=", func(b []byte, _, end int) bool { return figuresFollow(b[end:], "..", " rows=") }},
	{"actual time=", func(b []byte, _, end int) bool { return figuresFollow(b[end:], "..", " rows=") }},
	{"actual rows=", func(b []byte, _, end int) bool { return figuresFollow(b[end:], " loops=") }},
	{"Node Type", func(b []byte, _, end int) bool { // JSON, YAML, quoted JSON in a log, what programs print
		rest := bytes.TrimLeft(b[end:min(end+8, len(b))], `\"'`)
		rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("&quot;")), []byte("&#34;"))
		return bytes.HasPrefix(rest, []byte(":")) || bytes.HasPrefix(rest, []byte("=>"))
	}},
	{"<Node-Type>", nil},
	{"Scan on ", isNodeLine}, {"Scan using ", isNodeLine}, // COSTS OFF
	{"Trigger for constraint ", func(b []byte, start, end int) bool {
		_, ok := readTrigger(bareLine(b, start, end))
		return ok
	}},
	{"Query rewrites to nothing", isWholeLine}, {"Utility statements have no plan structure", isWholeLine},
	{"QUERY PLAN", func(b []byte, start, end int) bool { // a header, alone on its line
		line := bareLine(b, start, end)
		if line == queryPlanHeader || strings.HasPrefix(line, queryPlanHeader+" ") {
			return true
		}
		value := bytes.TrimLeft(b[end:min(end+200, len(b))], `\"'`) // the column of a record
		if rest := bytes.TrimLeft(value, "=>:"); len(rest) < len(value) {
			words, _, _ := bytes.Cut(bytes.TrimLeft(rest, ` \"'`), []byte(`"`))
			return isNodeWords(strings.TrimRight(string(words), `\`))
		}
		return false
	}},
	{"->", func(b []byte, start, end int) bool { // COSTS OFF
		line := lineAround(b, start, end)
		front, words, _ := bytes.Cut(line, []byte("->"))
		return len(bytes.Trim(front, " \t|>\"'")) == 0 && isNodeWords(strings.Trim(string(words), " \t\r|\"'"))
	}},
}

// bareLine returns the line that contains b[start:end], without quotes, borders
// and prefixes.
func bareLine(b []byte, start, end int) string {
	return strings.Trim(string(lineAround(b, start, end)), " \t\r\"|│║>'")
}

func isNodeLine(b []byte, start, end int) bool { return isNodeWords(bareLine(b, start, end)) }

func isWholeLine(b []byte, start, end int) bool {
	return bareLine(b, start, end) == string(b[start:end])
}

// figuresFollow reports whether b starts with numbers, each followed by the
// next separator.
func figuresFollow(b []byte, separators ...string) bool {
	const longest = 120
	if b = b[:min(len(b), longest)]; bytes.ContainsAny(b, emphasis+`\`) {
		b = bytes.Map(func(r rune) rune {
			if strings.ContainsRune(emphasis+`\`, r) {
				return -1
			}
			return r
		}, b)
	}
	for bytes.IndexByte(b, '<') >= 0 && bytes.IndexByte(b, '>') > bytes.IndexByte(b, '<') {
		at := bytes.IndexByte(b, '<')
		b = append(bytes.Clone(b[:at]), b[bytes.IndexByte(b, '>')+1:]...)
	}
	for _, sep := range separators {
		digits := 0
		for digits < len(b) && (b[digits] >= '0' && b[digits] <= '9' || b[digits] == '.' && !bytes.HasPrefix(b[digits:], []byte(".."))) {
			digits++
		}
		rest := b[digits:]
		if page, ok := bytes.CutPrefix(rest, []byte("\u00a0")); ok && sep[0] == ' ' {
			rest, sep = page, sep[1:]
		}
		if digits == 0 || !bytes.HasPrefix(rest, []byte(sep)) {
			return false
		}
		b = rest[len(sep):]
	}
	return true
}

// lineAround returns the line that contains b[start:end], up to 400 bytes on
// each side.
func lineAround(b []byte, start, end int) []byte {
	const most = 400
	from, to := max(0, start-most), min(len(b), end+most)
	if i := bytes.LastIndexByte(b[from:start], '\n'); i >= 0 {
		from += i + 1
	}
	if i := bytes.IndexByte(b[end:to], '\n'); i >= 0 {
		to = end + i
	}
	return b[from:to]
}

func isNodeWords(s string) bool {
	var n Node
	return readWords(&n, s)
}
