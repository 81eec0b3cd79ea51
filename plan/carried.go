package plan

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/serverlog"
)

// What a program puts before and after each line of a plan: a log driver its time and
// the name of a host, a program's dump the name of the column. It is the same for all
// lines but for its figures.

// carrier is what is before and after the lines.
type carrier struct {
	before *regexp.Regexp // without the blanks at its end
	blanks int            // at its end; the lines' own can be among them
	quote  bool           // it ends with a quote: a line is a string
	behind string
	fields bool // it names a field; lines without it belong to other fields
}

// mostRoots limits how many lines are tried as a plan's first one.
const mostRoots = 8

// stripCarried removes what is before the root of a plan if lines after it have the
// same: something with words or figures.
func stripCarried(lines []line) ([]line, bool) { return stripCarriers(lines, hasWord) }

// stripSigns does so if it is anything else.
func stripSigns(lines []line) ([]line, bool) {
	return stripCarriers(lines, func(before string) bool { return !hasWord(before) })
}

func hasWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

func stripCarriers(lines []line, is func(before string) bool) ([]line, bool) {
	tried := 0
	for i := range lines {
		s := lines[i].text
		if !isUnreadNode(s) {
			continue
		}
		at, found := rootAt(s)
		if !found {
			continue
		}
		if strings.HasPrefix(strings.TrimLeft(s[endOfFigures(s):], " "), "(actual") {
			continue // figures that were broken
		}
		if bare := isBlank(s[:at]); bare && !is(s[endOfFigures(s):]) || !bare && !is(s[:at]) {
			continue
		}
		if tried++; tried > mostRoots {
			break
		}
		if c, ok := carrierOf(s, at); ok && c.carries(lines[i+1:]) {
			return c.strip(lines), true
		}
	}
	return lines, false
}

// rootAt returns where the words of a root with figures begin, which has no arrow before
// it but may have anything else.
func rootAt(s string) (at int, ok bool) {
	const longest = 400
	words, _, _, found := cutIncompleteFigures(s)
	if !found {
		words, _, _ = strings.Cut(s, "(cost=") // in a string, or behind an odd quote
		words, _, _ = strings.Cut(words, "(actual ")
		words = strings.TrimRight(words, " ")
	}
	for at = indent(words); at < min(len(words), longest); at++ {
		if _, arrow := cutArrow(words[at:]); arrow {
			return 0, false
		}
		if c := words[at]; c < 'A' || c > 'Z' || at > 0 && isWordByte(words[at-1]) || !isNodeWords(words[at:]) {
			continue
		}
		return at, true
	}
	return 0, false
}

// assigned matches the start of a list that is the value of a variable.
var assigned = regexp.MustCompile(`^[\w.@$: ]*\w *:?= *[\[({]`)

// carrierOf returns what is before and after a root that begins at a position.
func carrierOf(s string, at int) (c carrier, ok bool) {
	before := strings.TrimRight(s[:at], " ")
	c.blanks = at - len(before)
	c.behind = strings.TrimLeft(strings.TrimRight(s[endOfFigures(s):], " ,;"), " ")
	if before == "" {
		c.before, c.blanks = regexp.MustCompile("^"), 0
		return c, hasWord(c.behind) && c.behind != `\n`
	}
	if !utf8.ValidString(before) {
		return carrier{}, false // no pattern can have it
	}
	start := "^"
	inner := strings.TrimLeft(before, " [({")
	if loc := assigned.FindStringIndex(before); loc != nil {
		inner = strings.TrimLeft(before[loc[1]:], " [({")
	}
	if inner != "" {
		before, start = inner, `^(?:[\w.@$: ]*\w *:?= *[\[({])?[ \[({]*` // of a list, on its first line only
	}
	last := before[len(before)-1]
	if c.quote = last == '\'' || last == '"'; c.quote {
		c.behind = ""
	}
	c.fields = (c.quote || last == '>' || last == '=' || last == ':') && strings.IndexFunc(before, unicode.IsLetter) >= 0
	c.before = regexp.MustCompile(start + likeness(before))
	return c, true
}

// endOfFigures returns the position after the last bracket of a node's figures.
func endOfFigures(s string) int {
	at := max(strings.LastIndex(s, "(cost="), strings.LastIndex(s, "(actual "), strings.LastIndex(s, "(never executed"))
	if end := strings.IndexByte(s[max(at, 0):], ')'); at >= 0 && end >= 0 {
		return at + end + 1
	}
	return len(s)
}

// likeness returns a pattern for what is before other lines. A string can begin with
// either quote, and grep marks lines around its match with another sign.
func likeness(s string) string {
	signs := map[byte]string{'\'': `['"]`, '"': `['"]`, ':': `[:-]`}
	if end := len(s) - 1; signs[s[end]] != "" {
		return serverlog.Likeness(s[:end]) + signs[s[end]]
	}
	return serverlog.Likeness(s)
}

// carries reports whether most lines of a plan are carried.
func (c *carrier) carries(lines []line) bool {
	with, without := 0, 0
	for _, l := range lines {
		if rest, ok := c.cut(l.text); !ok {
			if holdsPlanLine(l.text) && !strings.Contains(l.text, queryPlanHeader) {
				without++
			}
		} else if holdsPlanLine(rest) {
			with++
		}
	}
	return with > without
}

// cut returns the text of a line that is carried.
func (c *carrier) cut(s string) (string, bool) {
	loc := c.before.FindStringIndex(s)
	if loc == nil {
		return s, false
	}
	before, rest := s[:loc[1]], s[loc[1]:]
	if before == "" && !strings.HasSuffix(strings.TrimRight(rest, " ,;)]}"), strings.TrimRight(c.behind, ")]}")) {
		return s, false
	}
	if c.quote {
		end := strings.LastIndexByte(rest, before[len(before)-1])
		if end < 0 {
			return s, false
		}
		return strings.TrimRight(unescaped(rest[:end], before[len(before)-1]), "\n"), true
	}
	if c.blanks > 0 && rest != "" && rest[0] != ' ' && rest[0] != '\t' && isWordByte(before[len(before)-1]) && isWordByte(rest[0]) {
		return s, false
	}
	for n := c.blanks; n > 0 && rest != "" && rest[0] == ' '; n-- {
		rest = rest[1:]
	}
	if c.behind != "" {
		if end := strings.LastIndex(rest, c.behind); end >= 0 && strings.Trim(rest[end+len(c.behind):], " ,;)]}") == "" {
			rest = rest[:end]
		}
	}
	return rest, true
}

func (c *carrier) strip(lines []line) []line {
	out := lines[:0]
	inside := false
	for _, l := range lines {
		rest, ok := c.cut(l.text)
		switch {
		case ok:
			l.text, inside = rest, true
		case inside && c.fields && !holdsPlanLine(l.text) && !isBlank(l.text):
			continue // another field of the record
		}
		out = append(out, l)
	}
	return out
}
