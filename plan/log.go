package plan

import (
	"strings"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/serverlog"
)

// Entries of auto_explain in the server log: "duration: 12.3 ms  plan:" and
// the plan on the following lines (explain_ExecutorEnd in auto_explain.c).
// The prefix and quoting depend on the log format.

// logFormat is how the lines of a log entry are told from those of the next
// entry.
type logFormat int

const (
	noLog     logFormat = iota
	stderrLog           // a prefix on the first line, a tab before the others
	csvLog              // a quoted field
	jsonLog             // a JSON string on one line, of jsonlog or of a record that holds the message
)

// entry is a log entry that contains a plan.
type entry struct {
	format   logFormat
	first    string // its first line
	last     string // the last one
	width    int    // of the longest
	duration Float
	string   int // jsonLog: where the string begins in the line
	lines    []line
	body     []piece // the lines behind these, as the server writes them
	bytes    int
	shipper  *serverlog.Shipper // whose prefix is before each line; nil if there is none
	tabs     bool               // stderr: continuation lines start with a tab
	started  bool
	nodes    bool // a line of the plan itself was seen
	kept     bool // the lines are its own
}

// piece is some lines of an entry, each with the tab before it and its end. They are not
// looked at one by one before the plan is read, as few plans of a log are.
type piece struct {
	text string
	no   int // of the first
}

const (
	entryMark = "duration: "
	entryTail = "plan:"

	// maxEntry is the maximum size of an entry in bytes. A plan of 100,000
	// nodes takes about 40 MB.
	maxEntry = 256 << 20
)

// startsEntry reports whether a log line is the first of an entry with a plan.
func startsEntry(s string) (e entry, ok bool) {
	i := strings.Index(s, entryMark)
	if i < 0 {
		return e, false
	}
	number, rest, ok := strings.Cut(s[i+len(entryMark):], " ms")
	if !ok {
		return e, false
	}
	if e.duration, ok = parseFigure(number); !ok {
		return e, false
	}
	rest = strings.TrimLeft(rest, " ")
	if !strings.HasPrefix(rest, entryTail) {
		return e, false
	}
	rest = strings.TrimRight(rest[len(entryTail):], " \r")
	before := strings.TrimRight(s[:i], " ")
	switch {
	case strings.HasPrefix(rest, `\n`):
		e.format, e.string = jsonLog, stringStart(s[:i])
		return e, e.string >= 0
	case (strings.HasSuffix(before, `,"`) || strings.HasSuffix(before, ":") && strings.Count(before, `"`)%2 == 1) && rest == "":
		e.format = csvLog
	case (before == "" || strings.HasSuffix(before, ":")) && rest == "":
		e.format, e.first, e.shipper = stderrLog, s, serverlog.ShipperOf(s)
	default:
		return e, false
	}
	return e, true
}

// stringStart returns where the JSON string begins, the value of a key, that a text ends
// within; -1 if it does not.
func stringStart(s string) int {
	at := strings.LastIndexByte(s, '"')
	for at > 0 && s[at-1] == '\\' {
		at = strings.LastIndexByte(s[:at], '"')
	}
	if at < 0 || !strings.HasSuffix(strings.TrimRight(s[:at], " "), ":") {
		return -1
	}
	return at
}

// message splits the message in a line of JSON into the entry's lines, and returns the
// rest of the line.
func (e *entry) message(l line) (rest string) {
	r := jsonReader{s: l.text[e.string:]}
	s, _ := r.text()
	_, s, _ = strings.Cut(s, "\n")
	for text := range strings.Lines(s) {
		e.lines = append(e.lines, line{strings.TrimRight(text, "\r\n"), l.no})
	}
	return r.s[r.pos:]
}

// add adds the next line of the log. taken reports whether the line belongs to
// the entry, done whether the entry is complete.
func (e *entry) add(l line) (taken, done bool) {
	e.bytes += len(l.text)
	if e.bytes > maxEntry {
		return false, true
	}
	switch e.format {
	case csvLog:
		if end := cellEnd(l.text, '"'); end >= 0 {
			l.text, done = l.text[:end], true
		}
		l.text = strings.TrimPrefix(strings.ReplaceAll(l.text, `""`, `"`), "\t")
	case stderrLog:
		if !e.started && e.shipper == nil {
			e.shipper = shipperOf(l.text, e.first)
		}
		s := e.shipper.Cut(l.text)
		if s != l.text && l.text[len(l.text)-len(s)-1] == '"' { // a field of CSV
			s = unescaped(strings.TrimSuffix(s, `"`), '"')
		}
		l.text = s
		if i := strings.Index(s, "#011"); i >= 0 { // syslog's notation for a tab
			s = "\t" + s[i+len("#011"):]
		}
		rest, tab := strings.CutPrefix(s, "\t")
		if !e.started {
			e.tabs = tab
		}
		switch {
		case tab:
			l.text = rest
		case s == "" && e.started:
		case startsMessage(s), e.tabs && e.nodes && !e.breaks(s):
			return false, true
		}
		e.see(s)
	}
	e.started = true
	e.unfold()
	e.lines = append(e.lines, l)
	return true, done
}

// unfold makes lines of the pieces.
func (e *entry) unfold() {
	for _, b := range e.body {
		for text := range strings.Lines(b.text) {
			text = strings.TrimRight(text, "\r\n")
			e.see(text)
			e.lines = append(e.lines, line{text[1:], b.no})
			b.no++
		}
	}
	e.body = nil
}

// see notes what lines without a tab are compared with.
func (e *entry) see(s string) {
	if e.last = s; len(s) > e.width {
		e.width = max(e.width, utf8.RuneCountInString(s))
	}
	e.nodes = e.nodes || isUnreadNode(s) || strings.Contains(s, `"Plan":`)
}

// goesOn takes the lines that a text begins with and that are as the server writes them
// below the first node, without looking for what else could be on them. Such lines are most
// of a log. no is the number of the first one.
func (e *entry) goesOn(text string, no int) (end, lines int) {
	if !e.nodes || !e.tabs || e.shipper != nil || e.format != stderrLog {
		return 0, 0
	}
	if end, lines = serverlog.Tabbed(text); lines == 0 || e.bytes+end > maxEntry {
		return 0, 0
	}
	e.bytes += end
	e.body = append(e.body, piece{text[:end], no})
	return end, lines
}

// breaks reports whether a line without a tab is the rest of the one before, which fills
// the width at which a terminal broke them.
func (e *entry) breaks(s string) bool {
	e.unfold()
	start, _, _ := strings.Cut(e.first, " ")
	return e.width >= minBroken && utf8.RuneCountInString(e.last) >= e.width-lostBlanks && serverlog.Like(start, s) == nil
}

// shipperOf returns the program that put the same before the second line of an entry as
// before its first; nil if there is none.
func shipperOf(second, first string) *serverlog.Shipper {
	at := strings.Index(second, "Query Text: ")
	if tab := strings.Index(second, "\t"); tab >= 0 && (at < 0 || tab < at) {
		at = tab
	}
	if at <= 0 || strings.TrimSpace(second[:at]) == "" {
		return nil
	}
	return serverlog.Like(second[:at], first)
}

// severities start a message in the log. The server translates some of them;
// these are the English ones.
var severities = []string{"LOG:  ", "ERROR:  ", "FATAL:  ", "PANIC:  ", "WARNING:  ", "NOTICE:  ", "INFO:  ", "STATEMENT:  ", "DETAIL:  ", "HINT:  ", "CONTEXT:  ", "QUERY:  ", "LOCATION:  "}

// startsMessage reports whether a line starts a new message, for logs that lost
// their tabs.
func startsMessage(s string) bool {
	for _, word := range severities {
		if i := strings.Index(s, word); i >= 0 && i < 200 && (i == 0 || s[i-1] == ' ' || s[i-1] == ']') {
			return true
		}
	}
	return false
}

// plans returns the plans of a complete entry. Without an Execution Time they
// get the duration of the entry.
func (e *entry) plans() []*Plan {
	e.keep()
	e.unfold()
	d := &document{lines: e.lines}
	d.read()
	for _, p := range d.plans {
		if !p.ExecutionMs.Known() {
			p.ExecutionMs = e.duration
		}
	}
	return d.plans
}

// messageKeys are the members of a record of JSON that hold a line, by the programs that
// write one record a line.
var messageKeys = [...]string{
	`"log":`,         // Docker
	`"textPayload":`, // Google Cloud
	`"message":`,     // CloudWatch, Elastic
	`"msg":`, `"@message":`, `"MESSAGE":`, `"line":`, `"body":`, `"_raw":`,
}

// recordLine returns the text that a log driver wrapped in a record of JSON, such as
// Docker's: {"log":"...\n","stream":"stderr"}. The server's own records (jsonlog) are
// left.
func recordLine(s string) (string, bool) {
	if isLogfmt(s) {
		_, message, ok := strings.Cut(s, ` msg="`)
		r := jsonReader{s: `"` + message}
		text, whole := r.text()
		if ok = ok && whole && (holdsPlan(text) || !holdsPlan(s)); !ok {
			return s, false
		}
		return text, true
	}
	if !strings.HasPrefix(s, `{"`) || !strings.HasSuffix(strings.TrimRight(s, ", "), "}") {
		return s, false
	}
	for _, key := range messageKeys {
		at := strings.Index(s, key)
		if at < 0 {
			continue
		}
		r := jsonReader{s: strings.TrimLeft(s[at+len(key):], " ")}
		if text, ok := r.text(); ok {
			if holdsPlan(s) && !holdsPlan(text) {
				return s, false // it is in another field
			}
			if _, entry := startsEntry(s); entry && strings.Contains(strings.TrimRight(text, "\n"), "\n") && !strings.Contains(text, "LOG:") {
				return s, false
			}
			return text, true
		}
	}
	return s, false
}

// brokenRecord is a record of a log whose line was broken at a width: all lines of it but
// the last fill the width.
type brokenRecord struct {
	lines []line
	width int
	whole bool
}

// maxBrokenRecord is how many lines a record can have been broken into.
const maxBrokenRecord = 1000

// begins reports whether a line can be the first of a broken record, and keeps it.
func (b *brokenRecord) begins(l line) bool {
	if !beginsRecord(l.text) {
		return false
	}
	if b.width = utf8.RuneCountInString(l.text); b.width < minBroken {
		return false
	}
	if _, whole := recordLine(l.text); whole {
		return false
	}
	b.lines, b.whole = append(b.lines[:0], l), false
	return true
}

// holds reports whether a line goes on with the broken record, and keeps it.
func (b *brokenRecord) holds(l line) bool {
	if len(b.lines) == 0 || b.whole {
		return false
	}
	n := utf8.RuneCountInString(l.text)
	if n > b.width || len(b.lines) == maxBrokenRecord || beginsRecord(l.text) && l.text[0] == b.lines[0].text[0] {
		return false
	}
	b.lines = append(b.lines, l)
	b.whole = n < b.width
	return true
}

// take returns the record on one line if it is whole, otherwise its lines.
func (b *brokenRecord) take() []line {
	lines := b.lines
	b.lines = nil
	if len(lines) > 1 {
		one := line{no: lines[0].no}
		for _, l := range lines {
			one.text += l.text
		}
		if _, ok := recordLine(one.text); ok {
			return []line{one}
		}
	}
	return lines
}

// beginsRecord reports whether a line begins as a record of a log does, in JSON or in
// logfmt.
func beginsRecord(s string) bool {
	return strings.HasPrefix(s, `{"`) || isLogfmt(s)
}

func isLogfmt(s string) bool {
	begins := strings.HasPrefix(s, "time=") || strings.HasPrefix(s, "ts=") || strings.HasPrefix(s, "level=")
	return begins && (strings.Contains(s, "level=") || strings.Contains(s, "msg="))
}
