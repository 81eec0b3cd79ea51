package serverlog

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is a message in the log, with the lines that belong to it.
type Entry struct {
	Line     int
	Format   string    // stderr, csvlog, jsonlog: how the message is written
	Time     time.Time // zero if the log does not tell
	Session  string    // what the lines of one server process share: its session or process id
	Database string
	QueryID  string
	Severity string
	Text     string
	Detail   string
	Context  string
	Hint     string
	Query    string // the statement that was running
	Cut      bool   // longer than maxField
	Exact    bool   // the form is the server's: fields, or two blanks before the text
	ByDriver bool   // a driver or an application printed it, which can print an error more than once
	OfServer bool   // the driver is one of PostgreSQL
}

// Placed reports whether the entry tells when or by which process it was written, as
// entries of a server do. What a client prints does not.
func (e *Entry) Placed() bool { return !e.ByDriver && (!e.Time.IsZero() || e.Session != "") }

// part is what a line of an entry adds to.
type part int

const (
	message part = iota
	detail
	context
	statement
	hint
	ignored
	parts = ignored
)

// words before a message. Those of a part add to the message before it. The server
// translates some of them (see labels); these are the English ones.
var words = map[string]part{
	"LOG": message, "ERROR": message, "FATAL": message, "PANIC": message, "WARNING": message, "NOTICE": message, "INFO": message, "DEBUG": message,
	"DEBUG1": message, "DEBUG2": message, "DEBUG3": message, "DEBUG4": message, "DEBUG5": message,
	"DETAIL": detail, "CONTEXT": context, "STATEMENT": statement, "HINT": hint, "QUERY": ignored, "LOCATION": ignored, "BACKTRACE": ignored,
}

// deadlocked matches the detail of a deadlock.
var deadlocked = regexp.MustCompile(`^Process \d+ waits for .* blocked by process \d+`)

// duration begins the messages that are read without anything before them.
const duration = "duration: "

const (
	// maxField is the maximum size of a part of an entry. The rest of a longer one is
	// not kept.
	maxField = 256 << 10
	// maxLine is the maximum size of a line. The rest of a longer one is not read.
	maxLine = 16 << 20
	// maxOpen is the number of sessions whose last entry may get further lines. The
	// lines of several sessions mix if syslog carries them.
	maxOpen = 64
	// mostTried is how many lines are looked at for the program that carries the log.
	mostTried = 50
	// prefixed is how far from the start of a line the message begins at most.
	prefixed = 600
)

// open is an entry that may get further lines.
type open struct {
	Entry
	parts [parts]bytes.Buffer
	at    part
	cell  bool // it is in a quoted cell of a table
	item  bool // of a list
	gap   bool // the line before was blank
}

// whole reports whether the text so far is a whole statement. A blank line behind one that
// has no tab is not the server's.
func (o *open) whole() bool {
	return o.at != ignored && o.at != message && bytes.HasSuffix(o.parts[o.at].Bytes(), []byte(";"))
}

func (o *open) add(s string) {
	if o.at == ignored {
		return
	}
	b := &o.parts[o.at]
	if o.cell {
		var whole bool
		if s, whole = cell(s); whole {
			o.at = ignored // the next cells are something else
		}
	}
	if b.Len()+len(s) > maxField {
		s, o.Cut = s[:max(maxField-b.Len(), 0)], true
	}
	b.WriteString(s)
}

// Reader splits a log, which is written to it, into entries. It keeps the entries of
// the last sessions in memory, never the log.
type Reader struct {
	use     func(*Entry)
	rest    []byte // the line that has not ended yet
	no      int
	shipper *Shipper
	tried   int // lines that were looked at for a shipper, at most mostTried
	open    []*open
	session map[string]*open // those that are open
	last    *open
	free    []*open
	csv     csvRecord
	json    jsonRecord
	// indented reports whether the log is JSON with a key on each line.
	indented bool
	// prefixes are what was read before messages.
	prefixes map[string]prefix
	clock    clock
	// said are the lines of messages so far, the first of them, which a mail may quote.
	said map[string]bool
}

// NewReader returns a reader that calls use for every entry. An entry is valid only
// during the call.
func NewReader(use func(*Entry)) *Reader {
	return &Reader{use: use, session: map[string]*open{}, prefixes: map[string]prefix{}, said: map[string]bool{}}
}

// Write reads the next piece of the log. It returns no error.
func (r *Reader) Write(b []byte) (int, error) {
	n := len(b)
	if end := bytes.IndexByte(b, '\n'); end >= 0 && len(r.rest) > 0 {
		r.keep(b[:end])
		r.line(string(r.rest))
		r.rest, b = r.rest[:0], b[end+1:]
	}
	if end := bytes.LastIndexByte(b, '\n') + 1; end > 0 {
		r.Lines(string(b[:end]))
		b = b[end:]
	}
	r.keep(b)
	return n, nil
}

// Tabbed returns where the lines end that a text begins with and that have a tab before
// them, as the server writes the further lines of an entry, and how many they are. A line
// without its end is not counted.
func Tabbed(text string) (end, lines int) {
	for end < len(text) && text[end] == '\t' {
		length := strings.IndexByte(text[end:], '\n') + 1
		if length == 0 {
			break
		}
		end, lines = end+length, lines+1
	}
	return end, lines
}

// Lines reads the next lines of the log.
func (r *Reader) Lines(text string) {
	for len(text) > 0 {
		if text[0] == '\t' && r.ignores() {
			end, lines := Tabbed(text)
			if text, r.no = text[end:], r.no+lines; end > 0 {
				continue
			}
		}
		s := text
		end := strings.IndexByte(text, '\n')
		if end >= 0 {
			s, text = text[:end], text[end+1:]
		} else {
			text = ""
		}
		if s != "" && (s[0] == '\t' || s[0] == ' ' && !mayBegin(s)) && r.ignores() {
			r.no++
			continue
		}
		r.line(s[:min(len(s), maxLine)])
	}
}

// mayBegin reports whether a line that is indented can be more than a further line of the
// last entry: a message, a record, a fence.
func mayBegin(s string) bool {
	first := strings.TrimLeft(s, " ")
	if first == "" || first[0] != '-' && (first[0] < 'A' || first[0] > 'Z') {
		return true
	}
	_, _, _, begins := split(s)
	return begins
}

// ignores reports whether further lines of the last entry are not kept. The lines of a plan
// are most of a log.
func (r *Reader) ignores() bool {
	return r.shipper == nil && r.tried == mostTried && !r.csv.begun && r.json.lines == nil && r.csv.columns == nil && (r.last == nil || r.last.at == ignored)
}

func (r *Reader) keep(b []byte) {
	r.rest = append(r.rest, b[:min(len(b), max(maxLine-len(r.rest), 0))]...)
}

// Close reads the last line and ends the entries that are open.
func (r *Reader) Close() {
	if len(r.rest) > 0 {
		r.line(string(r.rest))
		r.rest = nil
	}
	if r.csv.begun {
		r.record()
	}
	r.noRecord()
	for len(r.open) > 0 {
		r.end(r.open[0])
	}
}

func (r *Reader) line(s string) {
	r.no++
	if r.no == 1 {
		s = strings.TrimPrefix(s, "\ufeff")
	}
	s = strings.TrimRight(s, "\r")
	if r.csv.ends(s) {
		r.record()
	}
	switch {
	case len(r.open) == 0 && len(r.prefixes) == 0 && r.csv.header(s): // else it is in the text of a message
	case r.csv.more(s):
		if r.csv.whole() {
			r.record()
		}
	case r.records(s):
	default:
		r.plain(s)
	}
}

// record reads the record of csvlog that is there.
func (r *Reader) record() {
	if e := r.csv.entry(); e.Severity != "" {
		r.fields(e)
	}
}

// plain reads a line as the server writes it to stderr, or as something carries it.
func (r *Reader) plain(s string) {
	if r.shipper == nil && r.tried < mostTried {
		r.shipper = ShipperOf(s + " ") // a blank line can have lost it
		r.tried++
	}
	carried := s[:len(s)-len(r.shipper.Cut(s))]
	s = s[len(carried):]
	if i := strings.Index(s, "#011"); i >= 0 { // syslog's notation for a tab
		s = strings.ReplaceAll(s, "#011", "\t")
	}
	cited := strings.HasPrefix(s, ">") // in a mail
	if cited {
		s = strings.TrimPrefix(strings.TrimLeft(s, "> "), " ")
	}
	s, span := spanned(s)
	if strings.HasPrefix(strings.TrimLeft(s, " "), "```") || s == "" && r.last != nil && r.last.whole() {
		r.last = nil // what follows is no part of the log
		return
	}
	rest, further := strings.CutPrefix(s, "\t") // the server puts a tab before each further line
	var head, word, text string
	if !further {
		head, word, text, further = split(s)
		further = !further
	}
	exact := strings.HasSuffix(s[:len(s)-len(text)], ":  ")
	if rest == s && (further || !exact && words[word] == message && !telling.MatchString(text)) { // no line of a server
		if text := told(s[len(s)-len(cmp.Or(text, s)):]); text != "" {
			r.tell(text)
			return
		}
	}
	if further {
		o := r.last
		if o != nil && rest == s && !o.Time.IsZero() && isoLength(s) > 0 {
			r.last = nil // another entry begins, which was cut before its message
			return
		}
		if o != nil && o.item && bullet.MatchString(s) {
			r.last = nil // the next item is something else
			return
		}
		if carried != "" {
			if pid := pidIn(carried); pid != "" {
				o = r.of(pid)
			}
		}
		switch {
		case o == nil:
		case !o.shown():
			blank := strings.TrimSpace(s) == ""
			if rest == s && o.gap && !blank && s[0] != ' ' && o == r.last {
				r.last = nil // prose: the server has a tab before each further line
				break
			}
			if o.gap = blank && rest == s; o.at != ignored {
				o.add("\n" + rest)
			}
		case !o.more(s, rest) && o == r.last:
			r.last = nil
		}
		return
	}
	quoted := strings.Count(head, `"`)%2 != 0
	if quoted {
		head = head[strings.LastIndexByte(head, '"')+1:] // the cells before it have no part in the message
	}
	var e Entry
	r.prefix(&e, carried)
	r.prefix(&e, head)
	e.Session = cmp.Or(pidIn(carried), e.Session)
	at := words[word]
	if at == message {
		if len(text) > len("00000:") && text[len("00000")] == ':' {
			text = code5.ReplaceAllString(text, "")
		}
		if cited && r.said[s] {
			if o := r.of(e.Session); o != nil {
				r.end(o)
			}
			r.last = nil
			return
		}
		if len(r.said) < maxPrefixes {
			r.said[strings.Clone(s)] = true
		}
	}
	if e.ByDriver = at == message && ((e.Time.IsZero() || e.Session == "") && byDriver.MatchString(head) || strings.Contains(text, "SQLSTATE") && behind.MatchString(text)); e.ByDriver {
		e.Session = "" // a number in the name of an error
		e.OfServer = ofDriver.MatchString(s)
	}
	e.Exact = exact
	o := r.of(e.Session)
	if at == message {
		if o != nil {
			r.endBefore(o, text)
		}
		e.Severity, e.Line, e.Format = word, r.no, "stderr"
		o = r.begin(e)
	}
	if o == nil && at == detail && deadlocked.MatchString(english(text)) { // the copy begins after the message
		e.Severity, e.Line, e.Format = "ERROR", r.no, "stderr"
		o = r.begin(e)
		o.add("deadlock detected")
	}
	if o == nil {
		r.last = nil // it belongs to an entry that is not there, and so do the lines behind it
		return
	}
	o.at, r.last, o.gap, o.cell, o.item = at, o, false, quoted, bullet.MatchString(head)
	if of, more, two := strings.Cut(text, "\t"); two && at == message && ofLog.MatchString(text) {
		o.add(of)
		o.at, text = detail, more // the next cell
	}
	o.add(text)
	if at == message && isPlan(text) {
		o.at = ignored
	}
	if span {
		r.last = nil
	}
}

// bullet matches what begins an item of a list. code matches a line that is a span of code.
var (
	bullet = regexp.MustCompile(`^\s*(?:[-*+•]|\d{1,3}[.)])\s`)
	code   = regexp.MustCompile("^((?:\\s*(?:[-*+•]|\\d{1,3}[.)])\\s+)?)`+([^`].*?)`+[\\s.,;]*$")
)

// spanned returns a line without the marks of the span of code that it is, as people note
// messages: span is false if it is none.
func spanned(s string) (line string, span bool) {
	if !strings.HasSuffix(strings.TrimRight(s, " .,;"), "`") {
		return s, false
	}
	m := code.FindStringSubmatch(s)
	if m == nil {
		return s, false
	}
	return m[1] + m[2], true
}

// code5 matches the SQLSTATE before a message (log_error_verbosity = verbose).
var code5 = regexp.MustCompile(`^[0-9A-Z]{5}: `)

// isPlan reports whether a message is that of auto_explain. The plan is read elsewhere.
func isPlan(text string) bool {
	took, is := strings.CutPrefix(text, duration)
	_, what, _ := strings.Cut(took, " ms")
	return is && strings.HasPrefix(strings.TrimLeft(what, " "), "plan:")
}

// fields reads an entry that came as fields.
func (r *Reader) fields(e Entry) {
	e.Line = r.no
	if o := r.of(e.Session); o != nil {
		r.end(o)
	}
	if label, other := englishLabels()[e.Severity]; other {
		e.Severity = label
	}
	if words[e.Severity] == message && e.Severity != "" {
		e.translate()
		r.use(&e)
	}
}

// split divides a line at the word that begins a message.
func split(s string) (head, word, text string, ok bool) {
	if rest, alone := strings.CutPrefix(s, duration); alone && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return "", "LOG", s, true // tools show messages alone
	}
	near := s[:min(len(s), prefixed)]
	for from := 0; ; {
		colon := strings.IndexByte(near[from:], ':')
		if colon < 0 {
			break
		}
		colon += from
		from = colon + 1
		end := colon
		if end > 0 && (near[end-1] == ' ' || near[end-1] == 0xa0) {
			end = len(strings.TrimRight(near[:colon], " \u00a0")) // as the French have it
		}
		start := end
		for start > 0 && (near[start-1] >= 'A' && near[start-1] <= 'Z' || near[start-1] >= '1' && near[start-1] <= '5' || near[start-1] >= utf8.RuneSelf) {
			start--
		}
		if word = near[start:end]; word == "" {
			continue
		}
		if glued := endsIn(word); glued != "" && (start > 0 || glued != word) && strings.HasPrefix(s[colon+1:], "  ") && stampIn(near[:end-len(glued)]) != "" {
			start = end - len(glued) // log_line_prefix ends without a blank, in a name
			if label, other := englishLabels()[glued]; other {
				glued = label
			}
			return near[:start], glued, strings.TrimLeft(s[colon+1:], " "), true
		}
		if label, other := englishLabels()[word]; other {
			word = label
		} else if end < colon {
			continue
		}
		if _, known := words[word]; !known || colon+1 >= len(s) || s[colon+1] != ' ' {
			continue
		}
		if start > 0 && strings.IndexByte(" ]:-)>|,\"=(", near[start-1]) < 0 {
			continue
		}
		return near[:start], word, strings.TrimLeft(s[colon+1:], " "), true
	}
	if at := alone(s); at >= 0 {
		if strings.HasPrefix(s[at:], "deadlock") {
			return "", "ERROR", s[at:], true
		}
		return "", "LOG", s[at:], true
	}
	return "", "", "", false
}

// endsIn returns the longest word before a message that a word ends in; empty if there is none.
func endsIn(s string) (longest string) {
	for from := range s {
		_, is := words[s[from:]]
		_, other := englishLabels()[s[from:]]
		if is || other {
			return s[from:]
		}
	}
	return ""
}

// of returns the open entry of a session; nil if there is none.
func (r *Reader) of(session string) *open { return r.session[session] }

func (r *Reader) begin(e Entry) *open {
	if len(r.open) == maxOpen {
		r.end(r.open[0])
	}
	var o *open
	if n := len(r.free); n > 0 {
		o, r.free = r.free[n-1], r.free[:n-1]
	} else {
		o = new(open)
	}
	o.Entry, o.gap = e, false
	r.open = append(r.open, o)
	r.session[e.Session] = o
	return o
}

// endBefore ends an entry before another one, which can be the message of an error of which it
// shows the code alone.
func (r *Reader) endBefore(o *open, text string) {
	had, _, _ := strings.Cut(o.parts[message].String(), "\n")
	if o.ByDriver && had != text && had != "" && had == messageOf(stateOf(text)) {
		o.Severity = "" // not passed on
	}
	r.end(o)
}

// end passes an entry on.
func (r *Reader) end(o *open) {
	e := &o.Entry
	for p, to := range [parts]*string{&e.Text, &e.Detail, &e.Context, &e.Query, &e.Hint} {
		if b := &o.parts[p]; b.Len() > 0 {
			*to = b.String()
			b.Reset()
			if b.Cap() > 1<<16 {
				*b = bytes.Buffer{}
			}
		}
	}
	e.translate()
	if !e.Placed() {
		e.Text = behind.ReplaceAllString(e.Text, "")
	}
	if e.Severity != "" {
		r.use(e)
	}
	at := slices.Index(r.open, o)
	r.open = slices.Delete(r.open, at, at+1)
	delete(r.session, e.Session)
	if r.last == o {
		r.last = nil
	}
	r.free = append(r.free, o)
}
