package workload

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Numbers are printed in many forms: with thousands separators, with a decimal
// comma, with a unit. A form is read only if it has one meaning. Ambiguous ones
// are unknown.

// marks is how a file prints numbers, as far as its values prove it.
type marks struct {
	group   [256]bool // characters between groups of three digits
	decimal [256]bool // characters before a fraction
}

// normal replaces the variants of blanks and apostrophes by one each.
var normal = strings.NewReplacer("\u00a0", " ", "\u2009", " ", "\u202f", " ", "\u2007", " ", "\u2019", "'", "\u2212", "-")

// grouped matches an integer with groups: of three digits, or as in India of two
// before the last three.
var grouped = regexp.MustCompile(`^\d{1,3}(?:[,.' ]\d{3})+$|^\d{1,2}(?:,\d{2})+,\d{3}$`)

// remark matches what people write behind a number: 8,161,510 (~2.3 h), or behind an arrow
// to it or a sign.
var remark = regexp.MustCompile(`(?:^|\s)\([^()]*\)$|\s*(?:\s<--? |[\x{2190}\x{2b05}\x{2600}-\x{27bf}\x{1f300}-\x{1faff}]).*$`)

// decoration matches a sign before a number or a name that calls attention to it.
var decoration = regexp.MustCompile(`^[\x{2190}-\x{21ff}\x{25a0}-\x{27bf}\x{1f300}-\x{1faff}\x{2b00}-\x{2bff}\x{fe0f}]+`)

// undecorated returns a value without such a sign.
func undecorated(v string) string {
	if v == "" || v[0] < utf8.RuneSelf {
		return v
	}
	return strings.TrimSpace(decoration.ReplaceAllString(v, ""))
}

// proves notes what one value of a column proves.
func (m *marks) proves(column, value string) {
	body := digitsOf(normal.Replace(strings.TrimSpace(value)))
	seps := strings.Trim(body, "0123456789")
	if seps == "" || strings.ContainsFunc(body, func(c rune) bool { return !strings.ContainsRune("0123456789,.' ", c) }) {
		return
	}
	last := strings.LastIndexAny(body, ",.' ")
	kinds := map[byte]int{}
	for i := range len(body) {
		if c := body[i]; c < '0' || c > '9' {
			kinds[c]++
		}
	}
	mark := body[last]
	switch {
	case len(kinds) == 2 && kinds[mark] == 1 && (mark == '.' || mark == ',') && grouped.MatchString(body[:last]):
		m.decimal[mark] = true
		for c := range kinds {
			if c != mark {
				m.group[c] = true
			}
		}
	case len(kinds) != 1:
	case kinds[mark] > 1 && grouped.MatchString(body), (mark == ' ' || mark == '\'') && grouped.MatchString(body):
		m.group[mark] = true
	case kinds[mark] == 1 && (mark == '.' || mark == ',') && !grouped.MatchString(body):
		m.decimal[mark] = true
	case kinds[mark] == 1 && (mark == '.' || mark == ',') && body[0] == '0':
		m.decimal[mark] = true // 0.123: a group does not begin with 0
	case kinds[mark] == 1 && (mark == ',' || mark == '.') && inKilobytes.MatchString(value) && pages(withoutMarks(body)):
		m.group[mark] = true // a relation has whole pages, and no size has fractions of a kB
	case kinds[mark] == 1 && (mark == ',' || mark == '.' && strings.Trim(body[last+1:], "0") != "") && counts[column] && len(body) == len(strings.Trim(strings.TrimSpace(value), "*`")):
		m.group[mark] = true // 1,234 calls
	}
}

// inKilobytes matches a size with the unit of pg_size_pretty for small ones.
var inKilobytes = regexp.MustCompile(`\d kB[*\x60]*$`)

// pages reports whether a number of kilobytes is one of whole pages.
func pages(kilobytes string) bool {
	n, err := strconv.Atoi(kilobytes)
	return err == nil && n%(BlockSize/1024) == 0
}

// digitsOf returns a number without its sign and without what follows it.
func digitsOf(s string) string {
	s = strings.TrimLeft(s, "+-")
	end := strings.IndexFunc(s, func(c rune) bool { return c < '0' && c != ',' && c != '.' && c != '\'' && c != ' ' || c > '9' })
	if end >= 0 {
		s = s[:end]
	}
	return strings.TrimRight(s, " ")
}

// number reads a value of a column; ok is false if it is no number or ambiguous.
func (m *marks) number(column, value string) (f float64, ok bool) {
	s := value
	if !isPlain(s) {
		s = strings.Trim(normal.Replace(strings.TrimSpace(remark.ReplaceAllString(value, ""))), "*`")
	}
	if isPlain(s) && !(strings.Contains(s, ".") && (wholeColumn(column) || m.group['.']) && grouped.MatchString(strings.TrimLeft(s, "+-"))) {
		f, err := strconv.ParseFloat(s, 64)
		return f * unitInName(column), err == nil && !math.IsInf(f, 0)
	}
	if ms, ok := interval(column, s); ok {
		return ms, true
	}
	body := digitsOf(s)
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimLeft(s, "+-"), body))
	times, known := unitOf(column, rest)
	if body == "" || !known || countUnits[strings.ToLower(rest)] == times && times > 1 && len(withoutMarks(body)) < 2 {
		return 0, false // 1k is any number from 500 on
	}
	plain, ok := m.plain(body, wholeColumn(column) && rest == "")
	if inGroups[column] && grouped.MatchString(body) {
		plain, ok = withoutMarks(body), true
	}
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(plain, 64)
	if strings.HasPrefix(s, "-") {
		f = -f
	}
	return f * times, err == nil && !math.IsInf(f, 0)
}

// wholeNumber reads a number of digits alone, as most counters are; ok is false for any
// other, and for one that has more digits than a float64 holds.
func wholeNumber(s string) (f float64, ok bool) {
	if s == "" || len(s) > 15 {
		return 0, false
	}
	n := int64(0)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int64(s[i]-'0')
	}
	return float64(n), true
}

// isPlain reports whether a text is a number as the server prints it.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '+' && c != '-' && c != 'e' && c != 'E' {
			return false
		}
	}
	return s != ""
}

// plain removes the separators from a number.
func (m *marks) plain(body string, whole bool) (string, bool) {
	last := strings.LastIndexAny(body, ",.' ")
	if last < 0 {
		return body, true
	}
	mark := body[last]
	several := strings.Count(body, string(mark)) > 1
	mixed := strings.ContainsAny(strings.ReplaceAll(body, string(mark), ""), ",.' ")
	switch {
	case mixed && !several && (mark == '.' || mark == ',') && grouped.MatchString(body[:last]):
		return withoutMarks(body[:last]) + "." + body[last+1:], true
	case mixed:
		return "", false
	case several || mark == ' ' || mark == '\'':
		return withoutMarks(body), grouped.MatchString(body)
	case !grouped.MatchString(body) || body[0] == '0':
		if whole && strings.Trim(body[last+1:], "0") != "" {
			return "", false // a count has no fraction
		}
		return withoutMarks(body[:last]) + "." + body[last+1:], true
	}
	// One separator before three digits: thousands or a fraction.
	switch {
	case whole && (mark == ',' || strings.Trim(body[last+1:], "0") != ""), m.group[mark] && !m.decimal[mark]:
		return withoutMarks(body), true
	case m.decimal[mark] && !m.group[mark] && !whole:
		return withoutMarks(body[:last]) + "." + body[last+1:], true
	}
	return "", false
}

func withoutMarks(s string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(",.' ", c) {
			return -1
		}
		return c
	}, s)
}

// wholeColumn reports whether the values of a column are integers.
func wholeColumn(name string) bool {
	return !timeColumn(name) && sizeInName(name) == 1 && !slices.ContainsFunc(fractional, func(part string) bool { return strings.Contains(name, part) })
}

// timeColumn reports whether a column holds a time: milliseconds, unless its name ends
// with another unit.
func timeColumn(name string) bool {
	_, unit := timeUnits[unitIn(name)]
	return strings.Contains(name, "time") || spent[name] || strings.LastIndexByte(name, '_') > 0 && unit
}

// spent are columns of statements that hold a time if their values have a unit.
var spent = map[string]bool{"total": true, "mean": true, "avg": true, "average": true, "max": true}

// fractional are parts of the names of columns with fractions that are not times.
var fractional = []string{"frac", "distinct", "correlation", "reltuples", "avg", "average", "mean"}

// counts are columns of integers that prove how a file separates thousands.
var counts = map[string]bool{"calls": true, "rows": true, "seq_scan": true, "idx_scan": true, "seq_tup_read": true, "idx_tup_read": true, "idx_tup_fetch": true, "n_tup_ins": true, "n_tup_upd": true, "n_tup_del": true, "n_tup_hot_upd": true, "n_live_tup": true, "n_dead_tup": true, "pid": true}

// inGroups are the columns that reports print by to_char with separators of
// thousands: 1,000 is not 1 there.
var inGroups = map[string]bool{"ncalls": true, "number_calls": true, "rowcount": true, "dead_rowcount": true}

// sizeColumn reports whether a column holds bytes.
func sizeColumn(name string) bool {
	return strings.Contains(name, "bytes") || strings.Contains(name, "size") || parts[name] || strings.Contains(name, "wal") || strings.HasSuffix(name, "lag") || sizeInName(name) != 1
}

// parts are the parts of a table that reports give the size of.
var parts = map[string]bool{"heap": true, "table": true, "index": true, "indexes": true, "toast": true, "total": true}

// sizeInName returns how many bytes one is in a column whose name ends with a
// unit: size_mb. It is 1 for any other.
func sizeInName(column string) float64 {
	unit := unitIn(column)
	if times := sizeUnits[unit]; len(unit) > 1 && times > 1 {
		return times
	}
	return 1
}

// unitIn returns the last word of a column's name, which may be in brackets.
func unitIn(column string) string {
	return strings.Trim(column[strings.LastIndexByte(column, '_')+1:], "()[]")
}

// sizeUnits are the units of pg_size_pretty in bytes, timeUnits those that
// people write after a time in milliseconds.
var (
	sizeUnits = map[string]float64{"bytes": 1, "byte": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "кб": 1 << 10, "мб": 1 << 20, "гб": 1 << 30, "тб": 1 << 40}
	timeUnits = map[string]float64{"us": 1e-3, "µs": 1e-3, "ms": 1, "msec": 1, "s": 1e3, "sec": 1e3, "secs": 1e3, "second": 1e3, "seconds": 1e3,
		"min": 6e4, "mins": 6e4, "minute": 6e4, "minutes": 6e4, "m": 6e4, "h": 3.6e6, "hour": 3.6e6, "hours": 3.6e6, "day": 8.64e7, "days": 8.64e7}
)

// countUnits are what people write after a rounded count: 11.7M scans.
var countUnits = map[string]float64{"k": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "тыс": 1e3, "млн": 1e6, "млрд": 1e9}

// isRounded reports whether a count has such a unit.
func isRounded(value string) bool {
	value = strings.ToLower(strings.Trim(value, "*` "))
	unit := strings.TrimLeft(value, "0123456789.,' ")
	return unit != value && countUnits[unit] > 0
}

// unitOf returns the factor of the unit after a number.
func unitOf(column, unit string) (times float64, known bool) {
	switch unit = strings.ToLower(unit); {
	case unit == "":
		return unitInName(column), true
	case sizeColumn(column) && !(spent[column] && timeUnits[unit] > 0):
		times, known = sizeUnits[unit]
	case timeColumn(column):
		times, known = timeUnits[unit]
	case unit == "%":
		times, known = 0.01, column == "null_frac"
	case wholeColumn(column):
		times, known = countUnits[unit]
	}
	return times, known
}

// unitInName returns how many ms or bytes one is in a column whose name ends with
// a unit: total_minutes, size_mb. It is 1 for any other.
func unitInName(column string) float64 {
	if !timeColumn(column) {
		return sizeInName(column)
	}
	times, known := timeUnits[unitIn(column)]
	if !known {
		return 1
	}
	return times
}

// interval reads an interval in a column of times.
func interval(column, s string) (ms float64, ok bool) {
	if !timeColumn(column) || !strings.ContainsFunc(s, unicode.IsLetter) && !strings.Contains(s, ":") {
		return 0, false
	}
	return intervalMs(s)
}
