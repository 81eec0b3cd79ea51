package serverlog

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/mark"
)

// A psql session, a driver or an application shows messages of the server without what is
// before them in a log, and often without their severity.

// serverErrors are the errors that who is on call has to know, by their SQLSTATE: how their
// messages begin, and what follows there. Those that other programs write as well are read only
// beside a driver's name. alone stands for an error that shows nothing but its code; if it is
// empty, the message of the code's first row does.
var serverErrors = compiled([]serverError{
	{"40P01", "deadlock detected", `(?:$|[\s"'(,\[\\<\x60])`, false, "", nil},
	{"40001", "could not serialize access due to ", "", false, "could not serialize access", nil},
	{"40001", "canceling statement due to conflict with recovery", "", false, "", nil},
	{"40001", "terminating connection due to conflict ", "", false, "", nil},
	{"55P03", "could not obtain lock on ", `(?:row|relation) `, false, "could not obtain lock", nil},
	{"55P03", "canceling statement due to lock timeout", "", false, "", nil},
	{"57014", "canceling statement due to statement timeout", "", false, "canceling statement due to a timeout or a request", nil},
	{"53300", "sorry, too many clients already", "", false, "", nil},
	{"53300", "remaining connection slots are reserved", "", false, "", nil},
	{"53300", "too many connections for ", `(?:role|database) `, false, "", nil},
	{"53200", "out of memory", `(?:$|\W)`, true, "", nil},
	{"53200", "out of shared memory", "", true, "", nil},
	{"53100", "could not extend file ", `\\?"`, false, "could not write a file: No space left on device", nil},
	{"53100", "could not ", `[a-z ]+ file \\?"(?:base|global|pg_\w+)/.*: No space left on device`, false, "", nil},
	{"53400", "temporary file size exceeds temp_file_limit", "", false, "", nil},
	{"25006", "cannot execute ", `[A-Z][\w ]* in a read-only transaction`, false, "cannot execute a statement in a read-only transaction", nil},
	{"57P01", "terminating connection due to administrator command", "", false, "", nil},
	{"57P02", "terminating connection because of crash of another server process", "", false, "", nil},
	{"57P03", "the database system is ", `(?:starting up|shutting down|in recovery mode|not (?:yet )?accepting connections)`, false, "the database system is not accepting connections", nil},
	{"57P05", "terminating connection due to idle-session timeout", "", false, "", nil},
	{"25P03", "terminating connection due to idle-in-transaction timeout", "", false, "", nil},
	{"25P04", "terminating connection due to transaction timeout", "", false, "", nil},
	{"2200H", "nextval: reached ", `(?:maximum|minimum) \**value of sequence ?\\?"`, false, "nextval: reached the last value of a sequence", nil},
	{"22003", "integer out of range", "", true, "a number is out of range", nil},
	{"22003", "bigint out of range", "", true, "", nil},
	{"22003", "smallint out of range", "", true, "", nil},
	{"XX001", "invalid page ", `(?:in block|header)`, false, "invalid page", nil},
	{"XX001", "missing chunk number ", `\d`, false, "", nil},
	{"XX001", "could not read block ", `\d`, false, "", nil},
	{"XX001", "could not access status of transaction ", `\d`, false, "", nil},
	{"XX002", "index ", `\\?"[^"]*" contains (?:unexpected zero|corrupted) page`, false, "an index contains corrupted pages", nil},
	{"", "database is not accepting commands ", "", false, "", nil},
	{"", "database ", `(?:\\?"[^"]*"|with OID \d+) must be vacuumed `, false, "", nil},
	{"", "could not open relation with OID ", `\d`, false, "", nil},
	{"", "cache lookup failed for ", `[a-z ]+ \d`, false, "", nil},
	{"", "SSL SYSCALL error: ", "", false, "", nil}, // of libpq, when the server ends a connection
	{"", "server closed the connection unexpectedly", "", false, "", nil},
})

type serverError struct {
	state, begin, rest string
	others             bool
	alone              string
	is                 *regexp.Regexp // form, at the start of a text
}

func compiled(list []serverError) []serverError {
	for i := range list {
		list[i].is = regexp.MustCompile("^" + list[i].form())
	}
	return list
}

// form returns a pattern of the message.
func (e serverError) form() string { return regexp.QuoteMeta(e.begin) + e.rest }

// tellings match the messages that no other program writes.
var tellings = func() string {
	var list []string
	for _, e := range serverErrors {
		if !e.others {
			list = append(list, e.form())
		}
	}
	return "(?:" + strings.Join(list, "|") + ")"
}()

var (
	telling = regexp.MustCompile(`^` + tellings)
	shown   = regexp.MustCompile(`(?m)^(?:psql:[^\n]*?: )?(?:ERROR|FATAL|PANIC|WARNING): {1,2}` + tellings)
)

// ofDriver matches what only a driver of PostgreSQL, or what shows its errors, has before a
// message.
var ofDriver = regexp.MustCompile(`(?i)psycopg|asyncpg|psqlexception|npgsql|postgr|\bpgx|\bpg::|\bpq: |\bpg_|sqlstate|sqlx|returned from database|sqlexceptionhelper|activerecord`)

// Shows reports whether a line of a text is a message of the server as psql shows it between
// statements and results, which no other program writes.
func Shows(text []byte) bool {
	return mark.Match(text, shown, "ERROR:", "FATAL:", "PANIC:", "WARNING:")
}

// refusing matches the messages of telling that end a connection.
var refusing = regexp.MustCompile(`^(?:sorry|remaining|too many|terminating|the database system)`)

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
	for _, e := range serverErrors {
		at := strings.Index(s, e.begin)
		if at <= 0 || !e.is.MatchString(s[at:]) || !beforeTold.MatchString(s[:at]) || e.others && !ofDriver.MatchString(s[:at]) {
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
	return messageOf(stateIn(s))
}

// messageOf returns the message that stands for a code; empty if it is not known.
func messageOf(code string) string {
	for _, e := range serverErrors {
		if e.state == code && code != "" {
			return cmp.Or(e.alone, e.begin)
		}
	}
	return ""
}

// stateOf returns the code of a message; empty if it is not known.
func stateOf(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	for _, e := range serverErrors {
		if e.state != "" && (text == cmp.Or(e.alone, e.begin) || strings.HasPrefix(text, e.begin) && e.is.MatchString(text)) {
			return e.state
		}
	}
	return ""
}

// codedEntry reads an error that a program logs as a record with its code: each is one of its own.
func codedEntry(v map[string]any, keys []string) (e Entry, ok bool) {
	for _, key := range keys {
		code, _ := v[key].(string)
		if stateKey.MatchString(key) && messageOf(code) != "" {
			e = shownBy(messageOf(code))
			for _, key := range keys {
				if text, _ := v[key].(string); stateOf(text) == code {
					e.Text = text
				}
			}
			return e, true
		}
	}
	return e, false
}

var stateKey = regexp.MustCompile(`(?i)^(?:sql_?state|pg_?code)$`)

// shownBy returns the entry of a message without its severity.
func shownBy(text string) Entry {
	e := Entry{Format: "stderr", Severity: "ERROR", Text: text, OfServer: true}
	if refusing.MatchString(text) {
		e.Severity = "FATAL"
	}
	return e
}

// stateIn returns the code of an error in a line, where drivers have it; empty if it has none.
func stateIn(s string) string {
	if !mayHaveState(s) {
		return ""
	}
	if m := state.FindStringSubmatch(s); m != nil && (strings.ContainsAny(m[2], "PHX") || m[2] == "53300" || !strings.EqualFold(m[1], "code") || quotedCode.MatchString(s)) {
		return m[2]
	}
	return ""
}

// mayHaveState reports whether a line has a word that ends as those do that state looks for.
// Most lines have none, which is seen in a tenth of the time that state takes.
func mayHaveState(s string) bool {
	for i := len("cod"); i < len(s); i++ {
		if s[i]|0x20 == 'e' && (strings.EqualFold(s[i-3:i], "cod") || i > 3 && strings.EqualFold(s[i-4:i], "stat")) {
			return true
		}
	}
	return false
}

// state matches a code where drivers have it. Other programs have codes of digits as well, but
// for the line that node-postgres shows.
var (
	state      = regexp.MustCompile(`(?i)\b(sqlstate|sql_state|pgcode|code)\b\W{1,4}([0-9A-Z]{5})\b`)
	quotedCode = regexp.MustCompile(`^\s+code: '\d{5}',?$`)
)

// tell begins an entry with a message that a driver shows without its severity.
func (r *Reader) tell(text string) {
	if o := r.last; o != nil && o.ByDriver {
		had, _, _ := strings.Cut(o.parts[message].String(), "\n")
		if code := stateOf(text); strings.HasPrefix(had, text) || code != "" && text == messageOf(code) && stateOf(had) == code {
			return // the same error
		}
	}
	if o := r.of(""); o != nil {
		r.endBefore(o, text)
	}
	e := shownBy(text)
	e.Line, e.Text, e.ByDriver = r.no, "", true
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
