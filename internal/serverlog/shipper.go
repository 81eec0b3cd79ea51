// Package serverlog splits a server's log into entries, whatever wrote the log and
// whatever carried it.
package serverlog

import "regexp"

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
	for i := range shippers {
		if shippers[i].prefix.MatchString(s) {
			return &shippers[i]
		}
	}
	return nil
}

// Cut returns a line without the prefix.
func (p *Shipper) Cut(s string) string {
	if p == nil {
		return s
	}
	return s[len(p.prefix.FindString(s)):]
}
