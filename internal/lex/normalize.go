package lex

import (
	"strings"
	"sync"
)

// Normalize returns a text that is the same for all texts of one statement, so
// that a plan's query matches its row of pg_stat_statements. Literals and
// parameters become one placeholder, and lists of them one element. White space,
// comments and the case of unquoted words are dropped. Normalize needs no parser
// and is linear.
func Normalize(text string) (is string) {
	Normalized(text, func(normal []byte) { is = string(normal) })
	return is
}

// Normalized calls use with what Normalize returns, which is valid during the call: of
// many thousands of statements, few are kept.
func Normalized(text string, use func(normal []byte)) {
	n := normals.Get().(*normal)
	defer normals.Put(n)
	n.text, n.starts = n.text[:0], n.starts[:0]
	for t := range Tokens(text) {
		w := t.Text
		switch t.Kind {
		case Comment:
			continue
		case String, Number, Param:
			if t.Kind != String && (n.is(1, "-") || n.is(1, "+")) && !isOperand(string(n.last(2))) {
				n.drop() // the server parsed a signed number as one constant
			}
			n.placeholder()
			continue
		case Word:
			if isConstant(w) && !n.is(1, "is") && !n.is(1, "not") {
				n.placeholder()
				continue
			}
			n.lower(w)
			continue
		case Quoted:
			w = unquoted(w)
		case Symbol:
			if w == ";" {
				continue
			}
		case Operator:
			if w == "!=" {
				w = "<>" // as the server prints it
			}
		}
		n.add(w)
	}
	use(n.text)
}

// normal is a text of tokens with a blank between them.
type normal struct {
	text   []byte
	starts []int // of the tokens
}

// normals are used again: thousands of statements are normalized.
var normals = sync.Pool{New: func() any { return new(normal) }}

// last returns a token from the end, the last one by 1; nil if there are not as many.
func (n *normal) last(back int) []byte {
	at := len(n.starts) - back
	if at < 0 {
		return nil
	}
	end := len(n.text)
	if back > 1 {
		end = n.starts[at+1] - 1
	}
	return n.text[n.starts[at]:end]
}

func (n *normal) is(back int, token string) bool { return string(n.last(back)) == token }

// begin begins a token.
func (n *normal) begin() {
	if len(n.starts) > 0 {
		n.text = append(n.text, ' ')
	}
	n.starts = append(n.starts, len(n.text))
}

func (n *normal) add(token string) {
	n.begin()
	n.text = append(n.text, token...)
}

// lower adds a token in lower case.
func (n *normal) lower(token string) {
	n.add(token)
	word := n.text[len(n.text)-len(token):]
	for i, c := range word {
		if c >= 0x80 {
			n.text = append(n.text[:len(n.text)-len(word)], strings.ToLower(token)...)
			return
		}
		if c >= 'A' && c <= 'Z' {
			word[i] = c | 0x20
		}
	}
}

// drop takes the last token away.
func (n *normal) drop() {
	at := len(n.starts) - 1
	n.text, n.starts = n.text[:max(n.starts[at]-1, 0)], n.starts[:at]
}

// placeholder adds a placeholder, and folds a list of them: IN (1, 2, 3) and IN ($1)
// are one statement.
func (n *normal) placeholder() {
	if n.is(1, ",") && n.is(2, placeholder) {
		n.drop()
		return
	}
	n.add(placeholder)
}

const placeholder = "?"

// isConstant reports whether pg_stat_statements replaces a word as it does literals.
// IS TRUE and NOT NULL stay.
func isConstant(word string) bool {
	return len(word) >= 4 && len(word) <= 5 && (strings.EqualFold(word, "true") || strings.EqualFold(word, "false") || strings.EqualFold(word, "null"))
}

// isOperand reports whether a sign after the token is a binary operator: the
// token ends a value, and is no operator, opening bracket or keyword.
func isOperand(token string) bool {
	switch token {
	case "", "(", ",", "[", "and", "or", "not", "between", "select", "when", "then", "else", "in", "limit", "offset", "by", "where", "values", "return", "like":
		return false
	case placeholder, ")", "]":
		return true
	}
	c := token[0]
	return c == '_' || c == '"' || c >= 'a' && c <= 'z' || c >= 0x80
}

// unquoted returns an identifier without quotes that it does not need.
func unquoted(w string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(w, `"`), `"`)
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c != '$' && (c < '0' || c > '9')) {
			return w
		}
	}
	if name == "" {
		return w
	}
	return name
}
