// Package serverlog splits a server's log into entries, whatever wrote the log and
// whatever carried it.
package serverlog

import (
	"regexp"
	"strconv"
	"strings"
)

// Shipper is a program that carries a server's log and puts something before each of
// its lines.
type Shipper struct {
	name   string
	prefix *regexp.Regexp
}

// shippers are told apart by what they put before a line. The server's own prefix
// (log_line_prefix) is on the first line of a message only and is none of these.
var shippers = []Shipper{
	{"docker compose", regexp.MustCompile(`^[\w.-]+ +\| `)},
	{"kubectl logs --prefix, stern", regexp.MustCompile(`^\[?pod/[^\] ]+(?:/[\w.-]+)?\]? `)},
	{"CRI", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] `)},
	{"logplex", regexp.MustCompile(`^(?:\d+ <\d+>1 )?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:host )?[a-z]+(?:\[[\w.-]+\]:| [\w.-]+ - -?) (?:\[[A-Z][A-Z_0-9]*\] ?)?(?:\[\d+-\d+\] ?)?`)},
	{"syslog with ISO times", regexp.MustCompile(`^(?:<\d+>\d* ?)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) [\w.-]+ [A-Za-z][\w./@-]*(?:\[\d+\]:?|:)(?: - -)? ?(?: ?\[\d+-\d+\])?`)},
	{"kubectl logs --timestamps", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) `)},
	{"syslog, journalctl", regexp.MustCompile(`^(?:<\d+>)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? [\w.-]+ [\w./@-]+(?:\[\d+\])?: ?(?:\[\d+(?:-\d+)?\] ?)?`)},
}

// ShipperOf returns the program whose prefix a line has; nil if it has none.
func ShipperOf(s string) *Shipper {
	if isoLength(s) > 0 && s[len("0000-00-00")] == ' ' {
		return nil // the server's own time, as most lines of a log have it
	}
	for i := range shippers {
		if shippers[i].prefix.MatchString(s) {
			return &shippers[i]
		}
	}
	return nil
}

// Cut returns a line without the prefix. A line that has nothing else can have lost the
// blank at its end.
func (p *Shipper) Cut(s string) string {
	if p == nil {
		return s
	}
	n := len(p.prefix.FindString(s))
	if n == 0 && s != "" && len(s) < prefixed && p.prefix.FindString(s+" ") == s+" " {
		return ""
	}
	return s[n:]
}

// Like returns a shipper that puts before each line what is before one of them, but for
// figures; nil if the other line does not have it.
func Like(before, other string) *Shipper {
	trimmed := strings.TrimRight(before, " ")
	pattern := Likeness(trimmed)
	if len(before) > len(trimmed) {
		pattern += " {0," + strconv.Itoa(len(before)-len(trimmed)) + "}"
	}
	if p := (&Shipper{"", regexp.MustCompile("^" + pattern)}); trimmed != "" && p.prefix.MatchString(other) {
		return p
	}
	return nil
}

// Likeness returns a pattern for a text with other figures and blanks.
func Likeness(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && (isDigit(s[end]) || end > i && (s[end] == '.' || s[end] == ',')) {
			end++
		}
		if end > i {
			b.WriteString(`\d[\d.,]*`)
			i = end
			continue
		}
		for end < len(s) && s[end] == ' ' {
			end++
		}
		if end > i {
			b.WriteString(" +")
			i = end
			continue
		}
		for end < len(s) && !isDigit(s[end]) && s[end] != ' ' {
			end++
		}
		b.WriteString(regexp.QuoteMeta(s[i:end]))
		i = end
	}
	return b.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
