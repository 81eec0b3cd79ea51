package migration

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// part is a part of a source: one that is applied, or one that takes it back.
type part struct {
	at      int // where it begins in the source
	text    string
	head    string // the line that begins it, with its options
	name    string // of a changeset
	down    bool
	strings [][2]int // what is sent as one string each, by place in the source
}

// stringOf returns the number of the string that a place belongs to; 0 for none.
func (p part) stringOf(at int) int {
	i, _ := slices.BinarySearchFunc(p.strings, at, func(s [2]int, at int) int { return s[1] - at })
	if i < len(p.strings) && p.strings[i][0] <= at {
		return i + 1
	}
	return 0
}

// marked returns a function that splits a text at lines: those that begin what is
// applied and what takes it back, and around what is sent as one string.
func marked(up, down, begin, end string) func(string) []part {
	line := func(pattern string) string {
		if pattern == "" {
			pattern = `\z.` // never
		}
		return `(` + pattern + `)`
	}
	re := regexp.MustCompile(`(?mi)^[ \t]*(?:` + line(up) + `|` + line(down) + `|` + line(begin) + `|` + line(end) + `).*$`)
	return func(text string) []part {
		var list []part
		open := -1
		finish := func(at int) {
			if n := len(list); n > 0 {
				list[n-1].text = text[list[n-1].at:at]
			}
		}
		for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
			switch {
			case m[2] >= 0 || m[4] >= 0:
				finish(m[0])
				list = append(list, part{at: m[1], head: strings.TrimSpace(text[m[0]:m[1]]), down: m[4] >= 0})
			case m[6] >= 0:
				open = m[1]
			case open >= 0 && len(list) > 0:
				p := &list[len(list)-1]
				p.strings = append(p.strings, [2]int{open, m[0]})
				open = -1
			}
		}
		finish(len(text))
		return list
	}
}

// divided splits a text at the first line that a pattern matches: what is below
// takes back what is above.
func divided(line *regexp.Regexp) func(string) []part {
	return func(text string) []part {
		at := line.FindStringIndex(text)
		if at == nil {
			return []part{{text: text}}
		}
		return []part{{text: text[:at[0]]}, {at: at[1], text: text[at[1]:], down: true}}
	}
}

var (
	changeset    = regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*changeset[ \t]+(\S+:\S+).*$`)
	rollbackLine = regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*rollback[ \t]+(.*)$`)
	rollbackText = regexp.MustCompile(`(?is)/\*[ \t]*liquibase[ \t]+rollback[ \t]*(.*?)\*/`)
	noRollback   = regexp.MustCompile(`(?i)^(?:empty|not required|changesetid:.*)?[ \t;]*\r?$`)
	unsplit      = regexp.MustCompile(`(?i)splitStatements:[ \t]*"?false`)
)

// changesets splits Liquibase's formatted SQL. What a comment says as the rollback
// is a part that takes the changeset back.
func changesets(text string) []part {
	var list []part
	heads := changeset.FindAllStringSubmatchIndex(text, -1)
	for i, m := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		p := part{at: m[1], text: text[m[1]:end], head: text[m[0]:m[1]], name: text[m[2]:m[3]]}
		if unsplit.MatchString(p.head) {
			p.strings = [][2]int{{m[1], end}}
		}
		list = append(list, p)
		back, says := []byte(blanked(p.text)), false
		for _, re := range []*regexp.Regexp{rollbackLine, rollbackText} {
			for _, r := range re.FindAllStringSubmatchIndex(p.text, -1) {
				if said := p.text[r[2]:r[3]]; !noRollback.MatchString(said) {
					copy(back[r[2]:r[3]], said)
				}
				says = true
			}
		}
		if says {
			list = append(list, part{at: p.at, text: string(back), head: p.head, name: p.name, down: true})
		}
	}
	return list
}

// railsLine begins a statement in a log of Rails, with or without the logger's own
// prefix and colors.
var railsLine = regexp.MustCompile(`(?m)^(?:[A-Z], \[[^\]\n]*\][^\n]*? -- : )?[ \t]*(?:\x1b\[[0-9;]*m)*(?:[A-Za-z_:]+ )*\(\d+\.\d+ms\)(?:\x1b\[[0-9;]*m)*[ \t]+(?:\x1b\[[0-9;]*m)*`)

var (
	logNoise = regexp.MustCompile(`(?m)\x1b\[[0-9;]*m|[ \t]+\[\[.*\]\][ \t\r]*$|^==.*$|^[ \t]*->.*$|^(?:[A-Z], \[[^\]\n]*\]).*$|^Migrating to .*$`)
	// bookkeeping are statements of the tool itself.
	bookkeeping = regexp.MustCompile(`(?i)^(?:SELECT pg_(?:try_)?advisory_(?:un)?lock|SELECT pg_advisory|(?:SELECT|INSERT|DELETE|UPDATE)\b.*\b(?:schema_migrations|ar_internal_metadata)\b|SHOW |SELECT .* FROM "?(?:pg_|information_schema)|SELECT version\(\)|SELECT current_)`)
)

// logged reads a log: a statement begins where a pattern matches, and ends before
// the next one.
func logged(prefix *regexp.Regexp) func(string) []part {
	return func(text string) []part {
		out := []byte(text)
		starts := prefix.FindAllStringIndex(text, -1)
		if len(starts) == 0 {
			return []part{{text: text}}
		}
		if head := text[:starts[0][0]]; !strings.Contains(head, ";") {
			blank(out[:starts[0][0]])
		}
		var ends []int // where a semicolon has room
		for i, m := range starts {
			end := len(text)
			if i+1 < len(starts) {
				end = starts[i+1][0]
			}
			blank(out[m[0]:m[1]])
			for _, n := range logNoise.FindAllIndex(out[m[1]:end], -1) {
				blank(out[m[1]+n[0] : m[1]+n[1]])
			}
			if bookkeeping.Match(out[m[1]:end]) {
				blank(out[m[1]:end])
				continue
			}
			if last := m[1] + lastToken(string(out[m[1]:end])); last > m[1] && out[last-1] != ';' && end < len(text) {
				if ends = append(ends, last); out[last] == '\n' {
					ends[len(ends)-1] = end // in the next prefix
				}
			}
		}
		for _, at := range ends {
			out[at] = ';'
		}
		return []part{{text: string(out)}}
	}
}

// lastToken returns the end of the last token of a text that is no comment.
func lastToken(text string) int {
	end := 0
	for t := range lex.Tokens(text) {
		if t.Kind != lex.Comment {
			end = t.End
		}
	}
	return end
}
