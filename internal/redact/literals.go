package redact

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// The placeholders for literals. A string keeps its quotes, so that a redacted
// condition is still valid for the scanner.
const (
	hiddenString = "'?'"
	hiddenNumber = "?"
)

// Literals replaces the string and number literals of a piece of SQL and removes
// its comments, which may contain values too (tracing tags, tokens). An unclosed
// quote hides everything after it. Identifiers, parameters ($1), the positions in GROUP
// BY 1 and ORDER BY 2, and the numbers in the names of a plan's subplans are kept.
func Literals(s string) string { return hide(s, hiddenString, hiddenNumber) }

// Unrunnable returns SQL with its literals replaced by a mark that is not valid SQL,
// so that nobody runs it by mistake.
func Unrunnable(s string) string { return hide(s, hiddenMark, hiddenMark) }

const hiddenMark = "<hidden>"

func hide(s, hiddenString, hiddenNumber string) string {
	if !mayHide(s) {
		return s
	}
	var b strings.Builder
	at := 0
	var list positions
	for t := range lex.Tokens(s) {
		position := list.at(t, s[t.End:])
		with, hide := "", true
		switch t.Kind {
		case lex.String:
			with = hiddenString
		case lex.Number:
			with, hide = hiddenNumber, !position
		case lex.Comment:
			if strings.HasPrefix(t.Text, "/*") {
				with = " "
			}
		default:
			hide = false
		}
		if hide {
			if at == 0 {
				b.Grow(len(s))
			}
			b.WriteString(s[at:t.Start])
			b.WriteString(with)
			at = t.End
		}
	}
	if at == 0 {
		return s // of a statement that the server normalized, as most are
	}
	b.WriteString(s[at:])
	return b.String()
}

// mayHide reports whether a text can have a literal or a comment. Most statements of
// pg_stat_statements have none: a digit of theirs is part of a name or of a parameter.
func mayHide(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !mayBegin[c] {
			continue
		}
		switch {
		case c == '\'':
			return true
		case c == '"': // a name
			end := strings.IndexByte(s[i+1:], '"')
			if end < 0 {
				return true
			}
			i += 1 + end
		case c == '-' || c == '/':
			if i+1 < len(s) && (s[i+1] == '-' || s[i+1] == '*') {
				return true
			}
		case c == '$':
			if i+1 < len(s) && (s[i+1] < '0' || s[i+1] > '9') {
				return true // it can begin a string
			}
		case c >= '0' && c <= '9':
			if i == 0 {
				return true
			}
			if b := s[i-1]; b != '$' && b != '_' && (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') {
				return true
			}
		}
	}
	return false
}

// mayBegin are the characters that mayHide looks at.
var mayBegin = func() (of [256]bool) {
	for _, c := range []byte("'\"-/$0123456789") {
		of[c] = true
	}
	return of
}()

// positions follows the tokens of a text, and knows the numbers that name
// columns of the result by their position.
type positions struct {
	before     string // the word or symbol before
	depth      int    // of brackets
	in, begins bool   // within a GROUP BY or ORDER BY; an entry of it begins
	subplan    bool   // the word before is SubPlan or InitPlan, as EXPLAIN prints it
	listDepth  int
}

func (p *positions) at(t lex.Token, rest string) bool {
	if t.Kind == lex.Comment {
		return false
	}
	word := strings.ToLower(t.Text)
	is := t.Kind == lex.Number && (p.begins && len(word) <= 2 && endsEntry(rest) || p.subplan)
	p.begins, p.subplan = false, (t.Text == "SubPlan" || t.Text == "InitPlan") && (p.before == "(" || p.before == "hashed")
	switch word {
	case "by":
		p.in = p.before == "order" || p.before == "group"
		p.begins, p.listDepth = p.in, p.depth
	case ",":
		p.begins = p.in && p.depth == p.listDepth
	case "(":
		p.depth++
	case ")":
		p.depth--
		p.in = p.in && p.depth >= p.listDepth
	case "having", "limit", "offset", "fetch", "for", "union", "intersect", "except", "window", "returning":
		p.in = false
	}
	p.before = word
	return is
}

// endsEntry reports whether a number before this is a whole entry of a list,
// and no part of an expression.
func endsEntry(rest string) bool {
	for t := range lex.Tokens(rest) {
		switch t.Kind {
		case lex.Comment:
			continue
		case lex.Word:
			return true
		case lex.Symbol:
			return t.Text == "," || t.Text == ")" || t.Text == ";"
		}
		return false
	}
	return true
}
