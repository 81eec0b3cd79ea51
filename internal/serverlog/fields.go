package serverlog

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/mark"
)

// csvRecord collects the lines of a record of csvlog, whose texts may hold line ends.
type csvRecord struct {
	text    strings.Builder
	begun   bool
	quotes  int
	columns map[string]int // of a header, as a table has into which csvlog was loaded; nil: the server's order
}

// csvStart is how a record of csvlog begins: time, user, database, process.
var csvStart = regexp.MustCompile(`^"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^,"]*"?,("(?:[^"]|"")*"|[^,"]*),("(?:[^"]|"")*"|[^,"]*),"?\d*"?,`)

// more takes a line that begins or continues a record.
func (c *csvRecord) more(s string) bool {
	starts := c.columns != nil && !c.begun && s != "" || len(s) > 24 && (s[0] >= '0' && s[0] <= '9' || s[0] == '"') && strings.IndexByte(s[:min(len(s), 48)], ',') > 0 && csvStart.MatchString(s)
	if !c.begun && !starts {
		return false
	}
	if starts {
		c.reset() // the record before it was cut off
	}
	if c.begun {
		s = "\n" + s
	}
	c.begun = true
	c.quotes += strings.Count(s, `"`)
	if c.text.Len() < 4*maxField {
		c.text.WriteString(s)
	}
	return true
}

// header takes a line with the names of the columns.
func (c *csvRecord) header(s string) bool {
	if !strings.Contains(s, "error_severity") || strings.Trim(s, `abcdefghijklmnopqrstuvwxyz_,"`) != "" {
		return false
	}
	columns := map[string]int{}
	for i, name := range csvFields(s) {
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

// whole returns the fields once the record is complete.
func (c *csvRecord) whole() []string {
	if !c.begun || c.quotes%2 != 0 {
		return nil
	}
	fields := csvFields(c.text.String())
	c.reset()
	return fields
}

func (c *csvRecord) reset() {
	c.text.Reset()
	c.begun, c.quotes = false, 0
}

func csvFields(s string) []string {
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
// csvlog.c).
func (c *csvRecord) entry(fields []string) Entry {
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
	e := Entry{Format: "csvlog", Time: timeOf(isoTime.FindString(at(0))), Database: at(2), Session: at(5), Severity: at(11), Text: at(13), Detail: at(14), Context: at(18), Query: at(19), QueryID: at(25)}
	if e.Session == "" {
		e.Session = at(3)
	}
	return e.bounded()
}

// bounded cuts the parts to the size that is kept.
func (e Entry) bounded() Entry {
	for _, s := range []*string{&e.Text, &e.Detail, &e.Context, &e.Query} {
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
	if strings.HasPrefix(s, "\t") {
		return false
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
		if d.Decode(&v) != nil || d.More() {
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
		Format: format, Time: timeOf(isoTime.FindString(get("timestamp", "log_time"))), Session: get("session_id", "pid", "process_id"), Database: get("dbname", "database_name"),
		Severity: get("error_severity"), Text: get("message"), Detail: get("detail"), Context: get("context"), Query: get("statement", "query"), QueryID: get("query_id"),
	}
	return e.bounded()
}

// ofServer is how the server begins a message. Logs of other programs have one blank.
var ofServer = regexp.MustCompile(`"error_severity"|,(?:LOG|ERROR|FATAL|PANIC|WARNING),[0-9A-Z]{5},|\b(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?):  \S`)

// severityNames are the marks of ofServer.
var severityNames = []string{"error_severity", "LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG"}

// ofLog matches messages that no other program writes, also without a time.
var ofLog = regexp.MustCompile(`^(?:temporary file: path "|automatic (?:aggressive )?(?:vacuum|analyze) of table "|process \d+ (?:still waiting|acquired) )`)

// Sniff reports whether a text is of a server's log.
func Sniff(head []byte) bool {
	found := false
	spaced := mark.Match(head, ofServer, severityNames...)
	r := NewReader(func(e *Entry) {
		found = found || e.Placed() && (spaced || e.Severity == "LOG") || spaced && e.Severity == "LOG" || strings.HasPrefix(e.Text, duration) || e.Severity == "LOG" && ofLog.MatchString(e.Text)
	})
	for line := range bytes.Lines(head) {
		if _, _ = r.Write(line); found {
			return true
		}
	}
	r.Close()
	return found
}
