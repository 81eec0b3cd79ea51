package rows

import (
	"regexp"
	"slices"
	"strings"
)

// counter matches a line with a column and its value, as people note them and psql prints
// them below the first line of a record, heading the name above such lines.
var (
	counter = regexp.MustCompile(`^(\s*(?:[-*+•·] )?)["'*\x60]*([a-z][a-z0-9_]*)["'*\x60]*(?:\s*[:=]|\s+\|)\s+(\S.*)?$`)
	heading = regexp.MustCompile(`^(\s*)["'*\x60]*([A-Za-z_][\w.$]*)["'*\x60]*:\s*$`)
)

// inline matches a column and its value among others in a line: calls=18,233 mean: 4.1 ms.
// listed matches such pairs up to the end of a line, at least two.
var (
	inline = regexp.MustCompile(`^[\s,;|]*["'*\x60]*\b([a-z][a-z0-9_]*)["'*\x60]*\s*[=:]\s*[*\x60]*(` + inlineValue + `)[*\x60]*`)
	listed = regexp.MustCompile(`(?:^|[\s(\[{,;:|"'*\x60])((?:["'*\x60]*[a-z][a-z0-9_]*["'*\x60]*\s*[=:]\s*[*\x60]*(?:` + inlineValue + `)[*\x60]*(?:\s*[,;|]\s*|\s+|[\s.)\]}]*$)){2,})$`)
)

// inlineValue is a quoted text, a time, a number with or without a unit, or a word.
const inlineValue = `"[^"]*"|'[^']*'|\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d(?::?\d\d)?)?)?|(?:\d+ days? )?\d+:\d\d(?::\d\d(?:\.\d+)?)?\b|[-~]?\d[\d.]*(?:,\d{3})*(?:\.\d+)?(?:\s?(?:ms|s|sec|min|h|kB|KB|MB|GB|TB|[KMGT]iB|bytes|%))?\b|[^\s+=,;|"'()\[\]{}][^\s=,;|"'()\[\]{}]*[^\s=,;|"'()\[\]{}.]|\w`

// subject matches what a line says in front of its pairs: what they are of.
var subject = regexp.MustCompile(`^\s*(?:[-*+•·>#]+\s+|\d+[.)]\s+)*(?i:(?:table|index|relation|query|statement)\b[\s:=]+)?["'*\x60]*(.*?)["'*\x60]*\s*(?:[-–—:|>(\[{]|→|=>)*\s*$`)

// inSQL matches the words in front of conditions and of new values.
var inSQL = regexp.MustCompile(`(?i)\b(?:where|set|and|or|on|not|having|when|with)[\s(]*$`)

// counterLine is what a line of counters holds: one pair that takes all of it, or several with
// what they are of in front of them.
type counterLine struct {
	of              string
	front           string // all that is in front of the pairs
	columns, values []string
	indent          int
	begins          bool // a record, as an item of a list
	only            bool // one pair
}

func countersIn(line string) (c counterLine, ok bool) {
	if strings.Count(line, "=")+strings.Count(line, ":") > 1 && !strings.Contains(line, `":`) { // else JSON
		if m := listed.FindStringSubmatchIndex(line); m != nil && !inSQL.MatchString(line[:m[2]]) {
			c.front = line[:m[2]]
			c.of = subject.FindStringSubmatch(c.front)[1]
			c.indent = len(line) - len(strings.TrimLeft(line, " \t"))
			rest := line[m[2]:]
			for p := inline.FindStringSubmatch(rest); p != nil; p = inline.FindStringSubmatch(rest) {
				c.columns, c.values = append(c.columns, p[1]), append(c.values, strings.Trim(p[2], `"'`))
				rest = rest[len(p[0]):]
			}
			return c, strings.Trim(rest, " .)]}\t*`") == "" // else a value that has blanks
		}
	}
	m := counter.FindStringSubmatch(line)
	if m == nil {
		return c, false
	}
	value := strings.TrimSpace(m[3])
	if value == "~" {
		value = ""
	}
	return counterLine{columns: []string{m[2]}, values: []string{strings.Trim(value, `"'*`+"`")}, indent: len(m[1]), begins: strings.TrimSpace(m[1]) != "", only: true}, true
}

// titleIn returns the name that the line above figures gives them, which are indented: a
// heading, or what it says above figures that are on one line, such as a statement.
func titleIn(line string, indent int, only bool) string {
	if m := heading.FindStringSubmatch(line); m != nil {
		if len(m[1]) < indent {
			return m[2]
		}
		return ""
	}
	if m := subject.FindStringSubmatch(line); !only && strings.Contains(m[1], " ") { // a word alone is a title of anything
		return m[1]
	}
	return ""
}

// Counters returns the groups of lines of a text that are columns with their values, one a
// line or several, and the name that each has above it or in front of it.
func Counters(text []byte) []Keyed {
	var list []Keyed
	var columns, values []string
	var from, to, indent int
	name, front, inline := "", "", false
	items := false // each line so far is an item of a list
	end := func() {
		if len(columns) > 1 {
			last := len(list) - 1
			// A record of lines without a name may be of another table than the one before it.
			goesOn := last >= 0 && (name != "" && list[last].named || name == "" && !list[last].named && inline && list[last].Inline)
			if goesOn && list[last].put(name, columns, values) {
				list[last].To = to
				list[last].rows[len(list[last].rows)-1].front = front
			} else {
				k := Keyed{Section: Section{from, to}, Inline: inline}
				k.put(name, columns, values)
				k.rows[0].front = front
				list = append(list, k)
			}
		}
		columns, values = nil, nil
	}
	above := "" // the line above
	at := 0
	for line := range strings.Lines(string(text)) {
		s := strings.TrimRight(line, "\r\n")
		c, ok := countersIn(s)
		if ok && (!c.only || c.values[0] != "" || len(columns) > 0 && c.indent == indent) {
			twice := slices.ContainsFunc(c.columns, func(column string) bool { return slices.Contains(columns, column) })
			if len(columns) > 0 && (c.indent != indent || c.begins && !items || c.of != "" || twice) {
				end()
			}
			if len(columns) == 0 {
				from, indent, name, front, inline, items = at, c.indent, c.of, c.front, false, true
				if name == "" {
					name = titleIn(above, indent, c.only)
				}
			}
			items = items && c.begins
			columns, values, inline = append(columns, c.columns...), append(values, c.values...), inline || !c.only
			to = at + len(line)
		} else {
			end()
			above = s
		}
		at += len(line)
	}
	end()
	return list
}
