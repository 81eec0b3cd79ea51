package rows

import (
	"bytes"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var separatorLine = regexp.MustCompile(`^(?i)sep=.\s*$`)

// tagged matches the start of a block of a page around a table that psql printed, tags what
// the page has around it and in it.
var (
	tagged = regexp.MustCompile(`(?mi)^\s*<(?:div|pre|code|samp|span|p)\b[^<>|]*>.*(?:\||-\[ RECORD )`)
	tags   = regexp.MustCompile(`(?i)</?(?:div|pre|code|samp|span|p|br|b|i|em|strong)\b[^<>]*>`)
	breaks = regexp.MustCompile(`(?i)<br ?/?>`)
	block  = regexp.MustCompile(`(?is)^.*<pre\b[^<>]*>|</pre>.*$`)
)

// cutRule matches the rule of a table whose lines a pager cut and marked.
var cutRule = regexp.MustCompile(`(?m)^-+\+[-+]*>\r?$`)

// commentMarks begin the lines of a table that was put into a comment.
var commentMarks = [...]string{"--", "#", "//", "*"}

// dressOf returns the text without what a mail or a page put around the rows: quote or
// comment marks before the lines, or prose around a code fence. It is nil if there is
// nothing. Lines keep their numbers.
func dressOf(b *source) io.Reader {
	head, _ := b.Peek(sniffed)
	if isCSV(bytes.TrimLeft(head, "\r\n")) && !fenceBehind(head) {
		return nil // its values can have lines that look like any
	}
	quoted, added, lines := 0, 0, 0
	for line := range bytes.Lines(head) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		lines++
		switch text[0] {
		case '>':
			quoted++
		case '+':
			added++
		}
	}
	if mark := commonMark(head); mark != "" {
		return &dressed{in: b, line: func(s string) string {
			return strings.TrimPrefix(strings.TrimPrefix(strings.TrimLeft(s, " \t"), mark), " ")
		}}
	}
	if mark := commonStart(head); mark != "" {
		return &dressed{in: b, line: func(s string) string { return strings.TrimPrefix(strings.TrimPrefix(s, mark), " ") }}
	}
	switch {
	case lines > 1 && quoted == lines:
		return &dressed{in: b, line: func(s string) string {
			return strings.TrimPrefix(strings.TrimPrefix(strings.TrimLeft(s, " "), ">"), " ")
		}}
	case lines > 1 && added == lines: // of a patch
		return &dressed{in: b, line: func(s string) string { return strings.TrimPrefix(s, "+") }}
	case hasFence(head) && !bytes.HasPrefix(bytes.TrimSpace(head), []byte("<table")): // whose cells can hold one
		want, at := fencedBlock(head), 0
		return &dressed{in: b, line: func(s string) string {
			opens, text, closes := cutFences(s)
			if opens {
				at++
			}
			if at != want {
				text = ""
			}
			if closes {
				at++
			}
			return text
		}}
	}
	if first, _, _ := bytes.Cut(head, []byte("\n")); separatorLine.Match(first) { // for Excel
		begun := false
		return &dressed{in: b, line: func(s string) string {
			if !begun {
				begun, s = true, ""
			}
			return s
		}}
	}
	for _, mark := range commentMarks {
		line := func(s string) string {
			s, is := strings.CutPrefix(strings.TrimLeft(s, " \t"), mark)
			if !is {
				return ""
			}
			return strings.TrimPrefix(strings.TrimLeft(s, "*#"), " ") // some write the mark again
		}
		if bytes.Count(head, []byte("\n"+mark)) == 0 {
			continue
		}
		var inside strings.Builder
		for s := range strings.Lines(string(head)) {
			inside.WriteString(line(strings.TrimRight(s, "\r\n")) + "\n")
		}
		if isAligned([]byte(inside.String())) {
			return &dressed{in: b, line: line}
		}
	}
	if bytes.Contains(head, []byte("<")) && tagged.Match(head) {
		plain := func(s string) string {
			return strings.ReplaceAll(html.UnescapeString(tags.ReplaceAllString(s, "")), "\u00a0", " ")
		}
		parts := func(s string) string { // the lines of a block that has no newlines
			if !breaks.MatchString(s) {
				return ""
			}
			return plain(breaks.ReplaceAllString(block.ReplaceAllString(s, ""), "\n"))
		}
		for _, line := range [...]func(string) string{plain, parts} {
			var inside strings.Builder
			for s := range strings.Lines(string(head)) {
				inside.WriteString(line(strings.TrimRight(s, "\r\n")) + "\n")
			}
			if inside := []byte(inside.String()); isAligned(inside) || isExpanded(inside) {
				return &dressed{in: b, line: line}
			}
		}
	}
	if line := remarked(head); line != nil {
		return &dressed{in: b, line: line}
	}
	if bytes.Contains(head, []byte("-+")) && cutRule.Match(head) && !isAligned(head) {
		return &dressed{in: b, line: func(s string) string { return strings.TrimSuffix(s, ">") }}
	}
	if line := literals(head); line != nil {
		return &dressed{in: b, line: line}
	}
	if line := bareTable(head); line != nil {
		return &dressed{in: b, line: line}
	}
	return nil
}

// commonStart returns the word or words that all lines of a text begin with, as some tools
// mark the lines of a comment, if a table is behind them; empty if there are none.
func commonStart(head []byte) string {
	start, begun := "", false
	for line := range strings.Lines(string(head)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if !begun {
			start, begun = line, true
		}
		n := 0
		for n < len(start) && n < len(line) && start[n] == line[n] {
			n++
		}
		if start = start[:n]; start == "" {
			return ""
		}
	}
	start = strings.TrimRight(start, " ")
	if !strings.ContainsFunc(start, unicode.IsLetter) || strings.ContainsAny(start, "|,;\t") || isAligned(head) {
		return ""
	}
	var inside strings.Builder
	for line := range strings.Lines(string(head)) {
		inside.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, start), " "))
	}
	if !isAligned([]byte(inside.String())) {
		return ""
	}
	return start
}

// remarkMarks begin what a person wrote behind the values of a record.
var remarkMarks = [...]string{"//", "--", "#", "<-", "←"}

// remarked returns a function that cuts off what a person wrote behind each value of a
// record; nil if there is nothing. A value alone can hold such a mark, but not all do.
func remarked(head []byte) func(s string) string {
	const fewest = 3
	var pairs []string
	for s := range strings.Lines(string(head)) {
		if pair.MatchString(s) {
			pairs = append(pairs, strings.TrimRight(s, "\r\n"))
		}
	}
	if len(pairs) < fewest {
		return nil
	}
	for _, mark := range remarkMarks {
		from := func(s string) int {
			i := strings.LastIndex(s, "  "+mark)
			if i >= 0 && strings.Contains(s[i:], "|") {
				return -1
			}
			return i
		}
		if slices.ContainsFunc(pairs, func(s string) bool { return from(s) < 0 }) {
			continue
		}
		return func(s string) string {
			if i := from(s); i >= 0 && pair.MatchString(s) {
				return strings.TrimRight(s[:i], " ")
			}
			return s
		}
	}
	return nil
}

// fenceBehind reports whether the last line of a text is a fence alone, of which the copy has
// only the end.
func fenceBehind(text []byte) bool {
	text = bytes.TrimRight(text, " \r\n")
	return string(bytes.TrimSpace(text[bytes.LastIndexByte(text, '\n')+1:])) == "```"
}

func hasFence(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		if opens, _, closes := cutFences(strings.TrimRight(line, "\r\n")); opens || closes {
			return true
		}
	}
	return false
}

// literals returns the lines of a table that are texts in a program, one a line: 'a | b',
// and the others empty. It is nil if they are no table.
func literals(head []byte) func(s string) string {
	line := func(s string) string {
		s = strings.TrimSuffix(strings.TrimSpace(s), ",")
		if n := len(s); n > 1 && (s[0] == '\'' || s[0] == '"' || s[0] == '`') && s[n-1] == s[0] {
			return s[1 : n-1]
		}
		return ""
	}
	var inside strings.Builder
	for s := range strings.Lines(string(head)) {
		inside.WriteString(line(s) + "\n")
	}
	if !isAligned([]byte(inside.String())) || isAligned(head) {
		return nil
	}
	return line
}

// commonMark returns the mark of a comment that every line of a text begins with and in
// which a fence is; empty if there is none. What the fence holds is dressed once more.
func commonMark(head []byte) string {
	for _, mark := range commentMarks {
		all, fenced := true, false
		for line := range bytes.Lines(head) {
			text := bytes.TrimSpace(line)
			rest, is := bytes.CutPrefix(text, []byte(mark))
			all = all && (is || len(text) == 0)
			fenced = fenced || bytes.HasPrefix(bytes.TrimSpace(rest), []byte("```"))
		}
		if all && fenced {
			return mark
		}
	}
	return ""
}

// bareTable returns a function that leaves out what is before the first line of a table
// without a rule: prose, or the marks of a comment. It is nil if the text has a frame, or
// begins with its table.
func bareTable(head []byte) func(s string) string {
	header := 0 // the number of its line
	n, begun, last := 0, false, ""
	for s := range strings.Lines(string(head)) {
		if n++; n > lookedAt {
			return nil
		}
		s = withoutMark(s)
		if bars := strings.Count(last, "|"); bars > 0 && strings.Contains(last, " | ") && strings.Count(s, "|") == bars && bareNames(strings.TrimSpace(last), bars) != nil {
			header = n - 1
			break
		}
		last = s
	}
	n = 0
	for s := range strings.Lines(string(head)) {
		if n++; n == header {
			begun = withoutMark(s) == strings.TrimRight(s, "\r\n")
			break
		} else if strings.TrimSpace(s) != "" {
			break
		}
	}
	if header == 0 || begun {
		return nil
	}
	for _, f := range formats { // of few texts: this takes longer than the lines
		if f.framed && f.is(head) {
			return nil
		}
	}
	at := 0
	return func(s string) string {
		if at++; at < header {
			return ""
		}
		return withoutMark(s)
	}
}

// withoutMark returns a line without the mark of a comment before it.
func withoutMark(s string) string {
	s = strings.TrimRight(s, "\r\n")
	for _, mark := range commentMarks {
		if rest, is := strings.CutPrefix(strings.TrimLeft(s, " \t"), mark); is {
			return strings.TrimLeft(rest, " \t")
		}
	}
	return s
}

// cutFences returns a line without the code fences before and after it. The name of a
// language behind a fence belongs to the fence.
func cutFences(line string) (opens bool, text string, closes bool) {
	const fence = "```"
	if strings.Count(line, fence) > 1 { // code within the line
		return false, line, false
	}
	text, opens = strings.CutPrefix(strings.TrimLeft(line, " "), fence)
	if !opens {
		text = line
	} else if !strings.ContainsAny(text, "|,;\t") {
		return true, "", false
	}
	if cut, ok := strings.CutSuffix(strings.TrimRight(text, " "), fence); ok {
		return opens, cut, true
	}
	return opens, text, false
}

// fencedBlock returns which part of a text between code fences has the rows: the first
// one inside of fences that is a table, or else one outside, since a copy can begin
// within a block. Rows without a frame are only in the first block.
func fencedBlock(head []byte) int {
	parts := []string{""}
	for line := range strings.Lines(string(head)) {
		opens, text, closes := cutFences(strings.TrimRight(line, "\r\n"))
		if opens {
			parts = append(parts, "")
		}
		parts[len(parts)-1] += text + "\n"
		if closes {
			parts = append(parts, "")
		}
	}
	for _, first := range [...]int{1, 0} {
		for i := first; i < len(parts); i += 2 {
			for _, f := range formats {
				if f.framed && f.is([]byte(parts[i])) {
					return i
				}
			}
		}
	}
	return 1
}

// dressed changes the lines of a text. An empty line at its start is left out by the
// reader of the format.
type dressed struct {
	in   *source
	line func(s string) string
	out  []byte
}

func (d *dressed) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		s, err := d.in.ReadString('\n')
		if s == "" {
			return 0, err
		}
		end := ""
		if strings.HasSuffix(s, "\n") {
			end = "\n"
		}
		text := d.line(strings.TrimRight(s, "\r\n"))
		d.out = append(d.out, text+end...)
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}
