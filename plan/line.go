package plan

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// line is a line of the input without its line end. Its number stays that of
// the input when decorations are removed or lines are joined.
type line struct {
	text string
	no   int // 1-based, in the input
}

// indent returns the column of the first character that is not a space.
func indent(s string) int {
	n := 0
	for n < len(s) && s[n] == ' ' {
		n++
	}
	return n
}

func isBlank(s string) bool { return indent(s) == len(s) }

// excerpt returns the start of a line for an error message, redacted and short.
func excerpt(s string) string {
	return truncateExcerpt(redact.Literals(strings.TrimSpace(s)))
}

// figureExcerpt is like excerpt for a line of names and figures that the server
// prints. The figures are not redacted, because they explain the error. A line
// with a quote is redacted.
func figureExcerpt(s string) string {
	if strings.ContainsAny(s, "'\"`$") {
		return excerpt(s)
	}
	return truncateExcerpt(strings.TrimSpace(s))
}

func truncateExcerpt(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not within a rune
		cut--
	}
	return s[:cut] + "..."
}
