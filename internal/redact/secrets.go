package redact

import (
	"regexp"
	"strings"
)

// Secret is a kind of credential that texts of a database carry.
type Secret struct {
	Name string
	// hints are what stands in every such text, in lower case: only where one
	// of them is found is the expression tried.
	hints []string
	match *regexp.Regexp // its last group is what must never be shown
}

// secrets are known by their form. What is only perhaps one is not among
// them: a false alarm of leaked passwords costs a night.
var secrets = []Secret{
	{"a connection string with a password", []string{"://"}, regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@'"]+:([^\s@'"]+)@[\w.-]+`)},
	{"a password", []string{"password", "passwd", "pwd"}, regexp.MustCompile(`(?i)\b(?:password|passwd|pwd)\b(?:\s*[=:]\s*['"]?|\s+(?:E|U&)?['"])([^\s'",;)$?]{4,})`)},
	{"a private key", []string{"private key-----"}, regexp.MustCompile(`(-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z))`)},
	{"an access key of AWS", []string{"akia", "asia"}, regexp.MustCompile(`\b((?:AKIA|ASIA)[0-9A-Z]{16})\b`)},
	{"a token of GitHub", []string{"ghp_", "gho_", "ghu_", "ghs_", "github_pat_"}, regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b`)},
	{"a token of Slack", []string{"xox"}, regexp.MustCompile(`\b(xox[abprs]-[A-Za-z0-9-]{10,})`)},
	{"a key of Stripe", []string{"sk_live_", "rk_live_"}, regexp.MustCompile(`\b((?:sk|rk)_live_[A-Za-z0-9]{16,})\b`)},
	{"a JSON web token", []string{"eyj"}, regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})`)},
	{"an authorization header", []string{"authorization"}, regexp.MustCompile(`(?i)\bauthorization['"]?\s*[:=]\s*['"]?(?:bearer|basic|token)\s+([A-Za-z0-9._~+/=-]{8,})`)},
}

// notSecret are words that stand where a password would, in DDL and in
// conditions on a column of that name.
var notSecret = map[string]bool{"null": true, "none": true, "valid": true, "text": true, "varchar": true, "character": true, "bytea": true, "from": true, "where": true, "and": true, "is not null": true, "encryption": true, "hash": true}

// FindSecrets names the kinds of credentials in a text, each once.
func FindSecrets(s string) []string {
	var kinds []string
	eachSecret(s, func(kind string, _, _ int) { kinds = append(kinds, kind) })
	return distinct(kinds)
}

// MaskSecrets hides the credentials in a text: these are shown to nobody, not
// even to who asked for literals.
func MaskSecrets(s string) string {
	type span struct{ from, to int }
	var spans []span
	eachSecret(s, func(_ string, from, to int) { spans = append(spans, span{from, to}) })
	for i := len(spans) - 1; i >= 0; i-- {
		if x := spans[i]; x.to <= len(s) {
			s = s[:x.from] + strings.Repeat("*", min(x.to-x.from, 8)) + s[x.to:]
		}
	}
	return s
}

func eachSecret(s string, found func(kind string, from, to int)) {
	low := ""
	for _, k := range secrets {
		if low == "" {
			low = strings.ToLower(s)
		}
		if !containsAny(low, k.hints) {
			continue
		}
		for _, m := range k.match.FindAllStringSubmatchIndex(s, -1) {
			from, to := m[len(m)-2], m[len(m)-1]
			if k.Name == "a password" && (notSecret[strings.ToLower(s[from:to])] || strings.ContainsAny(s[from:to], "(.=")) {
				continue
			}
			found(k.Name, from, to)
		}
	}
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func distinct(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

var (
	email = regexp.MustCompile(`[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`)
	card  = regexp.MustCompile(`\b(?:\d[ -]?){12,18}\d\b`)
	iban  = regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b`)
)

// reserved are the domains that are nobody's (RFC 2606).
var reserved = regexp.MustCompile(`(?i)@(?:[\w-]+\.)*(?:example\.(?:com|net|org)|example|test|invalid|localhost)$`)

// FindPersonal counts the values in a text that belong to a person, by kind:
// e-mail addresses, card numbers, account numbers. Only what a checksum or a
// form of its own proves is counted.
func FindPersonal(s string) map[string]int {
	at, numbers := strings.Contains(s, "@"), digits(s) >= leastDigits
	if !at && !numbers {
		return nil
	}
	found := map[string]int{}
	if at {
		for _, m := range email.FindAllStringIndex(s, -1) {
			// Behind the % of a pattern it is the end of anybody's address.
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

// leastDigits are those that every card number and account number has: the
// expressions are tried on what has them.
const leastDigits = 8

func digits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// issuers are how the numbers of cards begin, and how long they are (ISO 7812):
// a row's number of as many digits passes the checksum one time in ten.
var issuers = regexp.MustCompile(`^(?:4\d{15}|5[1-5]\d{14}|222[1-9]\d{12}|22[3-9]\d{13}|2[3-6]\d{14}|27[01]\d{13}|2720\d{12}|3[47]\d{13}|6011\d{12}|6[45]\d{14}|35[2-8]\d{13}|3[068]\d{12})$`)

// luhn holds for card numbers.
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

// mod97 holds for international bank account numbers.
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
