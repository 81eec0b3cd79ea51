// Package lex splits SQL into tokens as the server's scanner does, as far as
// readers of SQL here need it: what is quoted, where a word ends, which brackets
// match, how a name is quoted, and what a type is called.
//
// It never fails: an unterminated quote or comment ends with the text. It is
// linear in the text. Redaction, the parser's guard and the readers of
// definitions use it, so that they agree on what a literal is.
package lex

import (
	"iter"
	"strings"
)

// Kind is the kind of a token.
type Kind int

const (
	Word      Kind = iota // identifier or keyword, unquoted
	Quoted                // "identifier"
	String                // any string literal, with its prefix
	Number                // a number
	Param                 // $1
	Operator              // one operator, such as <= or ::
	Symbol                // one of ( ) [ ] , ; . and any other character
	Comment               // -- or /* */
	Backslash             // the start of a psql command: \d, \copy
)

// Token is a token and its position in the text, in bytes.
type Token struct {
	Kind       Kind
	Text       string
	Start, End int
}

// Tokens yields the tokens of a text.
func Tokens(s string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for i := 0; i < len(s); {
			c := s[i]
			if c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' {
				i++
				continue
			}
			kind, end := Next(s, i)
			if !yield(Token{kind, s[i:end], i, end}) {
				return
			}
			i = end
		}
	}
}

// Next returns the kind and the end of the token that starts at i.
func Next(s string, i int) (Kind, int) {
	c := s[i]
	end := i + 1
	switch classes[c] {
	case letter:
		for end < len(s) && (isWord(s[end]) || s[end] == '$') {
			end++
		}
		if end < len(s) && s[end] == '\'' && end == i+1 && strings.IndexByte("eEbBxXnN", c) >= 0 {
			return String, endOfString(s, end, c|0x20 == 'e')
		}
		return Word, end
	case digit:
		return Number, endOfNumber(s, i)
	case symbol:
		if c == '.' && end < len(s) && classes[s[end]] == digit {
			return Number, endOfNumber(s, i)
		}
		return Symbol, end
	case operator:
		if end < len(s) && (c == '-' && s[end] == '-' || c == '/' && s[end] == '*') {
			if c == '/' {
				return Comment, endOfComment(s, i)
			}
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				return Comment, i + n
			}
			return Comment, len(s)
		}
		for end < len(s) && classes[s[end]] == operator && !strings.HasPrefix(s[end:], "--") && !strings.HasPrefix(s[end:], "/*") {
			end++
		}
		return Operator, end
	}
	switch c {
	case '\'':
		return String, endOfString(s, i, false)
	case '"':
		return Quoted, endOfQuoted(s, i)
	case '$':
		if end, ok := endOfDollar(s, i); ok {
			return String, end
		}
		for end < len(s) && classes[s[end]] == digit {
			end++
		}
		return Param, end
	case '\\':
		return Backslash, end
	}
	return Symbol, end
}

func endOfNumber(s string, i int) int {
	end := i + 1
	for end < len(s) && (isWord(s[end]) || s[end] == '.' || (s[end] == '+' || s[end] == '-') && (s[end-1]|0x20) == 'e' && s[i] != '0') {
		end++
	}
	return end
}

// class is what a byte begins.
type class byte

const (
	other  class = iota // looked at one by one
	letter              // and anything beyond ASCII
	digit
	symbol
	operator
)

var classes = func() (of [256]class) {
	for c := range of {
		switch {
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			of[c] = letter
		case c >= '0' && c <= '9':
			of[c] = digit
		case strings.IndexByte("()[],;.", byte(c)) >= 0:
			of[c] = symbol
		case strings.IndexByte("+-*/<>=~!@#%^&|`?:", byte(c)) >= 0:
			of[c] = operator
		}
	}
	return of
}()

func isWord(c byte) bool { return classes[c] == letter || classes[c] == digit }

func endOfString(s string, i int, escapes bool) int {
	for i++; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == '\'':
			if i+1 < len(s) && s[i+1] == '\'' {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

func endOfQuoted(s string, i int) int {
	for i++; i < len(s); i++ {
		if s[i] == '"' {
			if i+1 < len(s) && s[i+1] == '"' {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

func endOfDollar(s string, i int) (int, bool) {
	end := i + 1
	for end < len(s) && isWord(s[end]) {
		end++
	}
	if end >= len(s) || s[end] != '$' || end > i+1 && s[i+1] >= '0' && s[i+1] <= '9' {
		return 0, false
	}
	tag := s[i : end+1]
	if close := strings.Index(s[end+1:], tag); close >= 0 {
		return end + 1 + close + len(tag), true
	}
	return len(s), true
}

func endOfComment(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth, i = depth+1, i+2
		case strings.HasPrefix(s[i:], "*/"):
			depth, i = depth-1, i+2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(s)
}
