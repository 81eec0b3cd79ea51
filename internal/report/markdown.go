package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// markdown is the Markdown of GitHub and GitLab. It is also readable where <details> is
// not supported. Names and SQL of the user must not break a table, or become a link, a
// mention or HTML.
var markdown = markup{
	limit:    60_000, // of the 65,536 that a comment on GitHub can have
	prose:    prose,
	code:     code,
	cell:     func(s string) string { return inCell(prose(s)) },
	codeCell: codeCell,
	bold:     func(s string) string { return "**" + s + "**" },
	heading:  func(level int, title string) string { return "\n" + strings.Repeat("#", level) + " " + title + "\n" },
	item:     func(s string) string { return "- " + s + "\n" },
	step:     func(n int, s string) string { return fmt.Sprintf("%d. %s\n", n, s) },
	block:    fenced,
	table: func(head []string, right map[int]bool, rows [][]string) string {
		var b strings.Builder
		b.WriteString("\n" + tableHead(head, right))
		for _, row := range rows {
			b.WriteString(tableRow(row))
		}
		return b.String()
	},
	// Markdown inside needs the blank lines.
	fold: func(title, body string) string {
		return "\n<details><summary>" + title + "</summary>\n" + apart(body) + "\n</details>\n"
	},
}

// prose escapes a text. What would link to a ticket or mention a person ("#3",
// "@name") becomes code.
func prose(s string) string {
	s = special.ReplaceAllStringFunc(glued(oneLine(s, 1<<20)), func(signs string) string {
		return `\` + strings.Join(strings.Split(signs, ""), `\`)
	})
	for _, pair := range []string{"~", "$"} { // one alone has no meaning
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
	special    = regexp.MustCompile("[\\\\*`\\[\\]]|\\b_+|_+\\b") // an underscore within a word has no meaning
	lineSign   = regexp.MustCompile(`^(\d*)([-+>.)]|#+)( |$)`)
	reference  = regexp.MustCompile(`#\d+|\B[@!]\w+`)
	entity     = regexp.MustCompile(`&(#\d|#x|\w+;)`)
	asEntities = strings.NewReplacer("<", "&lt;", "://", "&#58;//", "www.", "www&#46;")
)

// code returns a text in a code span.
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

// codeCell returns a text in a code span for a table, with bars escaped. Renderers
// disagree on a backslash before a bar, so such a text becomes prose.
func codeCell(s string) string {
	if strings.Contains(s, `\`) {
		return inCell(prose(s))
	}
	return strings.ReplaceAll(code(s), "|", `\|`)
}

// inCell escapes the bars of Markdown in a table.
func inCell(s string) string { return strings.ReplaceAll(s, "|", "&#124;") }

// tableRow returns a row of a table. Cells are not padded: a column of sentences
// would make every line as long as the longest one. A short one stays in one line.
func tableRow(cells []string) string {
	const short = 10
	list := slices.Clone(cells)
	for i, cell := range list {
		if len(cell) <= short && !strings.Contains(cell, "`") {
			list[i] = strings.ReplaceAll(cell, " ", string(noBreak))
		}
	}
	return "| " + strings.Join(list, " | ") + " |\n"
}

// tableHead returns the header of a table. right has the columns of figures.
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

// fenced returns a code block. Its fence is longer than any fence in the text.
func fenced(language, text string) string {
	text = clean(text) // which can bring backticks together
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return "\n" + fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}
