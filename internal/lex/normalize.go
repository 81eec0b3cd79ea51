package lex

import "strings"

// Normalize returns a text that is the same for all texts of one statement, so
// that a plan's query matches its row of pg_stat_statements. Literals and
// parameters become one placeholder, and lists of them one element. White space,
// comments and the case of unquoted words are dropped. Normalize needs no parser
// and is linear.
func Normalize(text string) string {
	out := make([]string, 0, len(text)/4+1)
	last := func(back int) string {
		if at := len(out) - back; at >= 0 {
			return out[at]
		}
		return ""
	}
	for t := range Tokens(text) {
		w := t.Text
		switch t.Kind {
		case Comment:
			continue
		case String, Number, Param:
			w = placeholder
			if t.Kind != String && (last(1) == "-" || last(1) == "+") && !isOperand(last(2)) {
				out = out[:len(out)-1] // the server parsed a signed number as one constant
			}
		case Word:
			w = strings.ToLower(w)
			if constants[w] && last(1) != "is" && last(1) != "not" {
				w = placeholder
			}
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
		if w == placeholder && last(1) == "," && last(2) == placeholder {
			out = out[:len(out)-1] // IN (1, 2, 3) and IN ($1) are one statement
			continue
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

const placeholder = "?"

// constants are the words that pg_stat_statements replaces as it does literals.
// IS TRUE and NOT NULL stay.
var constants = map[string]bool{"true": true, "false": true, "null": true}

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
