package serverlog

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/mark"
)

// csvRecord collects the lines of a record of csvlog, whose texts may hold line ends, and
// whose lines a mail or a terminal can have broken.
type csvRecord struct {
	lines   []string
	size    int    // of the lines
	stamp   string // the line before, if it is a time alone, at which a mail broke the first field
	begun   bool
	quotes  int
	fields  int            // that have begun
	columns map[string]int // of a header, as a table has into which csvlog was loaded; nil: the server's order
}

const (
	// csvFields is how many fields a record has at least (PostgreSQL 8.4), and csvMessage
	// how many end with its message.
	csvFields, csvMessage = 22, 14
	// mostBroken is how many lines a record can have been broken into.
	mostBroken = 1000
)

// csvStart is how a record of csvlog begins: time, user, database, process.
var csvStart = regexp.MustCompile(`^"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^,"]*"?,("(?:[^"]|"")*"|[^,"]*),("(?:[^"]|"")*"|[^,"]*),"?\d*"?,`)

func (c *csvRecord) starts(s string) bool {
	return c.columns != nil && !c.begun && s != "" || len(s) > 24 && (s[0] >= '0' && s[0] <= '9' || s[0] == '"') && strings.IndexByte(s[:min(len(s), 48)], ',') > 0 && csvStart.MatchString(s)
}

// ends reports whether a record of which something is missing ends before a line: another
// one begins, or something else.
func (c *csvRecord) ends(s string) bool {
	if !c.begun || c.starts(s) {
		return c.begun
	}
	if c.quotes%2 != 0 {
		return false
	}
	_, _, _, message := split(s)
	return s == "" || message || strings.HasPrefix(s, "```") || len(c.lines) > mostBroken
}

// more takes a line that begins or continues a record.
func (c *csvRecord) more(s string) bool {
	stamp := c.stamp
	c.stamp = ""
	switch {
	case c.begun, c.starts(s):
	case stamp != "" && c.starts(stamp+" "+s):
		c.add(stamp)
	default:
		if s != "" && isoLength(s) == len(s) {
			c.stamp = s
		}
		return false
	}
	c.add(s)
	return true
}

func (c *csvRecord) add(s string) {
	for i := range len(s) {
		switch {
		case s[i] == '"':
			c.quotes++
		case s[i] == ',' && c.quotes%2 == 0:
			c.fields++
		}
	}
	c.begun = true
	if c.size += 1 + len(s); c.size < 4*maxField {
		c.lines = append(c.lines, s)
	}
}

// header takes a line with the names of the columns.
func (c *csvRecord) header(s string) bool {
	if !strings.Contains(s, "error_severity") || strings.Trim(s, `abcdefghijklmnopqrstuvwxyz_,"`) != "" {
		return false
	}
	columns := map[string]int{}
	for i, name := range fieldsOf(s) {
		columns[name] = i
	}
	for _, name := range [...]string{"log_time", "error_severity", "message"} {
		if _, has := columns[name]; !has {
			return false
		}
	}
	c.columns = columns
	return true
}

// whole reports whether the record is complete.
func (c *csvRecord) whole() bool {
	return c.begun && c.quotes%2 == 0 && (c.columns != nil || c.fields >= csvFields-1)
}

func (c *csvRecord) reset() {
	c.lines = c.lines[:0]
	c.begun, c.quotes, c.fields, c.size = false, 0, 0, 0
}

// text returns the record. Its line ends are those of its texts, unless one is outside of
// quotes: then a width broke the lines, at it or at the blanks before it.
func (c *csvRecord) text() string {
	quotes, outside := 0, false
	for _, l := range c.lines[:len(c.lines)-1] {
		quotes += strings.Count(l, `"`)
		outside = outside || quotes%2 == 0
	}
	if !outside {
		return strings.Join(c.lines, "\n")
	}
	return join(c.lines)
}

// join joins the lines that a width broke. Those that fill it go on without a blank.
func join(lines []string) string {
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l))
	}
	full := true // but for a blank at the end
	for _, l := range lines[:len(lines)-1] {
		full = full && utf8.RuneCountInString(l) >= width-1
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 && !(full && utf8.RuneCountInString(lines[i-1]) == width) {
			b.WriteByte(' ')
		}
		b.WriteString(l)
	}
	return b.String()
}

func fieldsOf(s string) []string {
	var fields []string
	for {
		if !strings.HasPrefix(s, `"`) {
			field, rest, more := strings.Cut(s, ",")
			fields = append(fields, field)
			if !more {
				return fields
			}
			s = rest
			continue
		}
		s = s[1:]
		end := 0
		for end < len(s) && (s[end] != '"' || end+1 < len(s) && s[end+1] == '"') {
			if s[end] == '"' {
				end++
			}
			end++
		}
		fields = append(fields, strings.ReplaceAll(s[:min(end, len(s))], `""`, `"`))
		if end+1 >= len(s) {
			return fields
		}
		s = s[end+1:]
		if !strings.HasPrefix(s, ",") {
			return fields
		}
		s = s[1:]
	}
}

// cell returns the text of a quoted cell up to its end, if that is here.
func cell(s string) (text string, whole bool) {
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 == len(s) || s[i+1] != '"' {
			return strings.ReplaceAll(s[:i], `""`, `"`), true
		}
		i++
	}
	return strings.ReplaceAll(s, `""`, `"`), false
}

// entry reads the fields of csvlog, by the header or in their order (write_csvlog in
// csvlog.c). Without a message it is empty: the record was cut off.
func (c *csvRecord) entry() Entry {
	defer c.reset()
	if c.quotes%2 != 0 || c.columns == nil && c.fields < csvMessage-1 {
		return Entry{}
	}
	fields := fieldsOf(c.text())
	if c.columns != nil {
		return namedEntry("csvlog", func(name string) string {
			if i, ok := c.columns[name]; ok && i < len(fields) {
				return fields[i]
			}
			return ""
		})
	}
	at := func(i int) string {
		if i < len(fields) {
			return fields[i]
		}
		return ""
	}
	e := Entry{Format: "csvlog", Exact: true, Time: timeOf(isoTime.FindString(at(0))), Database: at(2), Session: strings.ReplaceAll(at(5), " ", ""), Severity: at(11), Text: at(13), Detail: at(14), Hint: at(15), Context: at(18), Query: at(19), QueryID: at(25)}
	if e.Session == "" {
		e.Session = at(3)
	}
	return e.bounded()
}

// bounded cuts the parts to the size that is kept.
func (e Entry) bounded() Entry {
	for _, s := range []*string{&e.Text, &e.Detail, &e.Context, &e.Hint, &e.Query} {
		if len(*s) > maxField {
			*s, e.Cut = (*s)[:maxField], true
		}
	}
	if e.QueryID == "0" {
		e.QueryID = ""
	}
	return e
}

// texts are the keys under which records of JSON hold a line of the log.
var texts = []string{"log", "message", "textPayload", "msg", "MESSAGE", "@message", "Message", "line", "body", "content", "event_message"}

// paired returns the text with its quotes of a line that is a key with a text, as tools
// indent JSON; empty if it is none.
func paired(s string) string {
	_, value, _ := strings.Cut(s[1:], `"`)
	value, colon := strings.CutPrefix(strings.TrimLeft(value, " \t\f\r"), ":")
	value = strings.TrimLeft(value, " \t\f\r")
	if !colon || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return ""
	}
	return value
}

// records reads a line of JSON: a message of jsonlog, or records of something that
// carries the log. It reports whether the line is one.
func (r *Reader) records(s string) bool {
	if r.json.lines != nil {
		return r.goesOn(s)
	}
	if strings.HasPrefix(s, "\t") {
		return false
	}
	if at := recordIn(s); at > 0 {
		s = s[at:]
	}
	t := strings.TrimSuffix(strings.TrimSpace(s), ",")
	switch {
	case t == "":
		return false
	case strings.Trim(t, "{}[]: ,") == "":
		return r.indented
	case t[0] == '{', t[0] == '[':
		d := json.NewDecoder(strings.NewReader(t))
		d.UseNumber() // query ids have more digits than a float
		var v any
		if d.Decode(&v) != nil {
			return r.json.begins(t)
		}
		if d.More() && !strings.Contains(t, severityKey) {
			return false
		}
		r.walk(v)
		return true
	case t[0] == '"':
		var text string
		value := paired(t)
		if strings.ContainsAny(value, `:\`) && json.Unmarshal([]byte(value), &text) == nil { // a message has a colon before it
			r.indented = r.carried(text) || r.indented
		}
		return r.indented
	}
	return false
}

// severityKey is in each record of the server.
const severityKey = `"error_severity"`

// recordIn returns where a record of the server begins in a line that has something before
// it; -1 if it has none.
func recordIn(s string) int {
	if !strings.Contains(s, severityKey) && !strings.Contains(s, `{"timestamp":`) || s[0] == '{' || s[0] == '[' {
		return -1
	}
	return strings.Index(s, `{"`)
}

// jsonRecord collects the lines of a record of JSON that a width broke.
type jsonRecord struct {
	lines           []string // nil: there is none
	size, depth     int
	quoted, escaped bool
}

// begins takes a line that is the first of a record, and reports whether it can be one.
func (j *jsonRecord) begins(s string) bool {
	if !strings.HasPrefix(s, `{"`) {
		return false
	}
	*j = jsonRecord{}
	j.add(s)
	if j.depth <= 0 {
		*j = jsonRecord{}
	}
	return j.lines != nil
}

func (j *jsonRecord) add(s string) {
	j.lines = append(j.lines, s)
	j.size += 1 + len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case j.escaped:
			j.escaped = false
		case j.quoted && c == '\\':
			j.escaped = true
		case c == '"':
			j.quoted = !j.quoted
		case j.quoted:
		case c == '{', c == '[':
			j.depth++
		case c == '}', c == ']':
			j.depth--
		}
	}
}

// goesOn takes a further line of a record. If that is none, its lines are read as others.
func (r *Reader) goesOn(s string) bool {
	another := strings.HasPrefix(s, `{"`) || !r.json.quoted && isoLength(s) > 0
	if !another {
		if r.json.add(s); r.json.depth > 0 && len(r.json.lines) <= mostBroken && r.json.size < maxField {
			return true
		}
	}
	if lines := r.json.lines; r.json.depth <= 0 {
		for _, whole := range [...]string{join(lines), strings.Join(lines, "")} {
			d := json.NewDecoder(strings.NewReader(whole))
			d.UseNumber()
			var v any
			if d.Decode(&v) == nil {
				r.json = jsonRecord{}
				r.walk(v)
				return true
			}
		}
	}
	r.noRecord()
	return !another || r.records(s)
}

// noRecord reads the lines of a record that has no end.
func (r *Reader) noRecord() {
	lines := r.json.lines
	r.json = jsonRecord{}
	for _, l := range lines {
		r.plain(l)
	}
}

// walk reads the first log line of a record, and those of the records in it.
func (r *Reader) walk(v any) bool {
	switch v := v.(type) {
	case []any:
		found := false
		for _, x := range v {
			found = r.walk(x) || found
		}
		return found
	case map[string]any:
		if e, ok := jsonEntry(v); ok {
			r.fields(e)
			return true
		}
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		if e, ok := codedEntry(v, keys); ok {
			r.fields(e)
			return true
		}
		for _, key := range keys {
			if text, ok := v[key].(string); ok && r.carried(text) {
				return true
			}
		}
		for _, key := range keys {
			if _, text := v[key].(string); !text && r.walk(v[key]) {
				return true
			}
		}
		for _, key := range texts {
			if text, ok := v[key].(string); ok {
				r.lines(text)
				return true
			}
		}
	}
	return false
}

// carried reads the lines that a record carries, if they begin an entry.
func (r *Reader) carried(text string) bool {
	begin, _, _ := strings.Cut(text, "\n")
	if _, _, _, ok := split(r.shipper.Cut(begin)); !ok {
		return false
	}
	r.lines(text)
	return true
}

func (r *Reader) lines(text string) {
	for line := range strings.Lines(text) {
		r.plain(strings.TrimRight(line, "\r\n"))
	}
}

// jsonEntry reads a message of jsonlog, or one whose keys are the columns of csvlog.
func jsonEntry(v map[string]any) (Entry, bool) {
	e := namedEntry("jsonlog", func(name string) string {
		switch x := v[name].(type) {
		case string:
			return x
		case json.Number:
			return x.String()
		}
		return ""
	})
	return e, e.Severity != ""
}

// namedEntry reads fields that have names: those of jsonlog, or of the columns that the
// manual gives csvlog.
func namedEntry(format string, field func(name string) string) Entry {
	get := func(names ...string) string {
		for _, name := range names {
			if text := field(name); text != "" {
				return text
			}
		}
		return ""
	}
	e := Entry{
		Format: format, Exact: true, Time: timeOf(isoTime.FindString(get("timestamp", "log_time"))), Session: get("session_id", "pid", "process_id"), Database: get("dbname", "database_name"),
		Severity: get("error_severity"), Text: get("message"), Detail: get("detail"), Context: get("context"), Hint: get("hint"), Query: get("statement", "query"), QueryID: get("query_id"),
	}
	return e.bounded()
}

// ofServer is how the server begins a message. Logs of other programs have one blank.
var ofServer = regexp.MustCompile(`"error_severity"|,(?:LOG|ERROR|FATAL|PANIC|WARNING),[0-9A-Z]{5},|\b(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?):  \S`)

// severityNames are the marks of ofServer.
var severityNames = []string{"error_severity", "LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG"}

// ofLog matches messages that no other program writes, also without a time and a severity.
// verbose matches what VACUUM (VERBOSE) says.
var verbose = regexp.MustCompile(`^(?:finished vacuuming "|vacuuming "|aggressively vacuuming ")`)

var ofLog = regexp.MustCompile(`^(?:temporary file: path "|automatic (?:aggressive )?(?:vacuum|analyze) of table "|process \d+ (?:still waiting for|acquired) \w+Lock on |checkpoints are occurring too frequently \(|(?:check|restart)point (?:starting|complete): \w|deadlock detected\t|invalidating obsolete replication slot )`)

// ofLogBegin are the first letters of what ofLog matches. Most lines begin with another one.
const ofLogBegin = "tapcrdi"

// alone returns where such a message begins in a line that has no severity: at its start or
// behind a tab, as viewers of logs copy it; -1 if the line has none.
func alone(s string) int {
	s = s[:min(len(s), prefixed)]
	for at := 0; ; {
		if at < len(s) && strings.IndexByte(ofLogBegin, s[at]) >= 0 && ofLog.MatchString(s[at:]) {
			return at
		}
		tab := strings.IndexByte(s[at:], '\t')
		if tab < 0 {
			return -1
		}
		at += tab + 1
	}
}

// Sniff reports whether a text is of a server's log.
func Sniff(head []byte) bool {
	found := false
	spaced := mark.Match(head, ofServer, severityNames...)
	r := NewReader(func(e *Entry) {
		found = found || e.Placed() && (spaced || e.Severity == "LOG") || spaced && e.Severity == "LOG" || strings.HasPrefix(e.Text, duration) || e.Severity == "LOG" && ofLog.MatchString(e.Text) || e.Severity == "INFO" && verbose.MatchString(e.Text) ||
			telling.MatchString(e.Text) || e.OfServer && stateOf(e.Text) != ""
	})
	for line := range bytes.Lines(head) {
		if _, _ = r.Write(line); found {
			return true
		}
	}
	r.Close()
	return found
}
