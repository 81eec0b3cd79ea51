package plan

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// line is a line of the input without its end, and where it stood: what an
// envelope takes away or joins never changes the number that a user is told.
type line struct {
	text string
	no   int // 1-based, in the input
}

// indent is the column of the first character that is no blank.
func indent(s string) int {
	n := 0
	for n < len(s) && s[n] == ' ' {
		n++
	}
	return n
}

func isBlank(s string) bool { return indent(s) == len(s) }

// excerpt is the start of a line as an error message may show it: redacted,
// and short.
func excerpt(s string) string {
	return truncateExcerpt(redact.Literals(strings.TrimSpace(s)))
}

// figureExcerpt is the same of a line that holds the server's names and
// figures: these are what was wrong with it, and none is a literal. One with a
// quote in it is none of the kind.
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
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not inside a rune
		cut--
	}
	return s[:cut] + "..."
}
