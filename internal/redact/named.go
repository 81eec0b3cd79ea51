package redact

import (
	"regexp"
	"strings"
)

// Names of credentials: keys of connection strings, options of DDL, variables, fields
// of documents, columns. A longer name that only begins like one (password_hash,
// password_changed_at) does not hold a credential.
var (
	passwordName   = regexp.MustCompile(`(?i)[\w.-]*(?:password|passwd|passphrase)\b|\b(?:\w+_)?pwd\b`)
	keyName        = regexp.MustCompile(`(?i)\b[\w.-]*(?:api[_-]?key|secret_?access_?key|client_?secret|access_?token|auth_?token)\b`)
	perhapsKeyName = regexp.MustCompile(`(?i)\b[\w.-]*(?:secret|secret_?key|account_?key|refresh_?token|session_?token|security_?token|api_?token|private_?token)\b`)

	passwordHints = []string{"passw", "passphrase", "pwd"}
	keyHints      = []string{"apikey", "api_key", "api-key", "accountkey", "account_key", "secret", "token"}
)

var (
	// afterName matches the text between a name and its value: closing quotes and
	// brackets of the name, a cast, then the assignment or comparison (group 1).
	afterName = regexp.MustCompile(`^[\\"'\])]*(?:\s*::\s*[a-z][a-z ]*(?:\(\d+\))?\)*)?(\s*(?:<>|!=|=>|:=|!?~~?\*?|=|:)\s*|\s*,\s*|\s+(?i:to|like|ilike|in|is\s+distinct\s+from|is\s+not\s+distinct\s+from)\s+|\s+)`)
	// wrapped matches what may enclose a value: ANY, IN, or a function such as
	// crypt('...', gen_salt('bf')).
	wrapped = regexp.MustCompile(`^(?:(?i:any|all)\s*)?(?:(?:[A-Za-z_][\w.]*)?\(\s*)*`)
	// opening matches the quote that a value begins with. In a string inside another
	// string the quote is doubled or escaped.
	opening = regexp.MustCompile(`^(?i:(E|U&|N|B|X)?)((?:\\*['"])+|\$\w*\$)`)

	bare        = regexp.MustCompile(`^[^\s'",;)]+`)
	connection  = regexp.MustCompile(`(?i)\b(?:host|hostaddr|port|user|username|user id|uid|dbname|database|server|service|sslmode|connect_timeout)=[^\s=]`)
	expression  = regexp.MustCompile(`^(?i:[a-z_]\w*(?:\.\w+)+|null|none|not|valid|text|varchar|character|bytea|from|where|and|or|encryption|hash|default|true|false|new|old|excluded)$`)
	qualified   = regexp.MustCompile(`^[\w.]*$`)
	variable    = regexp.MustCompile(`^[A-Z0-9]+_?PASSWORD$|^--`)
	identifier  = regexp.MustCompile(`^[A-Za-z_]\w*$`)
	placeholder = regexp.MustCompile(`^(?:\?|'\?'|\$\d+|\*+|\.{3,}|…|%s|:['"]?\w+['"]?|\$\{?\w+\}?|<[^<>]*>|\{\{?[\w. ]*\}?\})$`)
)

// isPlaceholder reports whether a text is a placeholder and not a credential, or begins with
// one that was hidden: what is behind it was none.
func isPlaceholder(s string) bool {
	return strings.HasPrefix(s, hiddenSecret) || placeholder.MatchString(s) || strings.Trim(s, "*xX.?") == ""
}

// named returns a search for values that are assigned to a name or compared with it:
// password=x, PASSWORD 'x', "password": "x", password IN ('x', 'y').
func named(name *regexp.Regexp) func(string, func(from, to int)) {
	return func(s string, found func(from, to int)) {
		hidden, inBare := 0, 0 // up to where a text is hidden, and is one without quotes
		for _, m := range name.FindAllStringIndex(s, -1) {
			if hidden == len(s) {
				return // a string that is never closed
			}
			sep := afterName.FindStringSubmatchIndex(s[m[1]:])
			if sep == nil {
				continue
			}
			start, at := m[1]+sep[2], m[1]+sep[3]
			how := strings.TrimSpace(s[start:at])
			if m[0] < inBare && (how == "" || how == ",") {
				continue // a word of the value
			}
			around := at
			if how != "" && how != "," {
				around += len(wrapped.FindString(s[at:]))
			}
			from, to, end, ok := quotedAt(s, around)
			switch {
			case ok && how == "," && !strings.Contains(s[m[1]:start], "'"):
				// The next of a list, not the value of a name in quotes.
			case ok && s[start:at] == " :":
				// A variable of psql.
			case ok:
				for ok {
					found(from, to)
					hidden = end
					if around == at {
						break
					}
					next, more := strings.CutPrefix(strings.TrimLeft(s[end:], blanks), ",")
					if !more {
						break
					}
					from, to, end, ok = quotedAt(s, len(s)-len(strings.TrimLeft(next, blanks)))
				}
			case strings.Contains("= : := =>", how) && how != "":
				if to := bareAt(s, m, at, how, s[start:at] != how); to > at {
					found(at, to)
					hidden, inBare = to, to
				}
			}
		}
	}
}

const blanks = " \t\r\n"

// leastBare is the minimum length of an unquoted value that counts as a credential if
// no other key of a connection string is near.
const leastBare = 4

// bareAt returns the end of an unquoted value; 0 if the text is an SQL expression.
func bareAt(s string, name []int, at int, how string, spaced bool) int {
	if spaced {
		v := bare.FindString(s[at:])
		if len(v) < leastBare || isExpression(v) || how != ":" && identifier.MatchString(v) {
			return 0
		}
		return at + len(v)
	}
	// In a connection string a value ends at a blank only. Commas and brackets belong
	// to the value.
	v := untilBlank(s[at:])
	trimmed := strings.TrimRight(v, ",;)")
	const near = 200 // bytes, in which the other keys of a connection string are
	dsn := connection.MatchString(s[max(0, name[0]-near):name[0]]) || connection.MatchString(s[at:min(len(s), at+near)]) || variable.MatchString(s[name[0]:name[1]])
	switch {
	case isPlaceholder(trimmed), !dsn && (len(trimmed) < leastBare || isExpression(trimmed)):
		return 0
	case dsn:
		return at + len(v)
	}
	return at + len(trimmed)
}

// untilBlank returns the beginning of a text up to the first blank or unescaped quote,
// limited to the maximum length of a credential.
func untilBlank(s string) string {
	const longest = 8 << 10
	for i := 0; i < len(s) && i < longest; i++ {
		switch s[i] {
		case '\\':
			i++
		case ' ', '\t', '\r', '\n', '\'', '"':
			return s[:i]
		}
	}
	return s[:min(len(s), longest)]
}

// isExpression reports whether an unquoted text is an SQL keyword or function call and
// not a value.
func isExpression(s string) bool {
	call, _, called := strings.Cut(s, "(")
	return isPlaceholder(s) || strings.HasPrefix(s, "$") || expression.MatchString(s) || called && qualified.MatchString(call)
}

// quotedAt returns the range inside the string that begins at an offset, and the end of
// the string: '...', E'...', "...", $$...$$, also with doubled or escaped quotes, as
// inside another string. An unclosed string ends with the text.
func quotedAt(s string, at int) (from, to, end int, ok bool) {
	if at > len(s) {
		return 0, 0, 0, false
	}
	m := opening.FindStringSubmatchIndex(s[at:])
	if m == nil {
		return 0, 0, 0, false
	}
	delim := s[at+m[4] : at+m[5]]
	from = at + m[5]
	if delim[0] == '$' {
		if n := strings.Index(s[from:], delim); n >= 0 {
			return from, from + n, from + n + len(delim), true
		}
		return from, len(s), len(s), true
	}
	if delim == "''" || delim == `""` {
		// An empty string, unless it is a doubled quote inside a string.
		if from == len(s) || strings.IndexByte(" \t\n,;):}", s[from]) >= 0 {
			return from, from, from, true
		}
	}
	escapes := m[3] > m[2] || delim[len(delim)-1] == '"' || at > 0 && s[at-1] == '='
	for i := from; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], delim+delim):
			i += 2 * len(delim)
		case strings.HasPrefix(s[i:], delim):
			return from, i, i + len(delim), true
		case escapes && s[i] == '\\' && i+1 < len(s):
			i += 2
		default:
			i++
		}
	}
	return from, len(s), len(s), true
}

// calls are functions whose string arguments are keys, passwords or the text that they
// protect.
var calls = regexp.MustCompile(`(?i)\b(?:pgp_sym_encrypt(?:_bytea)?|pgp_sym_decrypt(?:_bytea)?|pgp_pub_decrypt(?:_bytea)?|crypt|encrypt|decrypt|hmac|create_aws_credentials|account_add)\s*\(`)

func inCalls(s string, found func(from, to int)) {
	end := 0
	for _, m := range calls.FindAllStringIndex(s, -1) {
		if m[0] < end {
			continue // inside of the last one
		}
		var list [][2]int
		list, end = arguments(s, m[1])
		for _, a := range list {
			literalsIn(s, a, found)
		}
	}
}

// insert matches the beginning of an INSERT that lists its columns.
var insert = regexp.MustCompile(`(?i)\binsert\s+into\s+[^\s(]+\s*(?:as\s+\w+\s*)?\(([^()]*)\)\s*(?:overriding\s+\w+\s+value\s+)?values\s*\(`)

// inInserts finds the values that an INSERT gives to columns with the name of a
// credential.
func inInserts(s string, found func(from, to int)) {
	end := 0
	for _, m := range insert.FindAllStringSubmatchIndex(s, -1) {
		if m[0] < end {
			continue
		}
		var secret []bool // by column
		for column := range strings.SplitSeq(s[m[2]:m[3]], ",") {
			secret = append(secret, holdsSecret(column))
		}
		for at := m[1]; ; {
			var values [][2]int
			values, end = arguments(s, at)
			for i, v := range values {
				if i < len(secret) && secret[i] {
					literalsIn(s, v, found)
				}
			}
			next := strings.TrimLeft(s[end:], " \t\n")
			if !strings.HasPrefix(next, ",") {
				break
			}
			next = strings.TrimLeft(next[1:], " \t\n")
			if !strings.HasPrefix(next, "(") {
				break
			}
			at = len(s) - len(next) + 1
		}
	}
}

// columnDefault matches the text between a column's name and its default: a type and
// constraints.
var columnDefault = regexp.MustCompile(`^["\x60]?\s+[A-Za-z_][\w \t\r\n]{0,100}(?:\([\d, ]*\)[\w \t\r\n]{0,100})?\b(?i:default)\s+\(*`)

// inDefaults finds the defaults of columns with the name of a credential.
func inDefaults(s string, found func(from, to int)) {
	if low := lower(s); !containsAny(low, passwordHints) && !containsAny(low, keyHints) {
		return
	}
	for _, name := range []*regexp.Regexp{passwordName, keyName, perhapsKeyName} {
		for _, m := range name.FindAllStringIndex(s, -1) {
			between := columnDefault.FindString(s[m[1]:])
			if from, to, _, ok := quotedAt(s, m[1]+len(between)); ok && between != "" {
				found(from, to)
			}
		}
	}
}

var identified = regexp.MustCompile(`(?i)\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?`)

// inIdentified finds the passwords that MySQL's users are identified by.
func inIdentified(s string, found func(from, to int)) {
	for _, m := range identified.FindAllStringIndex(s, -1) {
		if from, to, _, ok := quotedAt(s, m[1]); ok {
			found(from, to)
		}
	}
}

// holdsSecret reports whether a column has the name of a credential.
func holdsSecret(column string) bool {
	column = strings.Trim(strings.TrimSpace(column), `"\`)
	low := lower(column)
	ends := func(name *regexp.Regexp) bool {
		m := name.FindStringIndex(column)
		return m != nil && m[1] == len(column)
	}
	return containsAny(low, passwordHints) && ends(passwordName) || containsAny(low, keyHints) && (ends(keyName) || ends(perhapsKeyName))
}

// literalsIn returns the string literals in a part of a text.
func literalsIn(s string, part [2]int, found func(from, to int)) {
	for i := part[0]; i < part[1]; {
		if from, to, end, ok := quotedAt(s, i); ok {
			found(from, min(to, part[1]))
			i = max(end, i+1)
			continue
		}
		i++
	}
}

// arguments returns the items of a list in brackets whose first item begins at an
// offset, and the end of the list.
func arguments(s string, at int) (list [][2]int, end int) {
	begin, depth := at, 0
	for i := at; i < len(s); {
		if s[i] == '\'' || s[i] == '"' || s[i] == '\\' || s[i] == '$' {
			if _, _, e, ok := quotedAt(s, i); ok {
				i = max(e, i+1)
				continue
			}
		}
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return append(list, [2]int{begin, i}), i + 1
			}
			depth--
		case ',':
			if depth == 0 {
				list, begin = append(list, [2]int{begin, i}), i+1
			}
		}
		i++
	}
	return append(list, [2]int{begin, len(s)}), len(s)
}
