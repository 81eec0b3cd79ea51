package serverlog

import (
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/mark"
)

// A psql session, a driver or an application shows messages of the server without what is
// before them in a log, and often without their severity.

// tellings are the messages that no other program writes.
const tellings = `(?:deadlock detected(?:$|[\s"'(,\[\\<\x60])|database is not accepting commands |database (?:"[^"]*"|with OID \d+) must be vacuumed |` +
	`sorry, too many clients already|remaining connection slots are reserved|too many connections for (?:role|database) |` +
	`nextval: reached maximum \**value of sequence ?\\?"|canceling statement due to (?:statement timeout|lock timeout|conflict with recovery)|terminating connection due to (?:idle|conflict|transaction)|could not serialize access due to |` +
	`could not extend file "|could not [a-z ]+ file "(?:base|global|pg_\w+)/.*: No space left on device)`

var (
	telling = regexp.MustCompile(`^` + tellings)
	shown   = regexp.MustCompile(`(?m)^(?:psql:[^\n]*?: )?(?:ERROR|FATAL|PANIC|WARNING): {1,2}` + tellings)
)

// Shows reports whether a line of a text is a message of the server as psql shows it between
// statements and results, which no other program writes.
func Shows(text []byte) bool {
	return mark.Match(text, shown, "ERROR:", "FATAL:", "PANIC:", "WARNING:")
}

// tellingWords are where a message of telling can begin in a line.
var tellingWords = [...]string{"deadlock detected", "database is not accepting ", "sorry, too many clients", "remaining connection slots ", "too many connections for ", "canceling statement due to ",
	"terminating connection due to ", "could not serialize access ", "could not extend file ", "nextval: reached maximum "}

// refusing matches the messages of telling that end a connection.
var refusing = regexp.MustCompile(`^(?:sorry|remaining|too many|terminating)`)

// byDriver matches what drivers and applications put before a message: the class of an error,
// the name of a package. psql puts its own name there, and shows each message once.
var byDriver = regexp.MustCompile(`(?i)^[^\n]*(?:error|exception|deadlock|sqlstate|\bpg::|\bpq\b|\bfailed\b)`)

// beforeTold matches the same before a message without its severity.
var beforeTold = regexp.MustCompile(`(?i)(?:error|exception|deadlock|sqlstate|\bpg::|\bpq\b)[^\n]{0,120}?[:)][ \t]*["'\x60]?$`)

// told returns the message of the server in a line of a driver that has no severity; empty
// if the line has none.
func told(s string) string {
	if len(s) > prefixed {
		s = s[:prefixed]
	}
	for _, words := range tellingWords {
		at := strings.Index(s, words)
		if at <= 0 || !telling.MatchString(s[at:]) || !beforeTold.MatchString(s[:at]) {
			continue
		}
		text := s[at:]
		if quote := s[at-1]; quote == '"' || quote == '\'' || quote == '`' {
			text = strings.ReplaceAll(text, `\`+string(quote), "\x00") // one in the message
			text, _, _ = strings.Cut(text, string(quote))
			text = strings.ReplaceAll(text, "\x00", string(quote))
		}
		return text
	}
	if strings.Contains(s, "40P01") || strings.Contains(s, "53300") {
		if m := state.FindStringSubmatch(s); m != nil {
			return states[m[1]]
		}
	}
	return ""
}

// state matches a code of an error where drivers have it, and states are the messages whose
// codes no other message has.
var (
	state  = regexp.MustCompile(`(?i)\b(?:sqlstate|sql_state|pgcode|code)\b\W{1,4}(40P01|53300)\b`)
	states = map[string]string{"40P01": "deadlock detected", "53300": "sorry, too many clients already"}
)

// tell begins an entry with a message that a driver shows without its severity.
func (r *Reader) tell(text string) {
	if o := r.last; o != nil && o.ByDriver && strings.HasPrefix(o.parts[message].String(), text) {
		return // the same error
	}
	if o := r.of(""); o != nil {
		r.end(o)
	}
	e := Entry{Line: r.no, Format: "stderr", Severity: "ERROR", ByDriver: true}
	if refusing.MatchString(text) {
		e.Severity = "FATAL"
	}
	o := r.begin(e)
	o.at, r.last = message, o
	o.add(text)
}

// shown reports whether an entry is what a client shows, which may be a log of a server that
// puts nothing before its messages.
func (o *open) shown() bool { return !o.Placed() && o.Severity != "LOG" }

// driverPart matches a part of a message as drivers label them.
var driverPart = regexp.MustCompile(`^[ \t]*["']?(?i:(detail|hint|where|context))["']?:[ \t]*["'\x60]?(.*)`)

var driverParts = map[string]part{"detail": detail, "hint": hint, "where": context, "context": context}

// more adds a line, with and without its tab, to an entry that a client shows. It reports
// false if the line is not part of it.
func (o *open) more(s, rest string) bool {
	if o.ByDriver {
		if m := driverPart.FindStringSubmatch(s); m != nil {
			o.at, o.gap = driverParts[strings.ToLower(m[1])], false
			o.add(m[2])
			return true
		}
	}
	blank := strings.TrimSpace(s) == ""
	if o.gap && !blank && s[0] != ' ' && s[0] != '\t' {
		return false // prose
	}
	if o.gap = blank; o.at != ignored {
		o.add("\n" + rest)
	}
	return true
}

// behind matches the code that drivers put behind a message.
var behind = regexp.MustCompile(`\s*[(\[]SQLSTATE\W+\w{5}[)\]].*`)
