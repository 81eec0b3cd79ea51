package plan

import (
	"regexp"
	"strings"
)

// rtfControl matches the control words and groups of RTF.
var rtfControl = regexp.MustCompile(`\{\\(?:fonttbl|colortbl|stylesheet|\*)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\\[a-z]+-?\d* ?|\\'[0-9a-f]{2}|\\[\\{}]|\\$`)

// stripRTF returns the text of a document that a word processor saved.
func stripRTF(lines []line) ([]line, bool) {
	start := -1
	for i, l := range lines {
		if strings.HasPrefix(l.text, `{\rtf`) {
			start = i
			break
		}
	}
	if start < 0 {
		return lines, false
	}
	lines[start].text = strings.TrimPrefix(lines[start].text, "{")
	for i := range lines[start:] {
		l := &lines[start+i]
		l.text = rtfControl.ReplaceAllStringFunc(l.text, func(s string) string {
			switch {
			case len(s) == 2 && strings.ContainsAny(s[1:], `\{}`):
				return s[1:]
			case s == `\tab` || s == `\tab `:
				return "\t"
			}
			return ""
		})
	}
	return lines, true
}
