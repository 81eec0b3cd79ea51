package redact

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// secret is a kind of credential that occurs in database texts.
type secret struct {
	name string
	// hints are strings in lower case of which every such text contains one. A text
	// without any hint is not searched.
	hints []string
	find  func(s string, found func(from, to int)) // gives what must never be shown
	doubt bool                                     // it may be something else: it is hidden, and no alarm is raised
}

// secrets are recognized by their form, by the name that they are assigned to, or by
// the function or column that takes them. Uncertain matches are hidden too, but not
// reported: a false alarm about leaked passwords is expensive.
var secrets = []secret{
	{name: "a connection string with a password", hints: []string{"://"}, find: inURLs},
	{name: "a password", hints: passwordHints, find: named(passwordName)},
	{name: "a key or token", hints: keyHints, find: named(keyName)},
	{name: "a key or token", hints: keyHints, find: named(perhapsKeyName), doubt: true},
	{name: "a password file's line", hints: []string{":*", ":0", ":1", ":2", ":3", ":4", ":5", ":6", ":7", ":8", ":9"}, find: inPasswordFiles},
	{name: "a password's hash", hints: []string{"scram-sha-256$", "md5", "$2a$", "$2b$", "$2x$", "$2y$"}, find: form(`(SCRAM-SHA-256\$\d+:[^\s'"]+)`, `\b(md5[0-9a-f]{32})\b`, `(\$2[abxy]\$\d\d\$[./A-Za-z0-9]{22,53})`)},
	{name: "a private key", hints: []string{"private key"}, find: form(`(-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\z))`)},
	{name: "an access key of AWS", hints: []string{"akia", "asia"}, find: form(`\b((?:AKIA|ASIA)[0-9A-Z]{16})`)},
	{name: "the secret key beside an access key of AWS", hints: []string{"akia", "asia"}, find: form(`(?:^|[^\w/+=])([A-Za-z0-9/+]{40})(?:[^\w/+=]|$)`), doubt: true},
	{name: "a key of Google", hints: []string{"aiza", "gocspx-", "ya29."}, find: form(`\b(AIza[\w-]{35}|GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,})`)},
	{name: "a key of Azure", hints: []string{"accountkey=", "sharedaccesskey="}, find: form(`(?i)(?:Account|SharedAccess)Key=([A-Za-z0-9+/=]{20,})`)},
	{name: "a token of GitHub", hints: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, find: form(`\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})`)},
	{name: "a token of GitLab", hints: []string{"glpat-"}, find: form(`\b(glpat-[\w-]{20,})`)},
	{name: "a token of Slack", hints: []string{"xox", "xapp-", "hooks.slack.com"}, find: form(`\b(xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,})`, `hooks\.slack\.com/(?:services|workflows)/([\w/]+)`)},
	{name: "a key of Stripe", hints: []string{"k_live_", "k_test_", "whsec_"}, find: form(`\b([sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,})`)},
	{name: "a JSON web token", hints: []string{"eyj"}, find: form(`\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)`)},
	{name: "an authorization header", hints: []string{"authorization"}, find: form(
		`(?i)\bauthorization[\\'"]*\s*(?:[:=,]|=>)\s*[\\'"]*(?:bearer|basic|token|apikey|digest)\s+([^\s'"\\,;]{8,})`,
		`(?i)\bauthorization[\\'"]*\s*(?:[:=,]|=>)\s*[\\'"]*([\w.~+/=-]{16,})`)},
	{name: "an authorization header", hints: []string{"bearer"}, find: form(`(?i)\bbearer\s+([\w.~+/=-]{16,})`), doubt: true},
	{name: "an argument of a function that encrypts", hints: []string{"crypt", "hmac", "credentials", "account_add"}, find: inCalls, doubt: true},
	{name: "a value for a column that is called so", hints: []string{"insert"}, find: inInserts, doubt: true},
	{name: "a default of a column that is called so", hints: []string{"default"}, find: inDefaults, doubt: true},
	{name: "a password of MySQL", hints: []string{"identified"}, find: inIdentified},
}

// form returns a search by a regular expression. Its last group that matched is the
// text to hide.
func form(expressions ...string) func(string, func(from, to int)) {
	var list []*regexp.Regexp
	for _, e := range expressions {
		list = append(list, regexp.MustCompile(e))
	}
	return func(s string, found func(from, to int)) {
		for _, match := range list {
			// Matches can overlap: the end of one may be the beginning of the next.
			for at := 0; at < len(s); {
				m := match.FindStringSubmatchIndex(s[at:])
				if m == nil {
					break
				}
				from, to := at+m[len(m)-2], at+m[len(m)-1]
				found(from, to)
				at = max(to, at+1)
			}
		}
	}
}

var passwordFile = form(`(?m)(?:^|[\s'"])(?:[^\s:'"\\]|\\.)+:(?:\d{4,5}|\*):(?:[^\s:'"\\]|\\.)+:(?:[^\s:'"\\]|\\.)+:([^\s'"]+)`)

// inPasswordFiles finds passwords in lines of the form
// host:port:database:user:password. Many texts have colons (casts), so the expression
// is only tried near a port number.
func inPasswordFiles(s string, found func(from, to int)) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == ':' && portEnds(s[i+1:]) {
			passwordFile(s, found)
			return
		}
	}
}

// portEnds reports whether a text begins with a port number, or a star in its place, and
// a colon.
func portEnds(s string) bool {
	n := digitsAt(s)
	if n == 0 && s[0] == '*' {
		return len(s) > 1 && s[1] == ':'
	}
	return (n == 4 || n == 5) && n < len(s) && s[n] == ':'
}

// digitsAt counts the digits that a text begins with.
func digitsAt(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

var urlUser = regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@'"]*:((?:[^\s'"]|'')+)@`)

// inURLs finds passwords in URLs. A password often has characters that should be
// escaped, so it ends at the last @. Text after a port number is not a password.
func inURLs(s string, found func(from, to int)) {
	for _, m := range urlUser.FindAllStringSubmatchIndex(s, -1) {
		port, rest := s[m[2]:m[3]], ""
		if i := strings.IndexByte(port, '/'); i >= 0 {
			port, rest = port[:i], port[i:]
		}
		if rest != "" && digits(port) == len(port) {
			continue
		}
		found(m[2], m[3])
	}
}

// span is the position of a credential in a text.
type span struct{ from, to int }

// FindSecrets returns the kinds of credentials in a text, without duplicates.
func FindSecrets(s string) []string {
	var kinds []string
	eachSecret(s, func(k *secret, _ span) {
		if !k.doubt && !slices.Contains(kinds, k.name) {
			kinds = append(kinds, k.name)
		}
	})
	return kinds
}

// hiddenSecret is printed in place of a credential.
const hiddenSecret = "********"

// MaskSecrets returns a text with its credentials hidden. They are never printed, not
// even with --show-literals. If credentials overlap, everything that any of them covers
// is hidden.
func MaskSecrets(s string) string {
	var spans []span
	eachSecret(s, func(_ *secret, x span) { spans = append(spans, x) })
	if len(spans) == 0 {
		return s
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var b strings.Builder
	done := 0
	for i := 0; i < len(spans); {
		whole := spans[i]
		for i++; i < len(spans) && spans[i].from <= whole.to; i++ {
			whole.to = max(whole.to, spans[i].to)
		}
		b.WriteString(s[done:whole.from])
		b.WriteString(hiddenSecret)
		done = whole.to
	}
	b.WriteString(s[done:])
	return b.String()
}

// shortest is the length of the shortest text that can contain a recognizable
// credential: pwd=1234.
const shortest = 8

func eachSecret(s string, found func(k *secret, at span)) {
	if len(s) < shortest {
		return
	}
	may, all := uint32(0), s[0]|s[1]
	before := pairs.first[s[0]&low5][s[1]&low5]
	for i := 2; i < len(s); i++ {
		may |= before & pairs.second[s[i-1]&low5][s[i]&low5]
		before = pairs.first[s[i-1]&low5][s[i]&low5]
		all |= s[i]
	}
	may |= before & pairs.short
	if all >= utf8.RuneSelf && strings.ContainsAny(s, otherCases) {
		may = ^uint32(0)
	}
	if may == 0 {
		return
	}
	low := lower(s)
	for i := range secrets {
		if k := &secrets[i]; may>>i&1 != 0 && containsAny(low, k.hints) {
			k.find(s, func(from, to int) {
				if from < to && !isPlaceholder(s[from:to]) {
					found(k, span{from, to})
				}
			})
		}
	}
}

// pairs has a bit for each kind of credential at the first two characters of its hints,
// and at the second and third one. Only the low five bits of a character count: they are
// the same in upper and lower case. Most texts have no such three characters, and are not
// searched further.
var pairs = func() (p struct {
	first, second [32][32]uint32
	short         uint32 // kinds with a hint of two characters
}) {
	for i, k := range secrets {
		for _, hint := range k.hints {
			a, b := hint[0]&low5, hint[1]&low5
			p.first[a][b] |= 1 << i
			if len(hint) > 2 {
				p.second[b][hint[2]&low5] |= 1 << i
				continue
			}
			p.short |= 1 << i
			for next := range p.second[b] {
				p.second[b][next] |= 1 << i
			}
		}
	}
	return p
}()

const low5 = 1<<5 - 1

// otherCases are letters beyond ASCII that expressions take for k and s in another case.
const otherCases = "\u212a\u017f"

// lower returns a text in lower case, as the hints are.
func lower(s string) string {
	s = strings.ToLower(s)
	if strings.Contains(s, "\u017f") {
		s = strings.ReplaceAll(s, "\u017f", "s")
	}
	return s
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

var (
	email = regexp.MustCompile(`[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`)
	card  = regexp.MustCompile(`\b(?:\d[ -]?){12,18}\d\b`)
	iban  = regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b`)
)

// reserved matches the domains that are reserved for examples (RFC 2606).
var reserved = regexp.MustCompile(`(?i)@(?:[\w-]+\.)*(?:example\.(?:com|net|org)|example|test|invalid|localhost)$`)

// FindPersonal counts the personal data in a text by kind: e-mail addresses, card
// numbers, account numbers. Only values with a valid checksum or an unambiguous form
// count.
func FindPersonal(s string) map[string]int {
	at, numbers := strings.Contains(s, "@"), mayHoldNumber(s)
	if !at && !numbers {
		return nil
	}
	found := map[string]int{}
	if at {
		for _, m := range email.FindAllStringIndex(s, -1) {
			// After the % of a pattern it is only the end of an address.
			if pattern := m[0] > 0 && s[m[0]-1] == '%'; !pattern && !reserved.MatchString(s[m[0]:m[1]]) {
				found["e-mail addresses"]++
			}
		}
	}
	if !numbers {
		return found
	}
	for _, m := range card.FindAllStringIndex(s, -1) {
		if fraction := m[0] > 0 && s[m[0]-1] == '.'; !fraction && luhn(s[m[0]:m[1]]) {
			found["card numbers"]++
		}
	}
	for _, m := range iban.FindAllString(s, -1) {
		if mod97(strings.ReplaceAll(m, " ", "")) {
			found["account numbers"]++
		}
	}
	return found
}

const (
	leastDigits = 8  // in an account number
	leastCard   = 13 // in a card number
)

// mayHoldNumber reports whether a text has the digits of a card number in a row, but for
// blanks and dashes, or what an account number begins with. The expressions are only
// tried on such texts: a time has neither.
func mayHoldNumber(s string) bool {
	upper := func(i int) bool { return s[i] >= 'A' && s[i] <= 'Z' }
	all, row, begins := 0, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			all++
			row++
			begins = begins || row >= leastCard || row == 2 && i > 2 && upper(i-2) && upper(i-3)
		case c != ' ' && c != '-':
			row = 0
		}
	}
	return begins && all >= leastDigits
}

func digits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// issuers matches the prefixes and lengths of card numbers (ISO 7812). The checksum
// alone is not enough: one in ten other numbers passes it.
var issuers = regexp.MustCompile(`^(?:4\d{15}|5[1-5]\d{14}|222[1-9]\d{12}|22[3-9]\d{13}|2[3-6]\d{14}|27[01]\d{13}|2720\d{12}|3[47]\d{13}|6011\d{12}|6[45]\d{14}|35[2-8]\d{13}|3[068]\d{12})$`)

// luhn reports whether digits pass the checksum of card numbers.
func luhn(s string) bool {
	number := strings.NewReplacer(" ", "", "-", "").Replace(s)
	if !issuers.MatchString(number) {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// mod97 reports whether a text passes the checksum of international bank account
// numbers.
func mod97(s string) bool {
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}
