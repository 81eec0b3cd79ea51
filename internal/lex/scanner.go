package lex

import "strings"

// Scanner reads a definition, such as CREATE INDEX, token by token. Comments are
// skipped.
type Scanner struct {
	text string
	toks []Token
	at   int
}

// Scan returns a Scanner at the start of the text.
func Scan(text string) *Scanner {
	s := &Scanner{text: text}
	for t := range Tokens(text) {
		if t.Kind != Comment {
			s.toks = append(s.toks, t)
		}
	}
	return s
}

// End reports whether all tokens were taken.
func (s *Scanner) End() bool { return s.at >= len(s.toks) }

// Peek returns the next token without taking it; the zero Token at the end.
func (s *Scanner) Peek() Token {
	if s.End() {
		return Token{}
	}
	return s.toks[s.at]
}

// Take returns the next token and moves on.
func (s *Scanner) Take() Token {
	t := s.Peek()
	if !s.End() {
		s.at++
	}
	return t
}

// Words takes the keywords if all of them follow, in any case.
func (s *Scanner) Words(words ...string) bool {
	for i, w := range words {
		if s.at+i >= len(s.toks) || s.toks[s.at+i].Kind != Word || !strings.EqualFold(s.toks[s.at+i].Text, w) {
			return false
		}
	}
	s.at += len(words)
	return true
}

// Symbol takes a symbol or operator if it follows.
func (s *Scanner) Symbol(sym string) bool {
	if t := s.Peek(); (t.Kind == Symbol || t.Kind == Operator) && t.Text == sym {
		s.at++
		return true
	}
	return false
}

// Name takes an identifier and returns it as the catalog has it: without quotes,
// and an unquoted one in lower case.
func (s *Scanner) Name() (string, bool) {
	t := s.Peek()
	name, ok := t.Name()
	if ok {
		s.at++
	}
	return name, ok
}

// Name returns the identifier that a token is.
func (t Token) Name() (string, bool) {
	switch {
	case t.Kind == Word && t.Text != "":
		return strings.ToLower(t.Text), true
	case t.Kind == Quoted && len(t.Text) > 2:
		return strings.ReplaceAll(t.Text[1:len(t.Text)-1], `""`, `"`), true
	}
	return "", false
}

// Qualified takes a name with or without its schema. A database before them is
// dropped.
func (s *Scanner) Qualified() (schema, name string, ok bool) {
	name, ok = s.Name()
	for ok && s.Symbol(".") {
		schema = name
		name, ok = s.Name()
	}
	return schema, name, ok
}

// Brackets takes a text in round brackets and returns it without them.
func (s *Scanner) Brackets() (inside string, ok bool) {
	if s.Peek().Text != "(" {
		return "", false
	}
	open := s.Take()
	for depth := 1; !s.End(); {
		switch t := s.Take(); {
		case t.Kind != Symbol:
		case t.Text == "(":
			depth++
		case t.Text == ")":
			if depth--; depth == 0 {
				return strings.TrimSpace(s.text[open.End:t.Start]), true
			}
		}
	}
	return "", false
}

// Rest returns the text that is left.
func (s *Scanner) Rest() string {
	if s.End() {
		return ""
	}
	return strings.TrimSpace(s.text[s.toks[s.at].Start:])
}

// Mark returns the position for a later call of Since.
func (s *Scanner) Mark() int { return s.at }

// Since returns the text from a mark to the current position.
func (s *Scanner) Since(mark int) string {
	if mark >= s.at {
		return ""
	}
	return s.text[s.toks[mark].Start:s.toks[s.at-1].End]
}

// Unwrap removes all pairs of brackets that enclose the whole text.
func Unwrap(text string) string {
	for {
		s := Scan(text)
		inside, ok := s.Brackets()
		if !ok || !s.End() {
			return strings.TrimSpace(text)
		}
		text = inside
	}
}

// List splits a text at the commas outside of brackets.
func List(text string) []string {
	var parts []string
	depth, from := 0, 0
	for t := range Tokens(text) {
		if t.Kind != Symbol {
			continue
		}
		switch t.Text {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		case ",":
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(text[from:t.Start]))
				from = t.End
			}
		}
	}
	if last := strings.TrimSpace(text[from:]); last != "" {
		parts = append(parts, last)
	}
	return parts
}
