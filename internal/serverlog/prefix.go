package serverlog

import (
	"cmp"
	"regexp"
	"strings"
	"time"
)

// What log_line_prefix can hold is told apart by its form, for the log does not say how
// it was set.
var (
	isoTime  = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d(?::?\d\d)?\b| ?[A-Z]{2,5}\b)?`) // %t, %m
	unixTime = regexp.MustCompile(`\b1\d{9}\.\d{3}\b`)                                                                          // %n
	yearless = regexp.MustCompile(`^(?:<\d+>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)`)                                          // syslog
	session  = regexp.MustCompile(`\b[0-9a-f]{7,8}\.[0-9a-f]{1,8}\b`)                                                           // %c
	process  = regexp.MustCompile(`(?i)\b(?:pid|process|proc|p)\s*[=:]\s*"?(\d+)`)                                              // %p with its name
	bracket  = regexp.MustCompile(`[\w.]*\[(?:[a-z]+\.)?(\d+)(?:-\d+)?\]`)                                                      // [%p], [%p-%l], postgres[%p]
	bare     = regexp.MustCompile(`(?:^|\s)(\d{2,8})(?:\s|$|:)`)                                                                // %p alone
	database = regexp.MustCompile(`(?i)\b(?:db|database|datname|d)\s*=\s*"?([^",\s\]]+)`)
	at       = regexp.MustCompile(`[\w.$-]+@([\w.$-]+)`) // %u@%d
	queryID  = regexp.MustCompile(`(?i)\bquery_?id\s*[=:]\s*"?(-?\d+)`)
)

// prefix reads what is before a message.
func (r *Reader) prefix(e *Entry, s string) {
	if s == "" {
		return
	}
	rest := s
	if stamp := stampIn(s); stamp != "" {
		rest = strings.Replace(s, stamp, " ", 1)
		for { // what carries the log has its time before the server's
			later := stampIn(rest)
			if later == "" {
				break
			}
			if before, behind, _ := strings.Cut(rest, later); bracket.MatchString(behind) || !bracket.MatchString(before) { // else when the session began
				stamp = later
			}
			rest = strings.Replace(rest, later, " ", 1)
		}
		e.Time = r.clock.read(stamp)
	} else if m := yearless.FindStringSubmatch(s); m != nil && e.Time.IsZero() {
		e.Time, _ = time.Parse("Jan _2 15:04:05", m[1])
		rest = strings.Replace(s, m[1], " ", 1)
	}
	p, known := r.prefixes[rest]
	if !known {
		if len(r.prefixes) >= maxPrefixes {
			clear(r.prefixes)
		}
		rest = strings.Clone(rest) // the line is not kept
		p = prefixOf(rest)
		r.prefixes[rest] = p
	}
	e.Session, e.Database, e.QueryID = cmp.Or(p.session, e.Session), cmp.Or(p.database, e.Database), cmp.Or(p.queryID, e.QueryID)
}

// prefix is what is before a message, without its time. Sessions repeat theirs.
type prefix struct{ session, database, queryID string }

const maxPrefixes = 4096

func prefixOf(s string) (p prefix) {
	named := strings.IndexByte(s, '=') >= 0
	p.session = first(bracket, s)
	if p.session == "" && named {
		p.session = first(process, s)
	}
	if p.session == "" && strings.IndexByte(s, '.') >= 0 {
		p.session = session.FindString(s)
	}
	if p.session == "" {
		p.session = first(bare, s)
	}
	if named {
		p.database, p.queryID = known(first(database, s)), first(queryID, s)
	}
	if p.database == "" && strings.IndexByte(s, '@') >= 0 {
		p.database = known(first(at, s))
	}
	return p
}

// stampIn returns the time in a prefix; empty if it has none with a year.
func stampIn(s string) string {
	for i := 4; i < len(s)-3; i++ {
		switch {
		case s[i] == '-' && s[i+3] == '-':
			if n := isoLength(s[i-4:]); n > 0 {
				return s[i-4 : i-4+n]
			}
		case s[i] == '.' && i >= 10:
			if m := unixTime.FindStringIndex(s[i-10:]); m != nil && m[0] == 0 {
				return s[i-10 : i-10+m[1]]
			}
		}
	}
	return ""
}

// isoLength returns the length of what isoTime matches at the start of a text; 0 if it
// does not. Each line of a log has such a time.
func isoLength(s string) int {
	const form = "0000-00-00 00:00:00"
	if len(s) < len(form) {
		return 0
	}
	for i := range len(form) {
		switch c := s[i]; {
		case form[i] == '0' && isDigit(c), form[i] == c, i == 10 && c == 'T':
		default:
			return 0
		}
	}
	n := len(form)
	if n+1 < len(s) && (s[n] == '.' || s[n] == ',') && isDigit(s[n+1]) {
		for n++; n < len(s) && isDigit(s[n]); n++ {
		}
	}
	if n < len(s) && s[n] == 'Z' {
		return n + 1
	}
	zone := n
	if zone < len(s) && s[zone] == ' ' {
		zone++
	}
	if zone == len(s) {
		return n
	}
	digits := func(from int) bool { return from+1 < len(s) && isDigit(s[from]) && isDigit(s[from+1]) }
	ends := func(at int) bool { return at == len(s) || !isWordByte(s[at]) } // \b after a digit or a letter
	if s[zone] == '+' || s[zone] == '-' {
		if !digits(zone + 1) {
			return n
		}
		hours := zone + 3
		minutes := hours
		if minutes < len(s) && s[minutes] == ':' {
			minutes++
		}
		switch {
		case digits(minutes) && ends(minutes+2):
			return minutes + 2
		case ends(hours):
			return hours
		}
		return n
	}
	letters := zone
	for letters < len(s) && letters < zone+5 && s[letters] >= 'A' && s[letters] <= 'Z' {
		letters++
	}
	if letters-zone >= 2 && ends(letters) {
		return letters
	}
	return n
}

func isWordByte(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func first(re *regexp.Regexp, s string) string {
	if m := re.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}

// known returns a name, unless the server did not know it yet.
func known(name string) string {
	if name == "[unknown" || name == "[unknown]" || name == "unknown" {
		return ""
	}
	return name
}

// pidIn returns the process in what a carrier put before a line.
func pidIn(carried string) string { return first(bracket, carried) }

// clock reads the times of lines, which mostly have the minute of the line before.
type clock struct {
	minute, zone string
	at           time.Time
}

func (c *clock) read(s string) time.Time {
	const minutes, seconds = len("2006-01-02 15:04"), len("2006-01-02 15:04:05")
	if len(s) < seconds || s[10] == '.' {
		return timeOf(s)
	}
	end, past, unit := seconds, time.Duration(0), time.Second
	if len(s) > seconds && (s[seconds] == '.' || s[seconds] == ',') {
		for end++; end < len(s) && isDigit(s[end]); end++ {
			unit /= 10
			past += time.Duration(s[end]-'0') * unit
		}
	}
	if unit == 0 || s[minutes] != ':' || s[minutes+1] > '5' {
		return timeOf(s)
	}
	past += time.Duration(10*(s[minutes+1]-'0')+s[minutes+2]-'0') * time.Second
	if s[:minutes] != c.minute || s[end:] != c.zone || c.at.IsZero() {
		c.minute, c.zone = strings.Clone(s[:minutes]), strings.Clone(s[end:])
		c.at = timeOf(c.minute + ":00" + c.zone)
	}
	if c.at.IsZero() {
		return c.at
	}
	return c.at.Add(past)
}

var layouts = []string{
	"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05",
}

// timeOf reads a time as the server or a carrier writes it; zero if it is none. A time
// with the name of a zone is as that zone's clocks show it.
func timeOf(s string) time.Time {
	if len(s) > 10 && s[10] == '.' && s[0] == '1' {
		var sec, ms int64
		for _, c := range s[:10] {
			sec = 10*sec + int64(c-'0')
		}
		for _, c := range s[11:] {
			ms = 10*ms + int64(c-'0')
		}
		return time.UnixMilli(1000*sec + ms).UTC()
	}
	if len(s) > 10 && s[10] == 'T' {
		s = s[:10] + " " + s[11:]
	}
	s = strings.Replace(s, ",", ".", 1)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
