package recon

import (
	"fmt"
	"path"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// Credential is where a file holds one. Its value is never kept.
type Credential struct {
	Path string
	Line int
	Kind string // "a password"
}

// holders are the files that hold configuration. Code only names variables, and what
// tests and examples hold opens nothing. In plain ones every value of such a name is
// one; in others it may be any text.
var (
	program = patterns(code)
	plain   = patterns(".env .env.* *.env *.tfvars *.properties *.ini *.conf .pgpass compose*.yml compose*.yaml docker-compose*.yml docker-compose*.yaml database.yml")
	holders = patterns(".env .env.* *.env *.yml *.yaml *.toml *.ini *.conf *.cfg *.properties *.tfvars *.tf appsettings*.json config*.json database.json secrets*.json credentials*.json *.sh *.sql .pgpass settings.py config.py knexfile.js knexfile.ts ormconfig.* database.php Dockerfile* Makefile")
	// translated are texts for people, which speak of passwords.
	translated = re(`(?i)(?:^|/)(?:locales?|i18n|lang|translations?|l10n|messages)/|(?:^|/)(?:locale|messages)[^/]*$`)
)

var (
	// sampled are names of files that are copied and filled in.
	sampled = re(`(?i)\b(?:example|sample|template|dist|test|testing|ci|local|dev|development|default|defaults)\b`)
	// local is a server of a developer or of a job of CI.
	local = re(`(?i)@(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0|host\.docker\.internal|[\w-]+)(?:[:/?"'\s]|$)`)
	// weakWord is a password that everybody knows, or that says that it is none.
	weakWord = re(`(?i)^["']?(?:\$\{[^}]*:-)?(?:postgres(?:ql)?\d*|password\d*|passwd|pass|secret|root|admin|user|test\w*|dev\w*|example\w*|sample|change_?me\w*|changethis\w*|your[-_ ].*|my[-_ ]?.*(?:password|key|secret|token).*|.*(?:placeholder|replace|insert|dummy|fake|xxx|todo|not[-_ ]?(?:a|real)).*|<.*|\{\{.*|\$.*|%.*|!.*|secretref.*|docker|local\w*|foo|bar|foobar|qwerty|1234\d*|toor|letmein|minioadmin|guest|mysql|mariadb|redis|rabbitmq|super[-_]?secret\w*|nopass|none|null|empty|hunter2)\}?["']?,?$`)
	valueAt  = re(`(?i)(?:password|passwd|passphrase|pwd|key|secret|token)\w*["'\])]*\s*(?:[:=]|=>|\s)\s*(["']?)([^"'\s,;]+)`)
	urlAt    = re(`://([^\s:/@'"]*):([^\s'"@]+)@([\w.\[\]:-]*)`)
)

// credentials finds passwords and keys in configuration.
func (r *Report) credentials(t *tree) {
	ignored := t.ignored()
	for _, f := range t.files {
		if !f.matches(holders) || t.review[f.path] || f.stage() == example || translated().MatchString(f.path) || ignored(f.path) || strings.HasSuffix(f.base, "lock.yaml") {
			continue
		}
		in := place{sampled().MatchString(f.base) || f.stage() == ci, f.matches(program), f.matches(plain)}
		text := f.content()
		if len(redact.FindSecrets(text)) == 0 {
			continue
		}
		n := 0
		for line := range strings.Lines(text) {
			n++
			if kinds := redact.FindSecrets(line); len(kinds) > 0 && !comment(line) && !in.harmless(line, kinds[0]) {
				r.Credentials = append(r.Credentials, Credential{f.path, n, kinds[0]})
				h := hit{file: f, line: n}
				r.add(Credentials, kinds[0], h)
			}
		}
	}
}

// place is what kind of file a line is in.
type place struct {
	sample  bool // it is filled in later, or used by CI alone
	program bool
	plain   bool
}

// harmless reports whether a line holds what opens nothing: a password that everybody
// knows, one of a local server, one of a file that is filled in later, or a program's
// expression. A key of a known form is never harmless outside of a sample.
func (in place) harmless(line, kind string) bool {
	if in.sample {
		return true
	}
	if m := urlAt().FindStringSubmatch(line); m != nil {
		return weakWord().MatchString(m[2]) || m[1] == m[2] || local().MatchString("@"+m[3]+" ") || strings.Contains(m[3], "example")
	}
	if kind != "a password" && kind != "a key or token" {
		return false
	}
	m := valueAt().FindStringSubmatch(line)
	if m == nil || weakWord().MatchString(m[2]) || in.program && m[1] == "" || len(m[2]) < 6 {
		return true
	}
	return !in.plain && (!strings.ContainsAny(m[2], "0123456789") || strings.ContainsAny(m[2], "()[]{}<>"))
}

// ignored returns whether git leaves a file out: by .gitignore of the root, as far as
// its patterns are plain names. Such a file is where a credential belongs.
func (t *tree) ignored() func(string) bool {
	var names []string
	for _, f := range t.files {
		if f.path != ".gitignore" {
			continue
		}
		for line := range strings.Lines(f.content()) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				names = append(names, line)
			}
		}
	}
	return func(p string) bool {
		out := false
		for _, n := range names {
			name, keep := strings.CutPrefix(n, "!")
			name = strings.Trim(strings.TrimPrefix(name, "**/"), "/")
			whole, _ := path.Match(name, p)
			base, _ := path.Match(name, path.Base(p))
			if whole || base && !strings.Contains(name, "/") || strings.HasPrefix(p, name+"/") || strings.Contains(p, "/"+name+"/") {
				out = !keep
			}
		}
		return out
	}
}

// Place returns where it stands: "compose.yaml:12".
func (c Credential) Place() string { return fmt.Sprintf("%s:%d", c.Path, c.Line) }
