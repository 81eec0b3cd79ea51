// Package outside tells tests what of a report a reader of its format would obey: what is
// outside of code in Markdown and in Jira's markup, and the tags of a page.
package outside

import (
	"regexp"
	"strings"
)

var fence = regexp.MustCompile("^ *(```+)")

// Markdown returns the lines of a text without fenced code, and without code spans and
// escaped signs. open reports a fence that is not closed.
func Markdown(text string) (prose string, open bool) {
	var b strings.Builder
	ends := ""
	for line := range strings.Lines(text) {
		if mark := fence.FindStringSubmatch(line); mark != nil {
			if ends == "" {
				ends = mark[1]
			} else if len(mark[1]) >= len(ends) && strings.Trim(line, " \n`") == "" {
				ends = ""
			}
			continue
		}
		if ends == "" {
			b.WriteString(spans(line))
		}
	}
	return b.String(), ends != ""
}

// spans returns a line of Markdown without its code spans and escaped signs, as
// CommonMark reads them: a span ends at as many backticks as it begins with.
func spans(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			b.WriteByte('x')
			i += 2
		case line[i] == '`':
			n := ticks(line[i:])
			end := i + n
			for end < len(line) && ticks(line[end:]) != n {
				end += max(ticks(line[end:]), 1)
			}
			if end < len(line) {
				b.WriteString("code")
				i = end + n
			} else {
				b.WriteString(line[i : i+n])
				i += n
			}
		default:
			b.WriteByte(line[i])
			i++
		}
	}
	return b.String()
}

func ticks(s string) int { return len(s) - len(strings.TrimLeft(s, "`")) }

var (
	jiraCode = regexp.MustCompile(`(?s)\{code(?::[^}]*)?\}.*?\{code\}|\{noformat\}.*?\{noformat\}`)
	escaped  = regexp.MustCompile(`\\.`)
)

// Jira returns a text in Jira's markup without code and escaped signs.
func Jira(text string) string {
	return escaped.ReplaceAllString(jiraCode.ReplaceAllString(text, "code"), "x")
}

var (
	tag      = regexp.MustCompile(`<[a-zA-Z!/?][^<>"]*(?:"[^"]*"[^<>"]*)*>?`)
	value    = regexp.MustCompile(`"[^"]*"|\d+`)
	contents = regexp.MustCompile(`(?s)(<(?:script|style)\b[^>]*>).*?(</(?:script|style)>)`)
)

// Tags returns the tags of a page without the values of their attributes, as a browser
// sees them outside of scripts and styles.
func Tags(page string) []string {
	var tags []string
	for _, t := range tag.FindAllString(contents.ReplaceAllString(page, "$1$2"), -1) {
		tags = append(tags, value.ReplaceAllString(t, ""))
	}
	return tags
}
