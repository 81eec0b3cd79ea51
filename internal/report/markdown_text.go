package report

import (
	"regexp"
	"strings"
)

// How a text stands in Markdown without meaning anything there: names and SQL
// are the user's, and what they hold must neither break a table nor become a
// link, a mention or HTML.

// prose is a text in which Markdown's signs stand for themselves. What would
// link to another ticket or call a person ("#3", "@name") becomes code.
func prose(s string) string {
	s = special.ReplaceAllStringFunc(glued(oneLine(s, 1<<20)), func(signs string) string {
		return `\` + strings.Join(strings.Split(signs, ""), `\`)
	})
	for _, pair := range []string{"~", "$"} { // one of them alone means nothing
		if strings.Count(s, pair) > 1 {
			s = strings.ReplaceAll(s, pair, `\`+pair)
		}
	}
	s = lineSign.ReplaceAllString(s, `$1\$2$3`)
	s = reference.ReplaceAllString(s, "`$0`")
	s = entity.ReplaceAllString(s, "&amp;$1")
	return asEntities.Replace(s)
}

var (
	special    = regexp.MustCompile("[\\\\*`\\[\\]]|\\b_+|_+\\b") // within a word an underscore means nothing
	lineSign   = regexp.MustCompile(`^(\d*)([-+>.)]|#+)( |$)`)
	reference  = regexp.MustCompile(`#\d+|\B[@!]\w+`)
	entity     = regexp.MustCompile(`&(#\d|#x|\w+;)`)
	asEntities = strings.NewReplacer("<", "&lt;", "://", "&#58;//", "www.", "www&#46;")
)

// code is a text in a code span, whatever it holds.
func code(s string) string {
	s = oneLine(s, 1<<20)
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// codeCell is a text in a code span of a table. A bar is escaped there; where a
// backslash stands before it renderers disagree, and the text is prose.
func codeCell(s string) string {
	if strings.Contains(s, `\`) {
		return inCell(prose(s))
	}
	return strings.ReplaceAll(code(s), "|", `\|`)
}

// inCell is Markdown in a table: a bar is no border.
func inCell(s string) string { return strings.ReplaceAll(s, "|", "&#124;") }

// tableRow is a line of a table. It is not padded: a column of sentences would
// make every line as long as its longest.
func tableRow(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// tableHead names the columns; right names those of figures.
func tableHead(names []string, right map[int]bool) string {
	rule := make([]string, len(names))
	for i := range names {
		rule[i] = "---"
		if right[i] {
			rule[i] = "--:"
		}
	}
	return tableRow(names) + tableRow(rule)
}

// fenced is a block of code; its fence is longer than any in it.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return "\n" + fence + language + "\n" + strings.TrimRight(clean(text), "\n") + "\n" + fence + "\n"
}
